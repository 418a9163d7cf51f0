"""Lists of plays, tasks and tags, as ansible-playbook 2.18 prints them."""

from pathlib import Path

import pytest

from runner.cli.main import main

PLAYBOOK = """
- name: On {{ where }} by {{ asked }} and {{ later }}
  hosts: "{{ where }}"
  vars: {own: web}
  vars_files: [places.yml, "{{ later }}.yml"]
  vars_prompt: [{name: asked, prompt: Who, default: nobody}]
  gather_facts: false
  tasks:
    - name: Look at {{ own }}
      debug: {msg: "{{ inventory_hostname }}"}
      tags: ["of-{{ own }}"]
- name: By {{ asked }} on {{ where }}
  hosts: "{{ groups['all'] | first }}"
  vars_files: [places.yml]
  vars_prompt: [{name: asked, prompt: Who, default: nobody}]
  gather_facts: false
  tasks: [{debug: {msg: "{{ where }}"}}]
- hosts: [nowhere, "{{ own }}"]
  vars: {own: else}
  tasks:
    - name: "Spaces stay "
      debug:
"""
EXPECTED = """
playbook: site.yml

  play #1 (one): On {{ where }} by {{ asked }} and {{ later }}\tTAGS: []
    tasks:
      Look at {{ own }}\tTAGS: [of-web]

  play #2 (one): By nobody on one\tTAGS: []
    tasks:
      debug\tTAGS: []

  play #3 (nowhere,else): nowhere,else\tTAGS: []
    tasks:
      Spaces stay \tTAGS: []
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("ANSIBLE_CONFIG", raising=False)
    (tmp_path / "site.yml").write_text(PLAYBOOK)
    (tmp_path / "places.yml").write_text("where: one\n")
    return tmp_path


def test_names_of_plays_are_rendered_and_those_of_tasks_are_as_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["play", "-i", "one,", "site.yml", "--list-tasks"]) == 0
    shown = capsys.readouterr()
    assert shown.out == EXPECTED
    assert "Could not match supplied host pattern, ignoring: nowhere" in shown.err


def test_syntax_check_warns_of_patterns_that_match_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["play", "-i", "one,", "site.yml", "--syntax-check"]) == 0
    shown = capsys.readouterr()
    assert shown.out == "\nplaybook: site.yml\n"
    assert "Could not match supplied host pattern, ignoring: nowhere" in shown.err


def test_syntax_check_refuses_hosts_that_cannot_be_rendered(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "site.yml").write_text('- hosts: "{{ to_add }}"\n  tasks: []\n')
    assert main(["play", "-i", "one,", "site.yml", "--syntax-check"]) == 4
    assert "'to_add' is undefined" in capsys.readouterr().err


def test_hosts_of_a_play_may_come_from_its_vars_files(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["play", "-i", "one,", "-c", "local", "site.yml"]) == 0
    assert "PLAY [By nobody on one]" in (shown := capsys.readouterr().out)
    assert "PLAY [nowhere,else]" in shown
    assert "one                        : ok=2" in shown
