"""Defaults for modules: of statements that name one module the innermost counts; groups come below, as their collections say."""

import pytest

HOSTS = {"hosts": "one ansible_connection=local\n"}
PLAY = """
- hosts: one
  gather_facts: false
  module_defaults:
    ansible.builtin.assert: {{success_msg: outer, that: true}}
    {group}: {{success_msg: of the group, quiet: false, that: true}}
  tasks:
    - assert: {{}}
    - assert: {{that: true}}
      module_defaults: {{assert: {{fail_msg: unused}}}}
    - assert: {{that: true, success_msg: own}}
"""
RUNTIME = """
action_groups:
  some:
    - nothing
    - metadata: {extend_group: [a.b.more, a.b.gone]}
  more:
    - ansible.builtin.assert
    - metadata: {extend_group: a.b.some}
  other:
    - nothing
"""


def run(project, group):
    files = {"collections/ansible_collections/a/b/meta/runtime.yml": RUNTIME}
    return project({**HOSTS, **files, "p.yml": PLAY.format(group=group)}).play("-i", "hosts", "p.yml").messages()


@pytest.mark.parametrize("group", ["group/a.b.some", "group/a.b.more"])
def test_groups_come_below_and_inner_statements_take_the_place_of_outer_ones(project, group):
    assert run(project, group) == ["outer", "of the group", "own"]


def test_a_group_that_the_module_is_not_in_gives_it_nothing(project):
    assert run(project, "group/a.b.other") == ["outer", "All assertions passed", "own"]


def test_groups_of_modules_that_we_bring_need_no_collection(project, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    play = """
    - hosts: one
      gather_facts: false
      module_defaults: {group/docker: {docker_host: "unix:///nowhere/at/all"}}
      tasks:
        - {docker_host_info: , ignore_errors: true, register: r}
        - {debug: {msg: "{{ '/nowhere/at/all' in r.msg }}"}}
        - {command: 'true'}
    """
    outcome = project({**HOSTS, "p.yml": play}).play("-i", "hosts", "p.yml")
    assert outcome.messages()[1] is True
    assert outcome.code == 0
