"""One JSON document for a run: plays, tasks, each host's result and the counts, in the shape of Ansible's json callback."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TextIO

from runner.model.event import Event, HostFinished, PlayStarted, RunFinished, TaskLabel, TaskStarted
from runner.position import Position
from runner.report.json_lines import plain


def utc_now() -> datetime:
    """Return the present time."""
    return datetime.now(UTC)


def place(position: Position | None) -> str:
    """Return a position as Ansible writes it: whole path and line."""
    return f"{os.path.abspath(position.file)}:{position.line}" if position is not None else ""


class JsonReport:
    """Gathers events and writes the document at the end of the run. `now` gives the time."""

    def __init__(self, out: TextIO, now: Callable[[], datetime] = utc_now) -> None:
        self.out = out
        self.now = now
        self.plays: list[dict[str, Any]] = []
        self.tasks: dict[str, dict[str, Any]] = {}
        self.lockstep = True

    def handle(self, event: Event) -> None:
        """Take an event in; the last one writes the document."""
        if isinstance(event, PlayStarted):
            self.plays.append({"play": {"name": event.name, "path": place(event.position), "duration": self.started()}, "tasks": []})
            self.tasks = {}
            self.lockstep = event.lockstep
        elif isinstance(event, TaskStarted):
            if self.lockstep:
                # what is included twice, or a handler that runs twice, is there twice
                self.tasks.pop(event.task.uid, None)
            self.task(event.task)
        elif isinstance(event, HostFinished):
            self.finished(event)
        elif isinstance(event, RunFinished):
            self.write(event)

    def close(self) -> None:
        """Everything handled is out."""
        self.out.flush()

    def started(self) -> dict[str, str]:
        """Return a duration that has begun."""
        return {"start": self.stamp()}

    def stamp(self) -> str:
        """Return the present time as text."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def task(self, label: TaskLabel) -> dict[str, Any]:
        """Return the entry of a task, begun when it is new."""
        if label.uid not in self.tasks:
            about = {"id": label.uid, "name": label.name, "path": place(label.position), "duration": self.started()}
            entry: dict[str, Any] = {"task": about, "hosts": {}}
            self.tasks[label.uid] = entry
            if not self.plays:
                self.plays.append({"play": {"name": "", "duration": self.started()}, "tasks": []})
            self.plays[-1]["tasks"].append(entry)
        return self.tasks[label.uid]

    def finished(self, event: HostFinished) -> None:
        """Note a host's result."""
        entry = self.task(event.task)
        result = plain(event.result)
        result["action"] = event.task.action
        result["changed"] = event.status == "changed" or bool(event.result.get("changed"))
        for key in ("failed", "unreachable", "skipped"):
            if event.status == key:
                result[key] = True
            else:
                # Ansible takes out what is not so
                result.pop(key, None)
        entry["hosts"][event.host] = result
        entry["task"]["duration"]["end"] = self.plays[-1]["play"]["duration"]["end"] = self.stamp()

    def write(self, event: RunFinished) -> None:
        """Write the document."""
        stats = {host: {**plain(tally), "failures": tally.failed} for host, tally in sorted(event.tallies.items())}
        for counts in stats.values():
            del counts["failed"]
        custom = {host: plain(value) for host, value in event.custom.items() if host != "_run"}
        document = {
            "plays": self.plays,
            "stats": stats,
            "custom_stats": custom,
            "global_custom_stats": plain(event.custom.get("_run", {})),
        }
        self.out.write(json.dumps(document, indent=4, sort_keys=True, ensure_ascii=False, default=str) + "\n")
