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


@pytest.mark.parametrize(
    "name",
    [
        "{{ playbook_dir }}/tasks.yml",
        "{{ where }}.yml",
        "{{ groups.all | first }}.yml",
        "{{ of_role }}.yml",
        "{{ own_of_role }}.yml",
        "v{{ ansible_version.major }}.yml",
        "{{ ansible_run_tags | first }}.yml",
    ],
)
def test_static_imports_may_be_named_by_what_is_known_before_the_run(
    project: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Each of these works with ansible-playbook 2.18; facts and variables of the inventory do not."""
    for role_file, text in (("defaults", "of_role: tasks\n"), ("vars", "own_of_role: tasks\n")):
        (project / "roles/first" / role_file).mkdir(parents=True)
        (project / "roles/first" / role_file / "main.yml").write_text(text)
    for stem in ("tasks", "one", "v2", "all"):
        (project / f"{stem}.yml").write_text("- debug: {msg: imported}\n")
    (project / "site.yml").write_text(
        f"- hosts: one\n  vars_files: [places.yml]\n  roles: [first]\n  tasks: [{{import_tasks: '{name}'}}]\n"
    )
    assert main(["play", "-i", "one,", "site.yml", "--list-tasks"]) == 0
    assert "debug\tTAGS: []" in capsys.readouterr().out


def test_a_role_imports_files_by_its_own_path(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "roles/first/tasks").mkdir(parents=True)
    (project / "roles/first/tasks/main.yml").write_text('- import_tasks: "{{ role_path }}/tasks/{{ role_name }}.yml"\n')
    (project / "roles/first/tasks/first.yml").write_text("- debug: {msg: imported}\n")
    (project / "site.yml").write_text("- hosts: one\n  roles: [first]\n")
    assert main(["play", "-i", "one,", "site.yml", "--list-tasks"]) == 0
    assert "debug\tTAGS: []" in capsys.readouterr().out


def test_an_import_named_by_a_fact_says_what_may_be_used(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "site.yml").write_text('- hosts: one\n  tasks: [{import_tasks: "{{ ansible_distribution }}.yml"}]\n')
    assert main(["play", "-i", "one,", "site.yml", "--list-tasks"]) == 4
    assert "for a variable of the inventory or a fact use include_tasks" in capsys.readouterr().err


def test_hosts_of_a_play_may_come_from_defaults_of_its_roles(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "roles/first/defaults").mkdir(parents=True)
    (project / "roles/first/defaults/main.yml").write_text("group: one\n")
    (project / "site.yml").write_text(
        '- hosts: "{{ groups.unknown | default(group) }}"\n  tasks: [{import_role: {name: first}}]\n'
        '- hosts: "{{ group }}"\n  roles: [first]\n'
    )
    assert main(["play", "-i", "one,", "site.yml", "--list-hosts"]) == 0
    assert capsys.readouterr().out.count("hosts (1):\n      one\n") == 2


def test_imports_in_an_included_file_are_named_by_the_roles_variables(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("tasks", "defaults"):
        (project / "roles/first" / folder).mkdir(parents=True)
    (project / "roles/first/defaults/main.yml").write_text("kind: last\n")
    (project / "roles/first/tasks/main.yml").write_text("- include_tasks: middle.yml\n")
    (project / "roles/first/tasks/middle.yml").write_text('- import_tasks: "{{ role_path }}/tasks/{{ kind }}.yml"\n')
    (project / "roles/first/tasks/last.yml").write_text("- debug: {msg: reached}\n")
    (project / "site.yml").write_text("- hosts: one\n  gather_facts: false\n  roles: [first]\n")
    assert main(["play", "-i", "one,", "-c", "local", "site.yml"]) == 0
    assert "reached" in capsys.readouterr().out


def test_roles_are_found_in_the_collections_of_the_play_and_of_their_own(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With their full name in the lists and banners, and before roles/ beside the playbook, as ansible-playbook has it."""
    base = "collections/ansible_collections/our/tools/roles"
    tasks = {
        f"{base}/outer/tasks/main.yml": "- import_role: {name: inner}\n- include_role: {name: later}\n",
        f"{base}/inner/tasks/main.yml": "- name: In\n  debug: {msg: inner}\n",
        f"{base}/later/tasks/main.yml": "- name: Late\n  debug: {msg: later of the collection}\n",
        f"{base}/outer/meta/main.yml": "dependencies: [inner]\n",
        "roles/outer/tasks/main.yml": "- debug: {msg: not this one}\n",
        "roles/inner/tasks/main.yml": "- debug: {msg: not this one}\n",
        "site.yml": "- hosts: one\n  gather_facts: false\n  collections: [our.tools]\n  roles: [outer]\n",
    }
    for name, text in tasks.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    assert main(["play", "-i", "one,", "site.yml", "--list-tasks"]) == 0
    assert capsys.readouterr().out.count("our.tools.inner : In\tTAGS") == 2
    assert main(["play", "-i", "one,", "-c", "local", "site.yml"]) == 0
    said = capsys.readouterr().out
    assert "not this one" not in said
    assert "TASK [our.tools.later : Late]" in said
    assert "later of the collection" in said
