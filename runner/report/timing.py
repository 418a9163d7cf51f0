"""How long tasks, roles and the run took: what `callbacks_enabled = timer, profile_tasks, profile_roles` ask for."""

import time
from collections.abc import Callable, Mapping
from typing import TextIO

from runner.model.event import Event, RunFinished, TaskLabel, TaskStarted
from runner.record import dataclass

WIDTH = 79
ROWS = 20


@dataclass(frozen=True, slots=True)
class Clock:
    """Where times come from. seconds: of a clock that only goes forward. said: the time of day as profile lines begin with it."""

    seconds: Callable[[], float] = time.monotonic
    said: Callable[[], str] = lambda: time.strftime("%A %d %B %Y  %H:%M:%S %z")


def span(seconds: float) -> str:
    """Return seconds as 0:00:01.234."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}.{int(seconds * 1000) % 1000:03}"


def starred(text: str) -> str:
    """Return a text with stars up to the width of a banner."""
    return f"{text} ".ljust(WIDTH, "*") + " "


def row(name: str, seconds: float) -> str:
    """Return a line of a table: a name and its seconds with dashes between."""
    said = f" {seconds:.2f}s"
    return f"{name} ".ljust(WIDTH - len(said), "-") + said


class Timer:
    """Says at the end how long the run took."""

    def __init__(self, out: TextIO, environ: Mapping[str, str], clock: Clock | None = None) -> None:
        self.out = out
        self.clock = clock or Clock()
        self.began = self.clock.seconds()

    def handle(self, event: Event) -> None:
        """Take an event in; the last one is answered."""
        if isinstance(event, RunFinished):
            whole = int(self.clock.seconds() - self.began)
            days, hours, minutes = whole // 86400, whole // 3600 % 24, whole // 60 % 60
            self.out.write(f"Playbook run took {days} days, {hours} hours, {minutes} minutes, {whole % 60} seconds\n")

    def close(self) -> None:
        """Everything handled is out."""
        self.out.flush()


class Profile:
    """Adds up what stands between the beginnings of tasks, by a name of each, and shows a table at the end."""

    def __init__(self, out: TextIO, environ: Mapping[str, str], clock: Clock | None = None) -> None:
        self.out = out
        self.clock = clock or Clock()
        self.began = self.last = self.clock.seconds()
        self.now: str | None = None
        self.spent: dict[str, float] = {}
        self.names: dict[str, str] = {}
        limit = environ.get("PROFILE_TASKS_TASK_OUTPUT_LIMIT", str(ROWS))
        self.rows = int(limit) if limit.isdigit() else None
        self.order = environ.get("PROFILE_TASKS_SORT_ORDER", "descending")

    def key(self, task: TaskLabel) -> str:
        """Return under what a task's time is added up."""
        self.names[task.uid] = task.name
        return task.uid

    def table(self) -> list[str]:
        """Return the lines of the table."""
        rows = list(self.spent.items())
        if self.order != "none":
            rows.sort(key=lambda each: each[1], reverse=self.order != "ascending")
        return [row(self.names.get(key, key), seconds) for key, seconds in rows[: self.rows]]

    def handle(self, event: Event) -> None:
        """Take an event in."""
        if isinstance(event, TaskStarted):
            self._mark()
            self.now = self.key(event.task)
            self.spent.setdefault(self.now, 0.0)
        elif isinstance(event, RunFinished):
            self._mark()
            self.out.write("=" * WIDTH + " \n" + "".join(f"{line}\n" for line in self.table()))

    def _mark(self) -> None:
        at = self.clock.seconds()
        if self.now is not None:
            self.spent[self.now] += at - self.last
        self.out.write(starred(f"{self.clock.said()} ({span(at - self.last)})       {span(at - self.began)}") + "\n")
        self.last = at

    def close(self) -> None:
        """Everything handled is out."""
        self.out.flush()


class ProfileRoles(Profile):
    """Adds up by role, or by module for tasks outside any."""

    def key(self, task: TaskLabel) -> str:
        """Return the task's role, or else its module."""
        return task.role or task.action

    def table(self) -> list[str]:
        """Return the lines of the table, with the sum below."""
        rows = sorted(self.spent.items(), key=lambda each: each[1], reverse=True)
        lines = [row(name, seconds) for name, seconds in rows]
        return [*lines, "~" * WIDTH + " ", row("total", sum(self.spent.values()))]
