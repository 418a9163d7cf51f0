"""A project on disk, run by the engine in this process; the outcome is its events."""

import argparse
import asyncio
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from runner.cli.assemble import kit_for
from runner.cli.main import main
from runner.cli.options import load_settings
from runner.cli.play import add_parser
from runner.execute.run import run_playbooks
from runner.model.event import Event, HostFinished, ItemFinished, RunFinished, TaskStarted, Warned
from runner.record import dataclass, field


@dataclass
class Outcome:
    """What a run did."""

    events: list[Event] = field(default_factory=list)

    @property
    def code(self) -> int:
        """The exit code."""
        return self.finished.exit_code

    @property
    def finished(self) -> RunFinished:
        """The last event."""
        last = self.events[-1]
        assert isinstance(last, RunFinished)
        return last

    def tasks(self) -> list[str]:
        """Names of the tasks in the order they began."""
        return [each.task.name for each in self.events if isinstance(each, TaskStarted)]

    def results(self, host: str | None = None) -> list[tuple[str, str, str]]:
        """(host, task, status) in order."""
        found = [(each.host, each.task.name, each.status) for each in self.events if isinstance(each, HostFinished)]
        return [each for each in found if host in (None, each[0])]

    def result(self, task: str, host: str | None = None) -> Mapping[str, Any]:
        """The result of a task, by its name."""
        for each in self.events:
            if isinstance(each, HostFinished) and each.task.name == task and host in (None, each.host):
                return each.result
        raise AssertionError(f"no result of {task}: {self.results()}")

    def messages(self, host: str | None = None) -> list[Any]:
        """What debug said, in order, items of loops included."""
        found = []
        for each in self.events:
            if isinstance(each, HostFinished) and each.items:
                continue
            if isinstance(each, (HostFinished, ItemFinished)) and "msg" in each.result and host in (None, each.host):
                found.append(each.result["msg"])
        return found

    def warnings(self) -> list[str]:
        """Texts of warnings."""
        return [each.text for each in self.events if isinstance(each, Warned)]


class Project:
    """Files in a folder, and ways to run them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, files: Mapping[str, str]) -> None:
        """Write files; texts may be indented."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")

    def play(self, *words: str, stop_after: float | None = None) -> Outcome:
        """Run `muster play WORDS` and collect the events. Raises RunnerError as the command line would show it.

        stop_after: seconds after which it is interrupted.
        """
        parser = argparse.ArgumentParser()
        add_parser(parser.add_subparsers())
        args = parser.parse_args(["play", *words])
        kit = kit_for(args, load_settings(args))
        playbooks = [kit.playbook(path) for path in args.playbooks]
        outcome = Outcome(list(kit.warnings))

        async def collect() -> None:
            stop = asyncio.Event()
            if stop_after is not None:
                asyncio.get_running_loop().call_later(stop_after, stop.set)
            async for event in run_playbooks(kit.run, playbooks, stop):
                outcome.events.append(event)

        asyncio.run(collect())
        return outcome

    def command(self, *words: str) -> int:
        """Run the whole command; output goes where pytest captures it."""
        return main(list(words))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Project]:
    """Make a project of files: name -> text."""
    monkeypatch.chdir(tmp_path)
    for name in ("ANSIBLE_CONFIG", "ANSIBLE_INVENTORY", "ANSIBLE_ROLES_PATH"):
        monkeypatch.delenv(name, raising=False)

    def make(files: Mapping[str, str]) -> Project:
        made = Project(tmp_path)
        made.write(files)
        return made

    return make
