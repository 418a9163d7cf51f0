"""What a task came to on one host."""

from typing import Any

from runner.execute.context import TaskContext


class Outcome:
    """What a task came to on one host: the full result, and the contexts whose effects are to be applied."""

    __slots__ = ("contexts", "delegated", "ignored", "items", "no_log", "result", "seconds")

    def __init__(self, result: dict[str, Any], contexts: list[tuple[TaskContext, dict[str, Any]]], *, items: bool = False) -> None:
        self.result = result
        self.contexts = contexts
        self.items = items
        self.ignored = False
        self.no_log = False
        self.delegated: str | None = None
        self.seconds = 0.0


def without_trace(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result as it is registered: without what is only for the report."""
    return {key: value for key, value in result.items() if key != "_muster"}
