"""Events as JSON, one object a line, for programs that follow a run."""

import json
from collections.abc import Mapping
from typing import Any, TextIO

from runner.model.event import Event
from runner.position import Position
from runner.record import fields, is_dataclass
from runner.report.result import is_internal


class JsonLines:
    """Writes `{"event": "HostFinished", "host": ..., ...}` for each event; keys are the fields of runner/model/event.py.

    The secrets of no_log tasks are already gone when events are made. Positions are written as "file:line:column".
    """

    def __init__(self, out: TextIO) -> None:
        self.out = out

    def handle(self, event: Event) -> None:
        """Write one line."""
        self.out.write(json.dumps({"event": type(event).__name__, **plain(event)}, ensure_ascii=False, default=str) + "\n")
        self.out.flush()

    def close(self) -> None:
        """Everything handled is out."""
        self.out.flush()


def plain(value: Any) -> Any:
    """Return nested dataclasses, mappings and tuples as plain JSON data, without the engine's own notes in results."""
    if isinstance(value, Position):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items() if key == "_muster" or not is_internal(key)}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in value]
    return value
