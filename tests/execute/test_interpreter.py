"""Which Python runs the modules: one that is looked for, or one that the user names; what is told of it."""

import sys

import pytest

LINK = "discovered_interpreter_python"


def run(project, tasks, host="one ansible_connection=local", head=""):
    body = "".join(f"    {line}\n" for line in tasks.strip("\n").splitlines())
    text = f"- hosts: all\n  gather_facts: false\n{head}  tasks:\n{body}"
    return project({"hosts": f"{host}\n", "p.yml": text}).play("-i", "hosts", "p.yml")


TOLD = f"- debug: {{msg: \"{{{{ {LINK} | default('none') }}}} {{{{ ansible_facts.{LINK} | default('none') }}}}\"}}\n"


def test_the_one_that_was_found_is_a_fact_from_the_first_module_on(project):
    outcome = run(project, f"{TOLD}- ping:\n{TOLD}- command: '{{{{ {LINK} }}}} -c pass'\n")
    assert outcome.messages()[:2] == ["none none", f"{sys.executable} {sys.executable}"]
    assert outcome.code == 0


@pytest.mark.parametrize("named", ["auto", "auto_silent", "auto_legacy"])
def test_auto_in_a_variable_looks_as_well(project, named):
    outcome = run(project, f"- ping:\n{TOLD}", host=f"one ansible_connection=local ansible_python_interpreter={named}")
    assert outcome.code == 0
    assert str(outcome.messages()[0]).startswith("/usr/bin/python3")


def test_one_that_the_user_names_is_used_and_is_no_fact(project):
    tasks = f"""
- ping:
- setup: {{gather_subset: ['!all', python], filter: ansible_python}}
{TOLD.strip()}
- debug: {{msg: "{{{{ ansible_facts.python.executable }}}}"}}
- ping:
  vars: {{ansible_python_interpreter: /usr/bin/python3}}
"""
    outcome = run(project, tasks, host=f"one ansible_connection=local ansible_python_interpreter={sys.executable}")
    assert outcome.messages() == ["none none", sys.executable]


def test_one_that_is_not_there_fails_the_task_and_names_itself(project):
    outcome = run(project, "- {name: it, ping: , vars: {ansible_python_interpreter: /nosuch/python}, ignore_errors: true}\n")
    result = outcome.result("it")
    assert result["failed"]
    assert "Python" in result["msg"]


def test_a_delegated_task_tells_it_of_the_delegate(project):
    tasks = f"""
- ping:
  delegate_to: two
- debug: {{msg: "{{{{ {LINK} | default('none') }}}} {{{{ hostvars['two'].{LINK} | default('none') != 'none' }}}}"}}
"""
    outcome = run(project, tasks, host="two ansible_connection=local\none ansible_connection=local")
    assert str(outcome.messages("one")[0]).endswith("True")
