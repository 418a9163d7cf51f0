"""A run that goes on as lines for a terminal: a lane of time for each fault, host and probe, and in words how it stands. Pure."""

from collections.abc import Callable, Iterable
from typing import Any

from runner.drill.live import HostNow, Live, ProbeNow
from runner.record import dataclass

QUIET = 2.0
# what a guard said last of a fault -> how it stands
GUARDED = {"undone": "undone", "not-undone": "not undone", "undo": "being undone", "not-set": "not set", "set": "set"}
Paint = Callable[[str, str | None], str]


@dataclass(frozen=True, slots=True)
class Marks:
    """The characters of a lane."""

    held: str
    several: str
    nothing: str
    well: str
    some: str
    lost: str
    fault: str


PRETTY = Marks(held="━", several="▓", nothing="·", well="▁", some="▄", lost="█", fault="▒")
PLAIN = Marks(held="=", several="#", nothing=".", well="_", some="%", lost="#", fault="/")


def drawing(live: Live, at: float, width: int, marks: Marks, paint: Paint) -> list[str]:
    """Return the lines, none wider than `width`. at: our clock. paint: (text, meaning) -> the text in colour, meaning as of `color`."""
    names = [*(f"fault on {host}" for host in live.faults), *live.hosts, *(f"probe {name}" for name in live.probes)]
    left = min(max(map(len, names), default=0), 24)
    lane = max(10, min(60, (width - left - 5) // 2))
    artist = _Artist(live, at, lane, marks, paint)
    rows = [*artist.faults(), *artist.hosts(), *artist.probes()]
    head = f"{live.title}: {min(live.elapsed(), live.length):.1f} of {live.length:.1f} s"
    lines = [paint(head[: width - 1], "highlight")]
    for name, cells, text, meaning in rows:
        room = max(0, width - left - lane - 5)
        lines.append(f"{name[:left].ljust(left)}  {cells}  {paint(text[:room], meaning)}".rstrip())
    return lines


Row = tuple[str, str, str, str | None]


@dataclass(slots=True)
class _Artist:
    live: Live
    at: float
    width: int
    marks: Marks
    paint: Paint

    def _column(self, seconds: float) -> int:
        return min(self.width - 1, max(0, int(seconds / self.live.length * self.width)))

    def _end(self, host: HostNow) -> int:
        """Return the first column of which nothing is known yet."""
        return 0 if host.first is None else self._column(host.last - host.first) + 1

    def _cells(self, columns: Iterable[tuple[str, str | None]]) -> str:
        cells = [self.paint(mark, meaning) for mark, meaning in columns]
        return "".join(cells) + " " * (self.width - len(cells))

    def faults(self) -> Iterable[Row]:
        for host, faults in self.live.faults.items():
            for number, title in faults.items():
                begun, ended, state = self._fault(host, number)
                columns: list[tuple[str, str | None]] = []
                if begun is not None:
                    first, last = self._column(begun), self._column(ended)
                    columns = [(" ", None)] * first + [(self.marks.fault, "changed")] * (last - first + 1)
                meaning = {"set": "changed", "being undone": "changed", "not set": "failed", "not undone": "failed"}.get(state)
                yield f"fault on {host}", self._cells(columns), f"{state}: {title}", meaning

    def _fault(self, host: str, number: int) -> tuple[float | None, float, str]:
        """Return when a fault was set and undone, in seconds of the record, and how it stands."""
        live, now = self.live, self.live.hosts[host]
        if (host, number) in live.guarded:
            said, began = live.guarded[host, number], self.at if live.began is None else live.began
            begun, ended = said.get("set"), said.get("undone")
            state = next((words for word, words in GUARDED.items() if word in said), "to come")
            return None if begun is None else begun - began, (self.at if ended is None else ended) - began, state
        begun, ended = now.faults.get(number, [None, None])
        heard = (live.silence(host, self.at) or 0.0) <= QUIET
        state = "undone" if ended is not None else "set" if begun is not None else "to come" if heard else "not heard of"
        first = now.first or 0.0
        return None if begun is None else begun - first, (now.last if ended is None else ended) - first, state

    def hosts(self) -> Iterable[Row]:
        for name, now in self.live.hosts.items():
            quiet = self.live.silence(name, self.at)
            said = [f"{unit} {state}" for unit, (_, state) in (*now.said.items(), *now.units.items())]
            ill = any(state != "active" for _, state in now.units.values())
            off = any(until is None for _, until in self.live.off(name))
            if off:
                said = ["off"]
            elif now.holds:
                said.insert(0, "holds the address")
            if quiet is not None and quiet > QUIET:
                said, ill = [f"no word for {quiet:.0f} s", *said], True
            yield name, self._cells(self._lane(name, now)), ", ".join(said), "failed" if ill or off else None

    def _lane(self, name: str, now: HostNow) -> Iterable[tuple[str, str | None]]:
        if not now.held or now.first is None:
            return
        several = self._several()
        for column in range(self._end(now)):
            if self._off_in(name, column):
                yield " ", None
            elif not self._holds_in(now, column):
                yield self.marks.nothing, None
            elif column in several:
                yield self.marks.several, "failed"
            else:
                yield self.marks.held, "ok"

    def _holds_in(self, now: HostNow, column: int) -> bool:
        """Tell whether a host held the address at the end of a column's time."""
        until = (column + 1) * self.live.length / self.width + (now.first or 0.0)
        return next((held for when, held in reversed(now.held) if when <= until), False)

    def _off_in(self, name: str, column: int) -> bool:
        """Tell whether a host was off at the end of a column's time."""
        end = (column + 1) * self.live.length / self.width
        return any(begin <= end and (until is None or end < until) for begin, until in self.live.off(name))

    def _several(self) -> set[int]:
        """Return the columns in which more than one host holds the address. The clocks of hosts are not compared: it is a view."""
        every = [(name, now) for name, now in self.live.hosts.items() if now.held]
        return {
            column
            for column in range(self.width)
            if sum(self._holds_in(now, column) for name, now in every if column < self._end(now) and not self._off_in(name, column)) > 1
        }

    def probes(self) -> Iterable[Row]:
        for name, probe in self.live.probes.items():
            text, meaning = f"{probe.lost} of {len(probe.requests)} lost", "changed" if probe.lost else None
            now = self.live.hosts[probe.host]
            if probe.since is not None:
                text, meaning = f"{text}, no good answer for {max(0.0, now.last - probe.since):.1f} s", "failed"
            yield f"probe {name}", self._cells(self._requests(now, probe)), text, meaning

    def _requests(self, now: HostNow, probe: ProbeNow) -> Iterable[tuple[str, str | None]]:
        wells: dict[int, list[bool]] = {}
        for due, outcome in probe.requests.values():
            wells.setdefault(self._column(due - (now.first or 0.0)), []).append(outcome == "ok")
        for column in range(max(wells, default=-1) + 1):
            yield self._mark(wells.get(column))

    def _mark(self, wells: Any) -> tuple[str, str | None]:
        if not wells:
            return self.marks.nothing, None
        if all(wells):
            return self.marks.well, "ok"
        return (self.marks.some, "changed") if any(wells) else (self.marks.lost, "failed")
