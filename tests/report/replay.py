"""Stored events of a run -> what a display writes for them."""

import io
import json
from pathlib import Path
from typing import Any

from runner.model import event as events
from runner.position import Position
from runner.report.console import Console
from runner.report.settings import ConsoleSettings

CASES = Path(__file__).parents[1] / "cases" / "output"


def event_from(data: dict[str, Any]) -> events.Event:
    """Return the event that a line of a case describes."""
    fields = dict(data)
    kind = getattr(events, fields.pop("event"))
    if "task" in fields:
        task = dict(fields["task"])
        file, _, line = (task.pop("position", None) or "").rpartition(":")
        fields["task"] = events.TaskLabel(position=Position(file, int(line)) if file else None, **task)
    if "tallies" in fields:
        fields["tallies"] = {host: events.Tally(**counts) for host, counts in fields["tallies"].items()}
    if "hosts" in fields:
        fields["hosts"] = tuple(fields["hosts"])
    return kind(**fields)


def recorded(name: str) -> list[events.Event]:
    """Return the events of a stored run."""
    return [event_from(json.loads(line)) for line in (CASES / f"{name}.jsonl").read_text().splitlines()]


def shown(stream: list[events.Event], **settings: Any) -> tuple[str, str]:
    """Return what the console writes for the events: output and error stream."""
    out, err = io.StringIO(), io.StringIO()
    console = Console(ConsoleSettings(**settings), out, err)
    for each in stream:
        console.handle(each)
    console.close()
    return out.getvalue(), err.getvalue()
