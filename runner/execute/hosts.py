"""What a run knows of each host while it goes on: its facts, its variables set by tasks, whether it is still in."""

from collections.abc import Iterable, Mapping
from typing import Any

from runner.model.event import Tally
from runner.model.inventory import Host
from runner.record import dataclass, field
from runner.variables.facts import Facts


@dataclass(slots=True, eq=False)
class HostState:
    """One host of the run. Only the engine's loop changes it.

    set_facts: results registered and facts set by tasks. failed / unreachable: out of the run. ended: out of the current play (end_host).
    role_ended: out of the innermost role it is in (end_role). pending: handler keys notified and not yet run, in order of notification.
    roles_done: keys of roles it has run in this play. lost: failed by what no rescue section takes care of.
    doomed: failed with no rescue section ahead, though an `always` section may still run.
    """

    host: Host
    facts: Facts = field(default_factory=Facts)
    set_facts: dict[str, Any] = field(default_factory=dict)
    include_vars: dict[str, Any] = field(default_factory=dict)
    failed: bool = False
    unreachable: bool = False
    lost: bool = False
    doomed: bool = False
    ended: bool = False
    pending: dict[tuple[int, ...], str] = field(default_factory=dict)
    roles_done: set[str] = field(default_factory=set)
    roles_touched: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)
    gathered: bool = False
    cleared: bool = False
    role_ended: bool = False

    @property
    def name(self) -> str:
        """The inventory name."""
        return self.host.name

    @property
    def out(self) -> bool:
        """Whether no more tasks of this play, or of the role it is in, run on it."""
        return self.failed or self.unreachable or self.ended or self.role_ended

    @property
    def counted(self) -> bool:
        """Whether it is among the play's hosts as playbooks see them: from its failure or end_host on it is not, also in the same block."""
        return not (self.failed or self.unreachable or self.doomed or self.ended)

    def count(self, word: str) -> None:
        """Add one to a column of the recap."""
        self.counts[word] = self.counts.get(word, 0) + 1

    def tally(self) -> Tally:
        """Return the recap's row."""
        return Tally(**{word: self.counts.get(word, 0) for word in Tally.__dataclass_fields__})


def live(hosts: Iterable[HostState]) -> list[HostState]:
    """Return the hosts that still take tasks."""
    return [host for host in hosts if not host.out]


def names(hosts: Iterable[HostState]) -> tuple[str, ...]:
    """Return the names of some hosts."""
    return tuple(host.name for host in hosts)


@dataclass(slots=True)
class Stats:
    """What `set_stats` gathered: for the whole run, and for each host."""

    custom: dict[str, dict[str, Any]] = field(default_factory=dict)

    def set(self, data: Mapping[str, Any], host: str | None, aggregate: bool) -> None:
        """Take in the data of one set_stats task. host: None for the run as a whole."""
        own = self.custom.setdefault(host or "_run", {})
        for key, value in data.items():
            old = own.get(key)
            if not aggregate or old is None or type(old) is not type(value):
                own[key] = value
            elif isinstance(old, dict):
                own[key] = {**old, **value}
            else:
                own[key] = old + value
