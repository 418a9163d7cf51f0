"""How things stand on the hosts while a drill runs, put together from the lines their recorders write. No input or output.

It is a view, not a measurement: what is measured comes from the whole records, after the run.
"""

from collections.abc import Callable, Mapping, Sequence

from runner.record import dataclass, field

# An answered request after an outage counts as its end only when so many came in a row.
STEADY = 3
# News older than this is told with its age: it comes from a host that could not be heard.
STALE = 1.5


@dataclass(slots=True)
class HostNow:
    """One host. first, last: its clock at the first record and at the last sign of life. heard: our clock at that sign.

    held: when it began and ceased to hold the address. said: what a service says of itself -> when, and in which state it is.
    faults: number -> [set, undone], None for not yet.
    """

    first: float | None = None
    last: float = 0.0
    heard: float | None = None
    held: list[tuple[float, bool]] = field(default_factory=list)
    units: dict[str, tuple[float, str]] = field(default_factory=dict)
    said: dict[str, tuple[float, str]] = field(default_factory=dict)
    faults: dict[int, list[float | None]] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return bool(self.held) and self.held[-1][1]


@dataclass(slots=True)
class ProbeNow:
    """One probe. requests: sequence -> due, what became of it. through: the first of which that is not known yet.

    since: when the outage that goes on began. well, well_from: good answers in a row since, and when the first was asked for.
    """

    host: str
    requests: dict[int, tuple[float, str]] = field(default_factory=dict)
    through: int = 0
    lost: int = 0
    since: float | None = None
    lost_since: int = 0
    well: int = 0
    well_from: float = 0.0


@dataclass(slots=True)
class Live:
    """A run as it goes on.

    title: of the run. length: seconds that are recorded. probes: in the order of the drill, with the number that each has on its host.
    faults: host -> number -> words. units: in the order of the drill. guarded: (host, number) -> what a guard has said of that fault, and
    when, on our clock. ending: those of them that end all that runs on the host. began: our clock at the first record, as near as is known.
    """

    title: str
    length: float
    address: str
    units: Sequence[str]
    hosts: dict[str, HostNow]
    probes: dict[str, ProbeNow]
    numbers: Mapping[str, Sequence[str]]
    faults: Mapping[str, Mapping[int, str]]
    guarded: dict[tuple[str, int], dict[str, float]] = field(default_factory=dict)
    ending: frozenset[tuple[str, int]] = frozenset()
    began: float | None = None
    news: list[str] = field(default_factory=list)

    def take(self, host: str, text: str, at: float) -> None:
        """Take whole lines of a host that came at a time of our clock; lines may come twice. What changed is added to `news`."""
        now = self.hosts[host]
        lines = [line.split() for line in text.splitlines()]
        clock = max((float(words[1]) for words in lines if len(words) == 2 and words[0] == "now"), default=now.last)
        now.last, now.heard = max(now.last, clock), at
        for words in lines:
            deal = DEALS.get(words[0]) if words else None
            if deal is not None and len(words) >= 3:
                deal(self, host, words)
        if now.first is not None:
            # news is late, never early
            began = at - (now.last - now.first)
            self.began = began if self.began is None else min(self.began, began)

    def guard(self, host: str, number: int, word: str, when: float) -> None:
        """Take what a guard says of a fault: `set`, `undo`, `undone`, or `failed`; when: on our clock."""
        self.guarded.setdefault((host, number), {}).setdefault(word, when)

    def off(self, host: str) -> list[tuple[float, float | None]]:
        """Return when a host was off, in seconds of the record, None for still: nobody looked at what it held then."""
        found: list[tuple[float, float | None]] = []
        for key in self.ending:
            said = self.guarded.get(key, {})
            if key[0] == host and "set" in said and self.began is not None:
                until = said.get("undone")
                found.append((said["set"] - self.began, None if until is None else self._back(host, until - self.began)))
        return found

    def _back(self, host: str, until: float) -> float:
        """Return when a host that was switched on again was first looked at."""
        now = self.hosts[host]
        return min((when - (now.first or 0.0) for when, _ in now.held if when - (now.first or 0.0) >= until), default=until)

    def told(self) -> list[str]:
        """Return the news since the last time."""
        news, self.news = self.news, []
        return news

    def silence(self, host: str, at: float) -> float | None:
        """Return for how many seconds a host has not been heard, None if it never was."""
        heard = self.hosts[host].heard
        return None if heard is None else at - heard

    def elapsed(self) -> float:
        """Return the seconds of the record so far: those of the host that is furthest."""
        return max((each.last - each.first for each in self.hosts.values() if each.first is not None), default=0.0)

    def _tell(self, host: str, when: float, text: str) -> None:
        age = self.hosts[host].last - when
        self.news.append(f"{text} ({age:.1f} s ago)" if age > STALE else text)

    def _begin(self, host: str, when: float) -> HostNow:
        now = self.hosts[host]
        now.first = when if now.first is None else min(now.first, when)
        return now

    def _address(self, host: str, words: Sequence[str]) -> None:
        when, holds = float(words[1]), words[2].startswith("1")
        now = self._begin(host, when)
        if now.held and (when <= now.held[-1][0] or holds == now.held[-1][1]):
            return
        if now.held or holds:
            self._tell(host, when, f"{host} holds {self.address}" if holds else f"{host} no longer holds {self.address}")
        now.held.append((when, holds))

    def _unit(self, host: str, words: Sequence[str]) -> None:
        when, unit, state = float(words[1]), self.units[int(words[2])], words[3] if len(words) > 3 else "unknown"
        now = self._begin(host, when)
        before = now.units.get(unit)
        if before and when <= before[0]:
            return
        if before and before[1] != state:
            self._tell(host, when, f"{host}: {unit} is {state}")
        now.units[unit] = (when, state)

    def _vrrp(self, host: str, words: Sequence[str]) -> None:
        known = [name for name in self.hosts[host].said if name.startswith("keepalived ")]
        for name in known if words[2] == "*" else [f"keepalived {words[2]}"]:
            self._say(host, float(words[1]), name, words[3])

    def _member(self, host: str, words: Sequence[str]) -> None:
        if len(words) < 5:
            state = "silent"
        else:
            state = f"{'leading' if words[3] == words[4] else 'without a leader' if words[4] == '0' else 'following'} in term {words[2]}"
        self._say(host, float(words[1]), "etcd", state)

    def _say(self, host: str, when: float, name: str, state: str) -> None:
        """Take what a service says of itself. What it said before the run began is no news, and is told again at the end."""
        now = self.hosts[host]
        before = now.said.get(name)
        if before and when <= before[0]:
            return
        if before and before[1] != state and now.first is not None and when >= now.first:
            self._tell(host, when, f"{host}: {name} is {state}")
        now.said[name] = (when, state)

    def _request(self, host: str, words: Sequence[str]) -> None:
        name = self.numbers[host][int(words[1])]
        probe, due = self.probes[name], float(words[3])
        self._begin(host, due)
        probe.requests.setdefault(int(words[2]), (due, words[6]))
        # Answers come out of order; an outage is known when all that were asked before are.
        while probe.through in probe.requests:
            self._through(host, name, probe, *probe.requests[probe.through])
            probe.through += 1

    def _through(self, host: str, name: str, probe: ProbeNow, due: float, outcome: str) -> None:
        if outcome != "ok":
            if probe.since is None:
                probe.since, probe.lost_since = due, 0
                self._tell(host, due, f"{name}: no good answer ({outcome})")
            probe.lost, probe.lost_since, probe.well = probe.lost + 1, probe.lost_since + 1, 0
        elif probe.since is not None:
            probe.well_from = probe.well_from if probe.well else due
            probe.well += 1
            if probe.well == STEADY:
                self._tell(host, due, f"{name}: answers again after {probe.well_from - probe.since:.2f} s, {probe.lost_since} lost")
                probe.since, probe.well = None, 0

    def _fault(self, host: str, words: Sequence[str]) -> None:
        when, number, undone = float(words[1]), int(words[2]), words[0] == "undone"
        times = self.hosts[host].faults.setdefault(number, [None, None])
        if times[undone] is None:
            times[undone] = when
            self._tell(host, when, f"{host}: {self.faults[host][number]}: {'undone' if undone else 'set'}")


DEALS: Mapping[str, Callable[[Live, str, Sequence[str]], None]] = {
    "a": Live._address,
    "u": Live._unit,
    "k": Live._vrrp,
    "m": Live._member,
    "p": Live._request,
    "set": Live._fault,
    "undone": Live._fault,
}
