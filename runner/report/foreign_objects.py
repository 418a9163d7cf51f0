"""Stand-ins for the objects of Ansible that callback plugins are handed: with the names they read most."""

import os
from typing import Any

from runner.model.event import RunFinished, TaskLabel

COUNTS = {
    "ok": "ok",
    "failures": "failed",
    "unreachable": "unreachable",
    "changed": "changed",
    "skipped": "skipped",
    "rescued": "rescued",
    "ignored": "ignored",
}


class HostObject:
    """A host by its name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._uuid = name
        self.vars: dict[str, Any] = {}
        self.groups: list[Any] = []

    def get_name(self) -> str:
        """Return the name."""
        return self.name

    def __str__(self) -> str:
        return self.name


class PlayObject:
    """A play: its name and hosts."""

    def __init__(self, name: str, hosts: tuple[str, ...]) -> None:
        self.name = name
        self.hosts = list(hosts)
        self._uuid = f"play {name}"
        self.check_mode = False
        self.strategy = "linear"

    def get_name(self) -> str:
        """Return the name."""
        return self.name


class PlaybookObject:
    """A playbook: its file."""

    def __init__(self, path: str) -> None:
        self._file_name = path
        self._basedir = os.path.dirname(path)

    def get_plays(self) -> list[Any]:
        """Return no plays: they are told when they begin."""
        return []


class RoleObject:
    """A role by its name."""

    def __init__(self, name: str) -> None:
        self._role_name = name

    def get_name(self, include_role_fqcn: bool = True) -> str:
        """Return the name."""
        return self._role_name


class TaskObject:
    """A task: how it is named, where it stands."""

    def __init__(self, uid: str, name: str, action: str) -> None:
        self._uuid = uid
        self.name = name
        self.action = action
        self.resolved_action = action
        self.args: dict[str, Any] = {}
        self.vars: dict[str, Any] = {}
        self.tags: list[str] = []
        self.no_log = False
        self.check_mode = False
        self.diff = False
        self.loop: Any = None
        self.delegate_to: str | None = None
        self._role: RoleObject | None = None
        self._parent: Any = None
        self._play: PlayObject | None = None
        self._path = ""

    @classmethod
    def of(cls, label: TaskLabel, play: PlayObject) -> "TaskObject":
        """Return the stand-in for a task of a play."""
        made = cls(label.uid, label.name, label.action)
        made.tags, made.no_log, made.check_mode, made.diff, made._play = list(label.tags), label.no_log, label.check, label.diff, play
        made._role = RoleObject(label.role) if label.role else None
        made._path = f"{label.position.file}:{label.position.line}" if label.position else ""
        return made

    @classmethod
    def named(cls, name: str) -> "TaskObject":
        """Return a handler of which only the name is known."""
        return cls(name, name, "")

    def __getattr__(self, name: str) -> Any:
        # any other keyword of a task is one that was not written
        if name.startswith("_"):
            raise AttributeError(name)
        return None

    def get_name(self, include_role_fqcn: bool = True) -> str:
        """Return the name as it is shown."""
        return self.name

    def get_path(self) -> str:
        """Return file:line."""
        return self._path

    def __str__(self) -> str:
        return self.name


class ResultObject:
    """What a task came to on a host."""

    def __init__(self, host: HostObject, task: TaskObject, result: dict[str, Any]) -> None:
        self._host = host
        self._task = task
        self._result = result
        self._task_fields: dict[str, Any] = {"name": task.name, "action": task.action, "args": task.args, "no_log": task.no_log}

    @property
    def task_name(self) -> str:
        """The task's name."""
        return self._task.name

    def is_changed(self) -> bool:
        """Tell whether it changed something."""
        return bool(self._result.get("changed"))

    def is_failed(self) -> bool:
        """Tell whether it failed."""
        return bool(self._result.get("failed"))

    def is_skipped(self) -> bool:
        """Tell whether it was skipped."""
        return bool(self._result.get("skipped"))

    def is_unreachable(self) -> bool:
        """Tell whether the host could not be reached."""
        return bool(self._result.get("unreachable"))

    def clean_copy(self) -> "ResultObject":
        """Return itself: secrets are taken out of results before they are reported."""
        return self


class StatsObject:
    """The counts of a run."""

    def __init__(self) -> None:
        self.processed: dict[str, int] = {}
        self.custom: dict[str, Any] = {}
        self.counts: dict[str, dict[str, int]] = {}

    @classmethod
    def of(cls, event: RunFinished) -> "StatsObject":
        """Return the counts at the end of a run."""
        made = cls()
        made.processed = dict.fromkeys(event.tallies, 1)
        made.custom = dict(event.custom)
        made.counts = {
            theirs: {host: getattr(tally, ours) for host, tally in event.tallies.items() if getattr(tally, ours)}
            for theirs, ours in COUNTS.items()
        }
        return made

    def __getattr__(self, name: str) -> dict[str, int]:
        counts: dict[str, dict[str, int]] = self.__dict__.get("counts", {})
        name = "unreachable" if name == "dark" else name
        if name not in counts:
            raise AttributeError(name)
        return counts[name]

    def summarize(self, host: str) -> dict[str, int]:
        """Return the counts of one host."""
        return {name: each.get(host, 0) for name, each in self.counts.items()}
