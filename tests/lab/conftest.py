"""What the lab's tests share: a small description, a driver that makes nothing, programs that only keep how they were called."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from runner.lab import description
from runner.lab.description import Lab, LabHost
from runner.lab.driver import ABSENT, PAUSED, RUNNING, STOPPED, HostState
from runner.lab.program import Finished
from runner.lab.state import StateFolder

SMALL = """\
name: small
network: {subnet: 172.30.59.0/24}
variables: {site: north}
groups:
  front: {hosts: [a], variables: {vip: 172.30.59.100}}
  all_of_it: {children: [front]}
hosts:
  a: {address: 172.30.59.11}
  b: {address: 172.30.59.12, memory: 512m, docker_inside: true, variables: {rack: 7}}
"""


class FakeDriver:
    """Keeps in memory what a real driver would have done. calls: every verb with its host, in order."""

    patience = 1.0

    def __init__(self, states: dict[str, HostState]) -> None:
        self.there = states
        self.calls: list[str] = []
        self.scripts: list[str] = []
        self.systemd = "running"

    def prepare(self) -> None:
        self.calls.append("prepare")

    def states(self) -> dict[str, HostState]:
        return dict(self.there)

    def create(self, host: LabHost) -> None:
        self._now("create", host.name, RUNNING)

    def remove(self, name: str) -> None:
        self._now("remove", name, ABSENT)

    def dismantle(self) -> int:
        self.calls.append("dismantle")
        return sum(each.state != ABSENT for each in self.there.values())

    def start(self, name: str) -> None:
        self._now("start", name, RUNNING)

    def power_off(self, name: str) -> None:
        self._now("power_off", name, STOPPED)

    def kill(self, name: str) -> None:
        self._now("kill", name, STOPPED)

    def panic(self, name: str) -> None:
        self._now("panic", name, STOPPED)

    def pause(self, name: str) -> None:
        self._now("pause", name, PAUSED)

    def unpause(self, name: str) -> None:
        self._now("unpause", name, RUNNING)

    def execute(self, name: str, argv: Sequence[str], *, stdin: str = "", timeout: float = 60) -> Finished:
        if argv[0] == "systemctl":
            return Finished(tuple(argv), 0, f"{self.systemd}\n", "")
        self.scripts.append(stdin)
        return Finished(tuple(argv), 0, f"ssh-ed25519 KEY{name} root@{name}\n", "")

    def _now(self, verb: str, name: str, state: str) -> None:
        self.calls.append(f"{verb} {name}")
        self.there[name] = HostState(name, state)


class Programs:
    """Stands for running programs: answers by the first words, and keeps every call."""

    def __init__(self, answers: dict[str, tuple[int, str]] | None = None) -> None:
        self.answers = answers or {}
        self.calls: list[list[str]] = []
        self.stdins: list[str] = []

    def __call__(
        self, argv: Sequence[str], *, stdin: str = "", timeout: float | None = None, environment: object = None
    ) -> Finished:
        self.calls.append(list(argv))
        self.stdins.append(stdin)
        line = " ".join(argv)
        for start, (code, text) in self.answers.items():
            if line.startswith(start):
                return Finished(tuple(argv), code, text if code == 0 else "", text if code else "")
        return Finished(tuple(argv), 0, "", "")

    def began_with(self, start: str) -> list[list[str]]:
        return [argv for argv in self.calls if " ".join(argv).startswith(start)]


@pytest.fixture
def describe(tmp_path: Path) -> Callable[[str], Lab]:
    """Write a description and read it."""

    def read(text: str) -> Lab:
        path = tmp_path / "lab.yml"
        path.write_text(text)
        return description.read(path)

    return read


@pytest.fixture
def small(describe: Callable[[str], Lab]) -> Lab:
    return describe(SMALL)


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    return StateFolder(tmp_path / ".lab" / "small")
