"""An inventory and connections in memory, and a folder of checks to run against them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from runner.errors import InventoryError, Unreachable
from runner.model.request import ShellAnswer
from runner.verify.suite import Suite, run_suite

GROUPS = {"all": ["lb1", "lb2", "web1"], "balancers": ["lb1", "lb2"], "web": ["web1"], "operations": []}


class FakeHosts:
    """Three hosts in two groups; `limit` leaves only some."""

    def __init__(self, limit: list[str] | None = None) -> None:
        self.limit = limit
        self.partial = limit is not None

    def matching(self, pattern: str) -> list[str]:
        if pattern.startswith("~("):
            raise InventoryError(f"Invalid host list pattern: {pattern}")
        names = GROUPS.get(pattern, [pattern] if pattern in GROUPS["all"] else [])
        return [name for name in names if self.limit is None or name in self.limit]

    def variables(self, name: str) -> Mapping[str, Any]:
        return {"inventory_hostname": name, "vip": "192.0.2.100"}


class FakeShells:
    """Answers commands from a table: (host, command) or command -> status and output. `down` hosts cannot be reached."""

    def __init__(self, answers: Mapping[Any, tuple[int, str]] | None = None, down: tuple[str, ...] = ()) -> None:
        self.answers = dict(answers or {})
        self.down = down
        self.ran: list[tuple[str, str]] = []
        self.closed = False

    def run(self, name: str, command: str) -> ShellAnswer:
        self.ran.append((name, command))
        if name in self.down:
            raise Unreachable("no route to host", remedy="switch it on")
        status, output = self.answers.get((name, command), self.answers.get(command, (127, "")))
        return ShellAnswer(status, output.encode(), b"")

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def verify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Write checks to a file, run them, return the exit code."""
    monkeypatch.chdir(tmp_path)

    def go(checks: str, shells: FakeShells, limit: list[str] | None = None, **suite: Any) -> int:
        # pytest keeps modules by name, so each test has a name of its own
        path = tmp_path / f"test_{tmp_path.name}.py"
        path.write_text(checks)
        return run_suite(Suite([path], **suite), FakeHosts(limit), shells)

    return go
