"""synchronize: an rsync on PATH that says what it was asked, through the engine; the words for ssh by themselves."""

from typing import Any

import pytest

from runner.errors import TaskError
from runner.execute.action.synchronize import ARGUMENTS, MARK, flags, place, remote, ssh_words
from runner.model.address import Address
from runner.model.request import Become

HOSTS = "[all]\nlocalhost ansible_connection=local\n"
FAKE = """#!/bin/sh
printf '%s\\n' "$@" > {root}/asked
case "$*" in
    *--dry-run*|*pushed*) echo '{mark}>f+++++++++ a' ;;
    *broken*) echo 'rsync: no such file' >&2; exit 23 ;;
esac
"""


def given(**args: Any) -> dict[str, Any]:
    return {**{name: rule.get("default") for name, rule in ARGUMENTS["properties"].items()}, "src": "/a/", "dest": "/b", **args}


def run(project, monkeypatch, tmp_path, task: str, *words: str) -> Any:
    (tmp_path / "bin").mkdir(exist_ok=True)
    program = tmp_path / "bin" / "rsync"
    program.write_text(FAKE.format(root=tmp_path, mark=MARK))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    play = f"- hosts: all\n  gather_facts: false\n  tasks:\n    - ansible.posix.synchronize: {task}\n"
    return project({"hosts": HOSTS, "p.yml": play, "files/tree/a": "1"}).play("-i", "hosts", "p.yml", *words)


def test_changed_is_what_rsync_says(project, monkeypatch, tmp_path):
    outcome = run(project, monkeypatch, tmp_path, "{src: tree/, dest: /pushed}")
    result = outcome.result("ansible.posix.synchronize")
    assert result["changed"]
    assert (result["rc"], result["msg"], result["stdout_lines"]) == (0, ">f+++++++++ a\n", [">f+++++++++ a"])
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[-2:] == [f"{tmp_path}/files/tree/", "/pushed"]
    assert "--dry-run" not in asked


def test_nothing_to_do_and_check_mode(project, monkeypatch, tmp_path):
    assert not run(project, monkeypatch, tmp_path, "{src: tree, dest: /same}").result("ansible.posix.synchronize")["changed"]
    assert run(project, monkeypatch, tmp_path, "{src: tree, dest: /same}", "--check").result("ansible.posix.synchronize")["changed"]
    assert "--dry-run" in (tmp_path / "asked").read_text().splitlines()


def test_failure(project, monkeypatch, tmp_path):
    result = run(project, monkeypatch, tmp_path, "{src: /broken, dest: /x, mode: pull}").result("ansible.posix.synchronize")
    assert (result["failed"], result["rc"], result["msg"]) == (True, 23, "rsync: no such file")
    result = run(project, monkeypatch, tmp_path, "{src: /a, dest: /x, delete: true, recursive: false}").result("ansible.posix.synchronize")
    assert result["msg"] == "synchronize: delete needs recursion"


def test_flags():
    assert flags(given(), check=False) == ["-F", "--compress", "--delay-updates", "--archive", f"--out-format={MARK}%i %n%L"]
    words = flags(given(archive=False, recursive=True, delete=True, rsync_timeout=5, rsync_opts=["--exclude=x"]), check=True)
    assert words[:2] == ["-F", "--dry-run"]
    assert words[4:-1] == ["-r", "--delete-after", "--timeout=5", "--exclude=x"]
    assert "--no-owner" in flags(given(owner=False), check=False)


def test_how_a_host_is_reached():
    address = Address("h", host="fe80::1", port=2222, user="ops", private_key_file="/k", common_args=("-o", "ProxyJump=j"))
    words = ["ssh", "-o", "BatchMode=yes", "-S", "none", "-p", "2222", "-i", "/k", "-o", "ProxyJump=j"]
    assert ssh_words(given(), address) == words
    assert place(given(), address) == "ops@[fe80::1]:/b"
    assert place(given(set_remote_user=False, mode="pull"), address) == "[fe80::1]:/a/"
    assert remote(given(), address, Become(user="app"))[1] == "--rsync-path=sudo -n -u app rsync"
    assert remote(given(rsync_path="x rsync"), address, Become())[1] == "--rsync-path=x rsync"
    with pytest.raises(TaskError, match="without a password"):
        remote(given(), address, Become(password="secret"))
    with pytest.raises(TaskError, match="reached by docker"):
        remote(given(), Address("h", kind="docker"), None)
