"""Tasks that are tried again: until, retries, delay; with loops, conditions of failure, and results seen in between."""

import pytest

from runner.model.event import ItemFinished, Retrying

ONE = "one ansible_connection=local\n"


@pytest.fixture
def run(project):
    def start(tasks):
        body = "".join(f"    {line}\n" for line in tasks.strip("\n").splitlines())
        return project({"hosts": ONE, "p.yml": f"- hosts: all\n  gather_facts: false\n  tasks:\n{body}"}).play("-i", "hosts", "p.yml")

    return start


def tries(outcome):
    return [(each.attempt, each.left) for each in outcome.events if isinstance(each, Retrying)]


def test_it_ends_with_the_first_try_that_fits(run):
    outcome = run("""
- shell: echo x >> {{ playbook_dir }}/tries; grep -c x {{ playbook_dir }}/tries
  register: out
  until: out.stdout | int >= 3
  retries: 5
  delay: 0
- debug: {msg: "{{ out.attempts }} {{ out.stdout }} {{ out is failed }}"}
""")
    assert tries(outcome) == [(1, 5), (2, 4)]
    assert outcome.messages()[-1] == "3 3 False"


def test_used_up_tries_are_a_failure_that_has_the_last_result(run):
    outcome = run("""
- command: echo hello
  register: out
  until: out.stdout == 'bye'
  retries: 2
  delay: 0
  ignore_errors: true
- debug: {msg: "{{ out.attempts }} {{ out is failed }} {{ out.stdout }}"}
""")
    assert tries(outcome) == [(1, 2), (2, 1)]
    assert outcome.messages()[-1] == "2 True hello"


def test_retries_alone_mean_until_it_succeeds_and_until_alone_means_three(run):
    outcome = run("""
- shell: echo x >> {{ playbook_dir }}/tries; test $(grep -c x {{ playbook_dir }}/tries) = 2
  retries: 3
  delay: 0
- {command: "false", register: out, until: out.rc == 0, delay: 0, ignore_errors: true}
- debug: {msg: "{{ out.attempts }}"}
""")
    assert tries(outcome) == [(1, 3), (1, 3), (2, 2), (3, 1)]
    assert str(outcome.messages()[-1]) == "3"


def test_conditions_of_change_and_failure_see_the_number_of_the_try(run):
    outcome = run("""
- command: "true"
  register: out
  until: out.attempts == 3
  retries: 4
  delay: 0
  changed_when: out.attempts == 3
  failed_when: out.attempts > 3
- debug: {msg: "{{ out.attempts }} {{ out is changed }} {{ out is failed }}"}
""")
    assert outcome.messages()[-1] == "3 True False"


def test_each_item_has_tries_of_its_own(run):
    outcome = run("""
- shell: echo x >> {{ playbook_dir }}/{{ item }}; test $(grep -c x {{ playbook_dir }}/{{ item }}) -ge {{ item }}
  loop: [1, 2, 3]
  register: out
  until: out is succeeded
  retries: 5
  delay: 0
- debug: {msg: "{{ out.results | map(attribute='attempts') | list }}"}
""")
    assert [each.result["attempts"] for each in outcome.events if isinstance(each, ItemFinished)] == [1, 2, 3]
    assert outcome.messages()[-1] == [1, 2, 3]


def test_all_of_several_conditions_must_hold_and_numbers_may_be_templates(run):
    outcome = run("""
- command: echo {{ 'a' }}
  register: out
  until: [out.rc == 0, out.stdout == 'b']
  retries: "{{ count }}"
  delay: "{{ 0 }}"
  vars: {count: 1}
  ignore_errors: true
""")
    assert tries(outcome) == [(1, 1)]


def test_a_skipped_task_is_not_tried_and_a_rescue_sees_the_failure(run):
    outcome = run("""
- {command: "false", until: false, retries: 3, delay: 0, when: false}
- block:
    - {name: it, command: "false", register: out, until: out.rc == 0, retries: 1, delay: 0}
  rescue:
    - debug: {msg: "{{ ansible_failed_task.name }} {{ ansible_failed_result.attempts }}"}
""")
    assert tries(outcome) == [(1, 1)]
    assert outcome.messages()[-1] == "it 1"
    assert outcome.code == 0
