"""What happens in a run, as values: `execute` yields them, `report` reads them, nothing else passes between the two."""

from collections.abc import Mapping
from typing import Any

from runner.position import Position
from runner.record import dataclass, field


@dataclass(frozen=True, slots=True)
class TaskLabel:
    """How a task is named to people. `uid` is stable between runs: play number, path and position of the task.

    name: rendered name, with "role : " in front where it stands in a role. action: module as written.
    kind: task, handler or cleanup. args_shown: the text after `args:` at high verbosity.
    """

    uid: str
    name: str
    action: str
    position: Position | None = None
    kind: str = "task"
    role: str | None = None
    no_log: bool = False
    check: bool = False
    diff: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaybookStarted:
    """A playbook file begins. plays: how many it holds, imported ones included (0: not known)."""

    path: str
    plays: int = 0


@dataclass(frozen=True, slots=True)
class PlayStarted:
    """A play (or one batch of a serial play) begins on these hosts.

    lockstep: the strategy keeps all hosts on the same task (linear); where it does not, a task is named again as results interleave.
    """

    name: str
    hosts: tuple[str, ...]
    position: Position | None = None
    check: bool = False
    batch: int = 0
    lockstep: bool = True


@dataclass(frozen=True, slots=True)
class NoHosts:
    """A play had no host to run on. reason: `matched` (pattern matched none) or `remaining` (all had failed)."""

    play: str
    reason: str


@dataclass(frozen=True, slots=True)
class TaskStarted:
    """A task begins on its first host of this batch."""

    task: TaskLabel


@dataclass(frozen=True, slots=True)
class HostStarted:
    """A host begins a task."""

    host: str
    task: TaskLabel


@dataclass(frozen=True, slots=True)
class Output:
    """A piece of live output of a running command. stream: stdout or stderr."""

    host: str
    task: TaskLabel
    stream: str
    text: str


@dataclass(frozen=True, slots=True)
class Retrying:
    """A task with `until` failed and is tried again. left: tries left; result: of the last try."""

    host: str
    task: TaskLabel
    attempt: int
    left: int
    result: Mapping[str, Any]
    item_label: str | None = None


@dataclass(frozen=True, slots=True)
class ItemFinished:
    """One item of a loop is done. status as in `HostFinished`; label: what is shown for the item."""

    host: str
    task: TaskLabel
    status: str
    result: Mapping[str, Any]
    label: str
    delegated_to: str | None = None
    ignored: bool = False
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class HostFinished:
    """A task is done on a host.

    status: ok, changed, failed, skipped or unreachable. result: the registered dictionary, `no_log` already applied, `results` of a
    loop included. ignored: it failed and `ignore_errors` (or ignore_unreachable) let it pass. rescued: a rescue section takes over.
    items: it was a loop, whose items were reported before. resumed: it was done in the broken run before this one, and not again.
    """

    host: str
    task: TaskLabel
    status: str
    result: Mapping[str, Any]
    delegated_to: str | None = None
    ignored: bool = False
    rescued: bool = False
    items: bool = False
    seconds: float = 0.0
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class Included:
    """A file was included at run time for these hosts. item_label: the loop item it belongs to."""

    path: str
    hosts: tuple[str, ...]
    item_label: str | None = None


@dataclass(frozen=True, slots=True)
class Notified:
    """A changed task notified a handler."""

    host: str
    task: TaskLabel
    handler: str


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the user should know; shown once for each text. kind: warning, deprecation or error."""

    text: str
    position: Position | None = None
    kind: str = "warning"


@dataclass(frozen=True, slots=True)
class Noted:
    """Something the engine did that is shown at `verbosity` or more."""

    text: str
    verbosity: int = 2


@dataclass(frozen=True, slots=True)
class Resumable:
    """A broken run can be resumed. changes: how many changes to hosts the next run need not make again."""

    changes: int


@dataclass(frozen=True, slots=True)
class HandlersPending:
    """A run ended with notified handlers that did not run on a host."""

    host: str
    handlers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one host over the run."""

    ok: int = 0
    changed: int = 0
    unreachable: int = 0
    failed: int = 0
    skipped: int = 0
    rescued: int = 0
    ignored: int = 0


@dataclass(frozen=True, slots=True)
class PlaybookFinished:
    """One playbook of several has ended, and another follows. tallies: host -> counts so far, in order of appearance."""

    tallies: Mapping[str, Tally]


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The end. tallies: host -> counts, in order of appearance. custom: what `set_stats` gathered. exit_code as ansible-playbook's."""

    tallies: Mapping[str, Tally]
    exit_code: int
    custom: Mapping[str, Any] = field(default_factory=dict)
    interrupted: bool = False
    seconds: float = 0.0


Event = (
    PlaybookStarted
    | PlaybookFinished
    | PlayStarted
    | NoHosts
    | TaskStarted
    | HostStarted
    | Output
    | Retrying
    | ItemFinished
    | HostFinished
    | Included
    | Notified
    | Warned
    | Noted
    | HandlersPending
    | Resumable
    | RunFinished
)
