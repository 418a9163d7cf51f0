"""A small lab of our own, brought up once a session, and `muster play` as a process that can be signalled."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from runner.lab import state
from runner.lab.driver import Driver
from runner.lab.state import StateFolder
from tests.own_lab import own_lab

ROOT = Path(__file__).parents[2]
DESCRIPTION = """\
name: mustertrial
network: {subnet: 172.30.71.0/24}
groups:
  trial: {hosts: [one, two]}
  all_hosts: {hosts: [one, two, bare]}
hosts:
  one: {address: 172.30.71.11}
  two: {address: 172.30.71.12}
  bare: {address: 172.30.71.13, python: false}
"""
LIMIT = 60.0


@dataclass
class Hosts:
    """A lab that is up. driver: pauses, kills and looks into its hosts. folder: its keys, passwords and inventory."""

    driver: Driver
    folder: StateFolder

    def run(self, host: str, command: str) -> str:
        """Return what a shell command on a host writes; an error is a failed test."""
        done = self.driver.execute(host, ["sh", "-c", command])
        assert done.ok, f"{command}: {done.err}"
        return str(done.out)

    def processes(self, host: str) -> list[str]:
        """Return the command lines of what we left on a host: agents and sleeping commands."""
        found = self.driver.execute(host, ["sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | tr '\\n' ' '"]).out
        return re.findall(r"muster-[0-9a-f]+|sleep \d+", str(found))

    def wait_until_idle(self, host: str, seconds: float = 15) -> None:
        """Wait until nothing of ours runs on a host."""
        until = time.monotonic() + seconds
        while self.processes(host):
            assert time.monotonic() < until, f"still on {host}: {self.processes(host)}"
            time.sleep(0.2)

    def wait_for(self, host: str, path: str, seconds: float = 30) -> None:
        """Wait until a file exists on a host."""
        until = time.monotonic() + seconds
        while not self.driver.execute(host, ["test", "-e", path]).ok:
            assert time.monotonic() < until, f"no {path} on {host}"
            time.sleep(0.1)

    def passwords(self) -> dict[str, str]:
        """Return the passwords by user."""
        return dict(state.read_passwords(self.folder))


@dataclass
class Ended:
    """A finished run."""

    code: int
    out: str
    err: str
    seconds: float

    def recap(self) -> dict[str, dict[str, int]]:
        """Return host -> column -> number."""
        rows = re.findall(r"^(\S+) +: (ok=.*)$", self.out, re.MULTILINE)
        return {host: {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", row)} for host, row in rows}


@dataclass
class Running:
    """`muster play` at work."""

    process: subprocess.Popen[str]
    begun: float = field(default_factory=time.monotonic)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def end(self, seconds: float = LIMIT) -> Ended:
        """Wait for its end."""
        out, err = self.process.communicate(timeout=seconds)
        return Ended(self.process.returncode, out, err, time.monotonic() - self.begun)


@dataclass
class Muster:
    """Runs playbooks in a folder against an inventory."""

    folder: Path
    inventory: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, playbook: str, *words: str, files: Mapping[str, str] | None = None) -> Running:
        """Write a playbook and further files, and start to play it."""
        for name, text in {"p.yml": playbook, **(files or {})}.items():
            (self.folder / name).write_text(textwrap.dedent(text))
        env = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "MUSTER_"))}
        env.update(ANSIBLE_GATHERING="explicit", PYTHONPATH=str(ROOT))
        argv = [sys.executable, "-m", "runner", "play", "-i", str(self.inventory), "p.yml", *words]
        pipe = subprocess.PIPE
        process = subprocess.Popen(argv, cwd=self.folder, env=env, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)
        self.started.append(process)
        return Running(process)

    def stop(self) -> None:
        """End what a failed test left running."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.communicate()

    def play(self, playbook: str, *words: str, files: Mapping[str, str] | None = None) -> Ended:
        """Play a playbook to its end."""
        return self.start(playbook, *words, files=files).end()


@pytest.fixture(scope="session")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """Bring up a lab of two hosts and one without Python, and take it down at the end."""
    with own_lab(DESCRIPTION, tmp_path_factory.mktemp("lab")) as made:
        yield Hosts(made.driver, made.folder)


@pytest.fixture
def muster(tmp_path: Path, hosts: Hosts) -> Iterator[Muster]:
    """Plays against the lab."""
    made = Muster(tmp_path, hosts.folder.inventory)
    yield made
    made.stop()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Muster]:
    """Plays on this machine; needs no lab."""
    (tmp_path / "hosts.yml").write_text(json.dumps({"all": {"hosts": {"here": {"ansible_connection": "local"}}}}))
    made = Muster(tmp_path, tmp_path / "hosts.yml")
    yield made
    made.stop()
