"""An engine is found, installed where we may, and else asked for with one command."""

import os
import time
from pathlib import Path

import pytest

from runner.errors import RunnerError
from runner.lab import engine
from runner.lab.engine import Machine
from runner.lab.program import Finished
from tests.lab.conftest import Programs

DEBIAN = Machine(root=True, systems=frozenset({"debian"}), init="systemd", has_daemon=False)
INFO = "docker info"


class AfterInstall(Programs):
    """No engine answers until `trigger` has been run."""

    trigger = "systemctl enable"

    def __call__(self, argv: list[str], **rest: object) -> Finished:  # type: ignore[override]
        done = super().__call__(argv)
        if " ".join(argv).startswith(INFO):
            return (
                Finished(tuple(argv), 0, "20.10\n", "") if self.began_with(self.trigger) else Finished(tuple(argv), 1, "", "no")
            )
        return done


def test_does_nothing_when_one_answers() -> None:
    programs, said = Programs({INFO: (0, "20.10\n")}), list[str]()
    engine.ensure(said.append, programs, DEBIAN)
    assert said == []
    assert len(programs.calls) == 1


def test_says_what_it_installs_then_installs_and_starts_it() -> None:
    programs, said = AfterInstall(), list[str]()
    engine.ensure(said.append, programs, DEBIAN)
    assert said == [
        "no Docker engine is installed on this machine",
        "installing with apt-get: docker.io",
        "starting the Docker engine (systemctl enable --now docker)",
    ]
    installed = programs.began_with("apt-get -o DPkg::Lock::Timeout=300 install")
    assert installed == [["apt-get", "-o", "DPkg::Lock::Timeout=300", "install", "--yes", "--no-install-recommends", "docker.io"]]


def test_an_installed_one_is_only_started() -> None:
    programs = AfterInstall()
    machine = Machine(root=True, systems=frozenset({"fedora"}), init="systemd", has_daemon=True)
    engine.ensure(lambda line: None, programs, machine)
    assert programs.began_with("apt-get") == []


@pytest.mark.parametrize(
    ("machine", "command"),
    [
        (Machine(False, frozenset({"debian"}), "systemd", False), "sudo apt-get install --yes docker.io"),
        (Machine(False, frozenset({"ubuntu", "debian"}), "systemd", True), "sudo systemctl enable --now docker"),
        (Machine(True, frozenset({"fedora"}), "systemd", False), "sudo dnf install"),
        (Machine(True, frozenset(), "", False), "get.docker.com"),
    ],
)
def test_elsewhere_it_names_the_one_command(machine: Machine, command: str) -> None:
    programs = Programs({INFO: (1, "cannot connect")})
    with pytest.raises(RunnerError) as caught:
        engine.ensure(lambda line: None, programs, machine)
    assert command in caught.value.remedy
    assert "\n" not in caught.value.remedy
    assert caught.value.exit_code != 0
    assert len(programs.calls) == 1


def test_a_daemon_that_never_answers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    programs = Programs({INFO: (1, "cannot connect")})
    with pytest.raises(RunnerError, match="does not answer within 0 s") as caught:
        engine.ensure(lambda line: None, programs, DEBIAN, wait=0)
    assert "journalctl -u docker" in caught.value.remedy


def test_looks_at_the_machine(tmp_path: Path) -> None:
    for folder in ("etc", "proc/1", "usr/sbin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "etc/os-release").write_text('ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="22"\n')
    (tmp_path / "proc/1/comm").write_text("systemd\n")
    (tmp_path / "usr/sbin/dockerd").touch()
    machine = engine.this_machine(tmp_path)
    assert machine.systems == {"linuxmint", "ubuntu", "debian"}
    assert (machine.init, machine.has_daemon, machine.debian_like) == ("systemd", True, True)


def test_inotify_instances_are_raised_but_never_lowered(tmp_path):
    setting = tmp_path / "max_user_instances"
    said: list[str] = []
    setting.write_text("128\n")
    engine.widen_limits(said.append, setting)
    assert setting.read_text() == "1024"
    assert "128" in said[0]
    setting.write_text("8192\n")
    engine.widen_limits(said.append, setting)
    assert setting.read_text() == "8192\n"
    assert len(said) == 1


def test_a_pid_file_of_a_killed_daemon_goes_unless_the_daemon_lives(tmp_path: Path) -> None:
    for number, name in (("41", "dockerd"), ("42", "sleep")):
        (tmp_path / number).mkdir()
        (tmp_path / number / "comm").write_text(f"{name}\n")
    for number, kept in (("41", True), ("42", False), ("43", False)):
        file = tmp_path / "dockerd.pid"
        file.write_text(number)
        engine._drop_stale(file, "dockerd", tmp_path)
        assert file.exists() is kept


def test_a_started_daemon_is_not_our_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    daemon = tmp_path / "dockerd"
    daemon.write_text(f"#!/bin/sh\necho started\nsleep 0.3\nps -o ppid= -p $$ >{tmp_path}/now && mv {tmp_path}/now {tmp_path}/parent\n")
    daemon.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(engine, "BY_HAND", tmp_path / "engine")
    said: list[str] = []
    log = engine._start_by_hand(said.append)
    until = time.monotonic() + 10
    while time.monotonic() < until and not (tmp_path / "parent").exists():
        time.sleep(0.05)
    assert log.read_text() == "started\n"
    assert str(log) in said[0]
    assert int((tmp_path / "parent").read_text()) != os.getpid()
