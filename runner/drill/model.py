"""A drill as values: what is asked, what is broken, what is expected."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from runner.drill.heard import HostHeard
from runner.position import Position
from runner.record import dataclass, field


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe. source: pattern of the asking host. kind: http, tcp, icmp, dns or command.

    settings: what that kind needs. rate: 1/s. timeout: s.
    """

    name: str
    source: str
    kind: str
    settings: Mapping[str, Any]
    rate: float = 20.0
    timeout: float = 1.0

    @property
    def counts_answers(self) -> bool:
        """Whether it knows how many answers came to a request: those over a connection cannot have two."""
        return self.kind == "icmp" or (self.kind == "dns" and self.settings.get("over") != "tcp")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing broken. at: seconds after the first moment of breaking. seconds: until it is undone. on: pattern of hosts.

    kind: one of WORDS; settings: what that kind needs. where: shell that ends with 0 on those of the hosts that it befalls.
    hosts_at: where `on` stands.
    """

    on: str
    kind: str
    settings: Mapping[str, Any]
    seconds: float
    at: float = 0.0
    position: Position | None = None
    where: str = ""
    hosts_at: Position | None = None

    @property
    def title(self) -> str:
        """The fault in few words, for people."""
        return f"{WORDS[self.kind](self.settings)} on {self.on}"


def _check_words(said: Mapping[str, Any]) -> str:
    what = said.get("script") or said.get("server") or f"port {said.get('port')}"
    return f"check {what} says {said['says']}"


def _tasks_words(tasks: Sequence[Any]) -> str:
    names = [str(each["name"]) for each in tasks if isinstance(each, Mapping) and "name" in each]
    return f"tasks ({names[0] if names else len(tasks)}{', ...' if names and len(tasks) > 1 else ''})"


def _all_words(said: Mapping[str, Any], *left_out: str) -> str:
    return ", ".join(f"{key} {value}" for key, value in said.items() if key not in left_out)


WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "service": lambda said: f"{said['action']} {said['name']}",
    "cut": lambda said: f"cut from {said['from']} ({said.get('direction', 'both')})",
    "link": lambda said: f"{said['interface']} down",
    "traffic": lambda said: f"traffic of {said['interface']}: {_all_words(said, 'interface')}",
    "dns": lambda said: f"DNS {said.get('how', 'drop')}",
    "disk": lambda said: f"{said['path']} full",
    "memory": lambda said: f"{said['take']} of memory taken",
    "cpu": lambda said: f"CPU busy ({_all_words(said) or 'all'})",
    "clock": lambda said: f"clock {said['by']:+g} s",
    "certificate": lambda said: f"{said['path']} expired",
    "check": _check_words,
    "command": lambda said: str(said["set"]),
    "machine": lambda said: f"machine {str(said['action']).replace('_', ' ')}",
    "tasks": lambda said: _tasks_words(said["tasks"]),
    "playbook": lambda said: f"playbook {str(said['playbook']).rpartition('/')[2]}",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One set of faults, run by itself. expect: name of an expectation -> its limit."""

    name: str
    faults: tuple[Fault, ...]
    expect: Mapping[str, Any]

    @property
    def length(self) -> float:
        """Seconds from the first moment of breaking until everything is undone."""
        return max(fault.at + fault.seconds for fault in self.faults)


@dataclass(frozen=True, slots=True)
class Steady:
    """What must hold before and after: testinfra checks (a path) or tasks (as parsed, on the hosts of a pattern)."""

    checks: str = ""
    only: str = ""
    tasks: Sequence[Any] = ()
    on: str = "all"
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill file. hosts: pattern of the observed hosts. address: whose holders are counted, empty for none.

    observers: service that says of itself how it stands -> settings of that observer. places: of `hosts`, `load NAME`, `observe NAME`:
    where their patterns stand.
    """

    file: str
    name: str
    hosts: str
    cases: tuple[Case, ...]
    description: str = ""
    steady: tuple[Steady, ...] = ()
    probes: tuple[Probe, ...] = ()
    address: str = ""
    units: tuple[str, ...] = ()
    period: float = 0.05
    observers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    before: float = 3.0
    after: float = 8.0
    repeat: int = 1
    cooldown: float = 3.0
    places: Mapping[str, Position] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """What became of one request. Times in seconds of the controller's clock. outcome: `ok` or one word why not."""

    sequence: int
    due: float
    begun: float
    ended: float
    outcome: str

    @property
    def well(self) -> bool:
        return self.outcome == "ok"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time with what holds in it, on the controller's clock."""

    begin: float
    end: float
    value: str = ""

    @property
    def seconds(self) -> float:
        return self.end - self.begin


@dataclass(frozen=True, slots=True)
class Broken:
    """A fault as it really happened on a host. set_at, undone_at: when each began, None if the host has not said so.

    kind: of the fault. unit: the one that it is about, empty for none. took: seconds within which it came about, where that is done
    from outside (machines): nobody on the host can say when. back_at: when such an undoing was through.
    """

    host: str
    title: str
    set_at: float | None
    undone_at: float | None
    kind: str = ""
    unit: str = ""
    took: float = 0.0
    back_at: float | None = None


def unsure(broken: Sequence[Broken]) -> float:
    """Return the seconds by which what is counted from the breaking may be too long."""
    return max((each.took for each in broken), default=0.0)


@dataclass(frozen=True, slots=True)
class Observed:
    """One run's records, on one clock. holding: host -> times and whether it held the address. units: host -> unit -> spans.

    heard: host -> what its services said. duplicates: probe -> when there came another answer to what was answered.
    clock_errors: host -> half-width in seconds of what is known about its clock. begin, end: what was to be watched.
    """

    begin: float
    end: float
    probes: Mapping[str, Sequence[Request]]
    holding: Mapping[str, Sequence[tuple[float, bool]]]
    units: Mapping[str, Mapping[str, Sequence[Span]]]
    broken: Sequence[Broken]
    clock_errors: Mapping[str, float] = field(default_factory=dict)
    clock_offsets: Mapping[str, float] = field(default_factory=dict)
    complaints: Sequence[str] = ()
    duplicates: Mapping[str, Sequence[float]] = field(default_factory=dict)
    heard: Mapping[str, HostHeard] = field(default_factory=dict)


def headline(title: str) -> str:
    """Return the title of a fault in one line: a script that begins with a comment is called by that."""
    first, _, more = title.partition("\n")
    if not more:
        return title
    where = title.rpartition(" on ")[2]
    return f"{first.lstrip('# ') if first.startswith('#') else first + ' ...'} on {where}"
