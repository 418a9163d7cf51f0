"""The guard as a process: it sets in time, undoes in time, and at once when nobody holds its pipe any longer."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from runner.drill.guarding import Guards, machine_job
from runner.drill.model import Fault
from runner.drill.perform import no_steps
from runner.errors import RunnerError
from tests.drill.conftest import FakeGround

LAB = """\
name: guardtest
network: {subnet: 172.30.99.0/24}
hosts:
  one: {address: 172.30.99.11}
"""
# Starts a guard as a controller does, and waits for ever.
CONTROLLER = """
import asyncio, json, sys, time
from runner.drill.guarding import Guards
from runner.drill.model import Fault
fault = Fault("one", "playbook", {"playbook": "p"}, 600.0)
async def main():
    words = json.loads(sys.argv[1])
    guards = Guards(None, print, lambda fault, number, hosts, which: words[which], print)
    await guards.start([("one", 0, fault)])
    guards.arm(time.monotonic())
    await asyncio.sleep(600)
asyncio.run(main())
"""


class Process:
    """A guard that sets a file and takes it away."""

    def __init__(self, place: Path, **job: Any) -> None:
        self.victim = place / "broken"
        self.child = subprocess.Popen(
            [sys.executable, "-m", "runner.drill.guard"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        self.send({"kind": "program", "set": ["touch", str(self.victim)], "undo": ["rm", str(self.victim)], **job})
        assert self.child.stdout is not None
        assert self.child.stdout.readline() == b"armed\n"

    def send(self, words: dict[str, Any]) -> None:
        assert self.child.stdin is not None
        self.child.stdin.write(json.dumps(words).encode() + b"\n")
        self.child.stdin.flush()

    def end(self) -> tuple[int, list[str]]:
        """Let go of the pipe; return the exit status and the first words of what was said."""
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        with self.child:
            self.child.stdin.close()
            # what was read ahead is here as well
            out = self.child.stdout.read()
        return self.child.returncode, [" ".join(line.split()[::2][:2]) for line in out.decode().splitlines()]


def test_it_sets_and_undoes_when_told(tmp_path: Path) -> None:
    guard = Process(tmp_path)
    begun = time.monotonic()
    guard.send({"at": begun + 0.2, "until": begun + 0.6})
    assert guard.child.stdout is not None
    said = [guard.child.stdout.readline().decode().split() for _ in range(4)]
    assert [words[0] for words in said] == ["set", "was-set", "undo", "undone"]
    times = [float(words[1]) for words in said]
    assert begun + 0.2 <= times[0] <= times[1]
    assert begun + 0.6 <= times[2] <= times[3]
    assert [words[2:] for words in said] == [[], ["0"], [], ["0"]]
    assert guard.end() == (0, [])
    assert not guard.victim.exists()


def test_it_undoes_at_once_when_nobody_holds_its_pipe(tmp_path: Path) -> None:
    guard = Process(tmp_path)
    guard.send({"at": time.monotonic(), "until": time.monotonic() + 600})
    assert guard.child.stdout is not None
    assert guard.child.stdout.readline().startswith(b"set ")
    assert guard.child.stdout.readline().startswith(b"was-set ")
    assert guard.victim.exists()
    # what ends a controller does not end it
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        guard.child.send_signal(number)
    assert guard.end() == (0, ["undo", "undone 0"])
    assert not guard.victim.exists()


@pytest.mark.parametrize("armed", [False, True])
def test_it_sets_nothing_when_its_controller_is_gone_before(tmp_path: Path, armed: bool) -> None:
    guard = Process(tmp_path)
    if armed:
        guard.send({"at": time.monotonic() + 600, "until": time.monotonic() + 1200})
    assert guard.end() == (0, [])
    assert not guard.victim.exists()


def test_what_fails_is_told_and_undone_all_the_same(tmp_path: Path) -> None:
    victim = tmp_path / "broken"
    guard = Process(tmp_path, set=["sh", "-c", f"touch {victim}; echo no such thing >&2; exit 3"])
    guard.send({"at": 0.0, "until": 0.1})
    assert guard.child.stdout is not None
    assert guard.child.stdout.readline().startswith(b"set ")
    assert guard.child.stdout.readline().split()[2:] == [b"1", b"no", b"such", b"thing"]
    assert guard.end() == (0, ["undo", "undone 0"])
    assert not victim.exists()


def test_steps_that_take_too_long_are_ended_and_undone(tmp_path: Path) -> None:
    victim = tmp_path / "broken"
    guard = Process(tmp_path, set=["sh", "-c", f"touch {victim}; exec sleep 600"])
    guard.send({"at": 0.0, "until": time.monotonic() + 0.1})
    assert guard.child.stdout is not None
    assert guard.child.stdout.readline().startswith(b"set ")
    assert b"was ended" in guard.child.stdout.readline()
    assert guard.end() == (0, ["undo", "undone 0"])
    assert not victim.exists()


def test_steps_are_ended_and_undone_at_once_when_nobody_holds_its_pipe(tmp_path: Path) -> None:
    victim = tmp_path / "broken"
    guard = Process(tmp_path, set=["sh", "-c", f"touch {victim}; exec sleep 600"])
    guard.send({"at": 0.0, "until": time.monotonic() + 600})
    assert guard.child.stdout is not None
    assert guard.child.stdout.readline().startswith(b"set ")
    until = time.monotonic() + 60
    while not victim.exists():
        assert time.monotonic() < until
        time.sleep(0.05)
    assert guard.end() == (0, ["was-set 1", "undo", "undone 0"])
    assert not victim.exists()


def test_a_controller_that_is_killed_leaves_a_guard_that_undoes(tmp_path: Path) -> None:
    victim, done = tmp_path / "broken", tmp_path / "undone"
    words = {"set": ["touch", str(victim)], "undo": ["mv", str(victim), str(done)]}
    controller = subprocess.Popen([sys.executable, "-c", CONTROLLER, json.dumps(words)], stdout=subprocess.DEVNULL, cwd=os.getcwd())
    for file in (victim, done):
        until = time.monotonic() + 60
        while not file.exists():
            assert time.monotonic() < until, file
            time.sleep(0.05)
        if file is victim:
            controller.send_signal(signal.SIGKILL)
            controller.wait()


def test_only_hosts_of_a_lab_are_paused_or_switched_off(tmp_path: Path) -> None:
    file = tmp_path / "lab.yml"
    file.write_text(LAB)
    known = {"ansible_host": "172.30.99.11", "muster_lab_file": str(file), "muster_lab_folder": str(tmp_path)}
    fault = Fault("one", "machine", {"action": "panic"}, 5.0)
    job = machine_job(FakeGround({"one": known}), "one", fault)
    assert job == {"kind": "machine", "file": str(file), "folder": str(tmp_path), "host": "one", "action": "panic"}
    for variables, found in (
        ({"ansible_host": "172.30.99.11"}, "they are not set"),
        ({**known, "muster_lab_file": "/nowhere"}, "there is no file /nowhere"),
        ({**known, "ansible_host": "192.0.2.1"}, "has no host one with this address"),
    ):
        with pytest.raises(RunnerError, match="not a host of a lab") as refused:
            Guards(FakeGround({"one": variables}), print, no_steps, print).jobs([("one", 0, fault)])
        assert found in str(refused.value.found)
