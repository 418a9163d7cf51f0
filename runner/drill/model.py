"""A drill as values: what is asked, what is broken, what is expected."""

from collections.abc import Mapping, Sequence
from typing import Any

from runner.position import Position
from runner.record import dataclass, field


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe. source: pattern of the asking host. kind: http, tcp or command; settings: what that kind needs. rate: 1/s. timeout: s."""

    name: str
    source: str
    kind: str
    settings: Mapping[str, Any]
    rate: float = 20.0
    timeout: float = 1.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing broken. at: seconds after the first moment of breaking. seconds: until it is undone. on: pattern of hosts.

    kind: service, cut, link or command; settings: what that kind needs.
    """

    on: str
    kind: str
    settings: Mapping[str, Any]
    seconds: float
    at: float = 0.0
    position: Position | None = None

    @property
    def title(self) -> str:
        """The fault in few words, for people."""
        said = self.settings
        words = {
            "service": f"{said.get('action')} {said.get('name')}",
            "cut": f"cut from {said.get('from')} ({said.get('direction', 'both')})",
            "link": f"{said.get('interface')} down",
            "command": str(said.get("set")),
        }
        return f"{words[self.kind]} on {self.on}"


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
    """A drill file. hosts: pattern of the observed hosts. address: whose holders are counted, empty for none."""

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
    before: float = 3.0
    after: float = 8.0
    repeat: int = 1
    cooldown: float = 3.0


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
    """A fault as it really happened on a host. set_at, undone_at: when each began, None if the host has not said so."""

    host: str
    title: str
    set_at: float | None
    undone_at: float | None


@dataclass(frozen=True, slots=True)
class Observed:
    """One run's records, on one clock. holding: host -> times and whether it held the address. units: host -> unit -> spans.

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
