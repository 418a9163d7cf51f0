"""A misspelt connection variable is told with its place, one that something reads is not."""

from pathlib import Path

import pytest

from runner.cli.main import main

PLAY = "[{hosts: all, gather_facts: false, tasks: [{debug: {msg: hi}}]}]\n"


def told(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, **files: str) -> str:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("ANSIBLE_CONFIG", "/dev/null")
    for name, text in {"play.yml": PLAY, "hosts": "one ansible_connection=local\n", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    source = "hosts.yml" if "hosts.yml" in files else "hosts"
    assert main(["play", "-i", source, "play.yml"]) == 0
    # without the line ends of long warnings
    return " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("files", "where"),
    [
        ({"hosts": "one ansible_connection=local ansible_prot=3\n"}, "hosts:1:30"),
        ({"hosts": "one ansible_connection=local\n[all:vars]\nansible_prot = 3\n"}, "hosts:3:1"),
        ({"hosts.yml": "all:\n  hosts:\n    one: {ansible_connection: local, ansible_prot: 3}\n"}, "hosts.yml:3:38"),
        ({"group_vars/all.yml": "a: 1\nansible_prot: 3\n"}, "group_vars/all.yml:2:1"),
        ({"host_vars/one/main.yml": "ansible_prot: 3\n"}, "host_vars/one/main.yml:1:1"),
    ],
    ids=["host", "group", "yaml", "group_vars", "host_vars"],
)
def test_where_it_stands(
    files: dict[str, str], where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = told(tmp_path, capsys, monkeypatch, **files)
    assert said.count("[WARNING]") == 1
    assert "the variable 'ansible_prot' means nothing to a connection, and nothing else reads it; did you mean ansible_port?" in said
    assert f"{where})" in said


@pytest.mark.parametrize(
    "files",
    [
        {"roles/r/tasks/main.yml": "- debug: {msg: '{{ ansible_users }}'}\n"},
        {"templates/x.j2": "{% if ansible_users == 'x' %}{% endif %}\n"},
        {"connection_plugins/mine.py": "# vars: [{name: ansible_users}]\nget('ansible_users')\n"},
        {"group_vars/all.yml": "ansible_users: [a, b]\n", "hosts": "one ansible_connection=local\n"},
        {"group_vars/all.yml": "my_users: 1\nansible_use: {a: b}\n", "hosts": "one ansible_connection=local\n"},
    ],
)
def test_what_is_read_or_is_no_single_value_is_the_users_own(
    files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(tmp_path, capsys, monkeypatch, **{"hosts": "one ansible_connection=local ansible_users=a\n", **files}) == ""


def test_it_is_told_once_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = "".join(f"h{number} ansible_connection=local ansible_prot=3\n" for number in range(3))
    assert told(tmp_path, capsys, monkeypatch, hosts=hosts).count("[WARNING]") == 1
