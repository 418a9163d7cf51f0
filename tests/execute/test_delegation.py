"""Tasks delegated to another host: where they run, whose variables they see, whose facts they give."""

import pytest

HOSTS = """
one ansible_connection=local own=1
two ansible_connection=local own=2
[web]
two
"""


@pytest.fixture
def run(project, monkeypatch):
    monkeypatch.setenv("ANSIBLE_LOCALHOST_WARNING", "0")

    def start(tasks, limit="one"):
        body = "".join(f"    {line}\n" for line in tasks.strip("\n").splitlines())
        made = project({"hosts": HOSTS, "p.yml": f"- hosts: {limit}\n  gather_facts: false\n  tasks:\n{body}"})
        return made.play("-i", "hosts", "p.yml")

    return start


def test_variables_are_those_of_the_tasks_host_and_connection_is_the_delegates(run):
    outcome = run("""
- debug: {msg: "{{ inventory_hostname }} {{ own }} {{ ansible_delegated_vars['two'].inventory_hostname }}"}
  delegate_to: two
- command: "true"
  delegate_to: unknown.example
  vars: {ansible_connection: local}
  register: out
- debug: {msg: "{{ out.rc }}"}
""")
    assert [str(each) for each in outcome.messages() if each != ""] == ["one 1 two", "0"]


def test_results_and_facts_stay_with_the_tasks_host_unless_told(run):
    outcome = run("""
- set_fact: {mine: 1}
  delegate_to: two
- set_fact: {yours: 1}
  delegate_to: two
  delegate_facts: true
- setup: {gather_subset: ['!all']}
  delegate_to: two
  delegate_facts: true
- debug: {msg: "{{ mine is defined }} {{ yours is defined }} {{ ansible_facts.hostname is defined }}"}
- debug: {msg: "{{ it.mine is defined }} {{ it.yours is defined }} {{ it.ansible_facts.hostname is defined }}"}
  vars: {it: "{{ hostvars.two }}"}
""")
    assert outcome.messages()[-2:] == ["True False False", "False True True"]


def test_every_item_may_go_to_another_host_and_run_once_counts_for_all(run):
    outcome = run(
        """
- command: echo {{ item }} {{ inventory_hostname }}
  delegate_to: "{{ item }}"
  loop: "{{ groups.all | sort }}"
  run_once: true
  register: out
- debug: {msg: "{{ out.results | map(attribute='stdout') | list }}"}
""",
        "all",
    )
    assert outcome.messages("two")[-1] == ["one one", "two one"]


def test_omit_and_the_tasks_own_name_delegate_to_nobody(run):
    outcome = run("""
- {name: own, command: "true", delegate_to: "{{ omit }}"}
- {name: same, command: "true", delegate_to: "{{ inventory_hostname }}"}
- {name: local, local_action: command true}
""")
    told = {each.task.name: each.delegated_to for each in outcome.events if type(each).__name__ == "HostFinished"}
    assert told == {"own": None, "same": None, "local": "localhost"}


def test_a_failure_there_is_a_failure_here(run):
    outcome = run("""
- {name: bad, command: "false", delegate_to: two, ignore_errors: true, register: out}
- debug: {msg: "{{ out.rc }} {{ out is failed }}"}
- {command: "false", delegate_to: two}
""")
    assert outcome.messages()[-2] == "1 True"
    assert [host for host, _task, status in outcome.results() if status == "failed"] == ["one", "one"]
    assert sorted(outcome.finished.tallies) == ["one"]


def test_where_a_delegated_task_runs_is_told_also_of_hosts_without_an_address(run):
    outcome = run("""
- debug: {msg: "{{ ansible_host }} {{ ansible_delegated_vars[item].ansible_host }}"}
  delegate_to: "{{ item }}"
  loop: [two]
- debug: {msg: "{{ ansible_host }} {{ ansible_delegated_vars.two.ansible_host }}"}
  delegate_to: two
  vars: {ansible_host: mine}
- debug: {msg: "{{ ansible_host }}"}
""")
    assert outcome.messages() == ["two two", "mine mine", "one"]


def test_facts_that_a_loop_sets_for_its_delegates_are_not_the_tasks_hosts(run):
    outcome = run("""
- set_fact: {theirs: "{{ item }}"}
  delegate_to: "{{ item }}"
  delegate_facts: true
  loop: [two]
- debug: {msg: "{{ theirs | default('none') }} {{ hostvars.two.theirs }}"}
""")
    assert outcome.messages()[-1] == "none two"
