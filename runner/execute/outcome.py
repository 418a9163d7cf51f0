"""What a task came to on one host, and what is told and counted of it."""

from collections.abc import Iterable
from typing import Any

from runner.errors import UnknownModule
from runner.execute.context import TaskContext
from runner.execute.hosts import HostState
from runner.execute.result import shown
from runner.model.event import HostFinished, TaskLabel
from runner.record import replace


class Outcome:
    """What a task came to on one host: the full result, and the contexts whose effects are to be applied.

    told: the display has it already.
    """

    __slots__ = ("contexts", "delegated", "ignored", "items", "no_log", "result", "seconds", "told")

    def __init__(self, result: dict[str, Any], contexts: list[tuple[TaskContext, dict[str, Any]]], *, items: bool = False) -> None:
        self.result = result
        self.contexts = contexts
        self.items = items
        self.ignored = False
        self.no_log = False
        self.delegated: str | None = None
        self.seconds = 0.0
        self.told = False

    @property
    def misnamed(self) -> bool:
        """Whether the task's module does not exist."""
        return (self.result.get("_muster") or {}).get("kind") == UnknownModule.__name__


def without_trace(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result as it is registered: without what is only for the report."""
    return {key: value for key, value in result.items() if key != "_muster"}


def event_of(
    host: HostState, label: TaskLabel, status: str, outcome: Outcome, secrets: Iterable[str], *, rescued: bool
) -> HostFinished:
    """Return what is told of an outcome: nothing of a no_log task, stars for secrets."""
    known = tuple(secrets)
    visible = shown(outcome.result, no_log=outcome.no_log, secrets=known)
    if outcome.items and not outcome.no_log:
        visible["results"] = [shown(each, no_log=False, secrets=known) for each in outcome.result.get("results", [])]
    return HostFinished(
        host.name,
        replace(label, no_log=outcome.no_log),
        status,
        visible,
        outcome.delegated,
        outcome.ignored,
        rescued,
        outcome.items,
        outcome.seconds,
        bool(outcome.contexts) and all(context.resumed for context, _ in outcome.contexts),
    )


def count(host: HostState, status: str, outcome: Outcome, *, rescued: bool) -> None:
    """Add an outcome to the recap of its host."""
    if status == "failed":
        if outcome.ignored:
            host.count("ok")
            host.count("ignored")
            if outcome.result.get("changed"):
                host.count("changed")
        else:
            host.count("rescued" if rescued else "failed")
    elif status == "unreachable":
        host.count("unreachable" if not outcome.ignored else "ok")
        if outcome.ignored:
            host.count("ignored")
    elif status == "skipped":
        host.count("skipped")
    else:
        host.count("ok")
        if status == "changed":
            host.count("changed")
