"""A callback plugin written for Ansible as a report: our events become calls of its v2_ methods, with stand-ins for Ansible's objects."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from runner.model.event import (
    Event,
    HostFinished,
    HostStarted,
    Included,
    ItemFinished,
    NoHosts,
    Notified,
    PlaybookStarted,
    PlayStarted,
    Retrying,
    RunFinished,
    TaskLabel,
    TaskStarted,
)
from runner.report.foreign_objects import HostObject, PlaybookObject, PlayObject, ResultObject, StatsObject, TaskObject

OUTCOMES = {"ok": "ok", "changed": "ok", "failed": "failed", "skipped": "skipped", "unreachable": "unreachable"}


class ForeignCallback:
    """`plugin` is a CallbackModule that is ready. warn: is told once when the plugin fails; it then goes on, as with Ansible."""

    def __init__(self, plugin: Any, name: str, warn: Callable[[str], None]) -> None:
        self.plugin = plugin
        self.name = name
        self.warn = warn
        self.broken: set[str] = set()
        self.playbook = PlaybookObject("")
        self.play = PlayObject("", ())
        self.tasks: dict[str, TaskObject] = {}

    def handle(self, event: Event) -> None:
        """Take an event and call what the plugin has for it."""
        if isinstance(event, (PlaybookStarted, PlayStarted, NoHosts)):
            self._begun(event)
        elif isinstance(event, TaskStarted):
            kind = {"handler": "v2_playbook_on_handler_task_start", "cleanup": "v2_playbook_on_cleanup_task_start"}
            task = self._task(event.task)
            self._call(kind.get(event.task.kind, "v2_playbook_on_task_start"), task, *(() if event.task.kind in kind else (False,)))
        elif isinstance(event, HostStarted):
            self._call("v2_runner_on_start", HostObject(event.host), self._task(event.task))
        elif isinstance(event, (HostFinished, ItemFinished, Retrying)):
            self._outcome(event)
        elif isinstance(event, Included):
            self._call("v2_playbook_on_include", _IncludedFile(event))
        elif isinstance(event, Notified):
            self._call("v2_playbook_on_notify", TaskObject.named(event.handler), HostObject(event.host))
        elif isinstance(event, RunFinished):
            self._call("v2_playbook_on_stats", StatsObject.of(event))

    def _begun(self, event: PlaybookStarted | PlayStarted | NoHosts) -> None:
        if isinstance(event, PlaybookStarted):
            self.playbook = PlaybookObject(os.path.abspath(event.path))
            self._call("v2_playbook_on_start", self.playbook)
        elif isinstance(event, PlayStarted):
            self.play = PlayObject(event.name, event.hosts)
            self._call("v2_playbook_on_play_start", self.play)
        else:
            self._call(f"v2_playbook_on_no_hosts_{event.reason}")

    def _outcome(self, event: HostFinished | ItemFinished | Retrying) -> None:
        result: Mapping[str, Any] = _without_notes(event.result)
        if isinstance(event, ItemFinished):
            result = {**result, "_ansible_item_label": event.label}
        found = ResultObject(HostObject(event.host), self._task(event.task), dict(result))
        if isinstance(event, Retrying):
            found._result.setdefault("attempts", event.attempt)
            found._result.setdefault("retries", event.attempt + event.left)
            self._call("v2_runner_retry", found)
            return
        ignored = (event.ignored,) if event.status == "failed" else ()
        if isinstance(event, HostFinished):
            self._call(f"v2_runner_on_{OUTCOMES[event.status]}", found, *ignored)
            if "diff" in event.result and not event.items:
                self._call("v2_on_file_diff", found)
        elif event.status in ("ok", "changed", "failed", "skipped"):
            self._call(f"v2_runner_item_on_{OUTCOMES[event.status]}", found)

    def _task(self, label: TaskLabel) -> TaskObject:
        if label.uid not in self.tasks:
            self.tasks[label.uid] = TaskObject.of(label, self.play)
        return self.tasks[label.uid]

    def _call(self, method: str, *given: Any) -> None:
        call = getattr(self.plugin, method, None)
        if call is None or method in self.broken:
            return
        try:
            call(*given)
        except Exception as error:
            # code of others: it may want more of Ansible's objects than we have, and must not end the run
            self.broken.add(method)
            self.warn(f"Failure using method ({method}) in callback plugin ({self.name}): {type(error).__name__}: {error}")

    def close(self) -> None:
        """Nothing is kept back."""


class _IncludedFile:
    """What `v2_playbook_on_include` is given."""

    def __init__(self, event: Included) -> None:
        self._filename = event.path
        self._hosts = [HostObject(host) for host in event.hosts]
        self._args: dict[str, Any] = {}
        self._vars = {"item": event.item_label} if event.item_label is not None else {}


def _without_notes(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result without what the parts of this engine tell each other, in its items too."""
    kept = {key: each for key, each in result.items() if key not in ("_muster", "_effects")}
    items = kept.get("results")
    if isinstance(items, list):
        kept["results"] = [_without_notes(each) if isinstance(each, Mapping) else each for each in items]
    return kept
