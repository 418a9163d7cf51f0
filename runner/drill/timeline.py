"""The timeline of one run as SVG: a lane for each fault, probe, holder of the address and unit. Pure."""

from collections.abc import Sequence
from html import escape
from typing import Any

from runner.drill.document import Document

WIDTH, LEFT, ROW, BAR = 1100, 290, 24, 14
# An answer that took longer than this many times the median of its probe, and longer than SLOW seconds, is marked.
SLOW_TIMES, SLOW = 5, 0.1
STEPS = (0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200, 43200)
# class of a box -> what it means, in the order of the legend
LEGEND = {
    "fault": "fault",
    "ok": "answered",
    "slow": "answered late",
    "lost": "lost",
    "twice": "answered again",
    "outage": "outage as felt",
    "held": "holds the address",
    "several": "so do others: split brain",
    "nobody": "nobody holds it",
    "blind": "not watched",
    "sign": "noticed",
    "leads": "MASTER, or leads",
    "follows": "BACKUP, or follows",
    "active": "active, or up",
    "frozen": "frozen",
    "changing": "between two states",
    "inactive": "not running",
}
STATES = {"active": "active", "reloading": "changing", "frozen": "frozen", "activating": "changing", "deactivating": "changing"}
# what a service says of itself -> class of a box
SAID = {
    **dict.fromkeys(("MASTER", "leads"), "leads"),
    **dict.fromkeys(("BACKUP", "follows"), "follows"),
    **dict.fromkeys(("FAULT", "DOWN", "-"), "inactive"),
    "UP": "active",
}


class _Drawing:
    """Lanes, one below the other, over the same seconds."""

    def __init__(self, begin: float, end: float) -> None:
        self.begin, self.end = begin, end
        self.lanes: list[tuple[str, list[str]]] = []
        self.under: list[str] = []

    def x(self, when: float) -> float:
        """Return where a moment is."""
        inside = min(max(when, self.begin), self.end)
        return LEFT + (inside - self.begin) / (self.end - self.begin) * (WIDTH - LEFT - 14)

    def lane(self, label: str) -> None:
        """Begin a lane."""
        self.lanes.append((label, []))

    def bar(self, begin: float, end: float, kind: str, title: str) -> None:
        """Draw a stretch of time in the present lane."""
        if end <= self.begin or begin >= self.end:
            return
        width = max(self.x(end) - self.x(begin), 1.2)
        self.box(self.x(begin), width, kind, f"{title}: {begin:.2f} .. {end:.2f} s ({end - begin:.2f} s)")

    def box(self, left: float, width: float, kind: str, said: str) -> None:
        """Draw a box in the present lane, with a text that shows under the pointer."""
        top = (len(self.lanes) - 1) * ROW + (ROW - BAR) / 2
        box = f'<rect class="{kind}" x="{left:.1f}" y="{top:g}" width="{width:.1f}" height="{BAR}">'
        self.lanes[-1][1].append(f"{box}<title>{escape(said)}</title></rect>")

    def shade(self, begin: float, end: float) -> None:
        """Tint the time of a fault behind all lanes."""
        left = self.x(begin)
        self.under.append(f'<rect class="shade" x="{left:.1f}" y="0" width="{self.x(end) - left:.1f}" height="{{height}}"/>')

    def svg(self) -> str:
        """Return the drawing, with the seconds below."""
        bottom = len(self.lanes) * ROW + 4
        parts = [each.format(height=bottom) for each in self.under]
        step = next((each for each in STEPS if (self.end - self.begin) / each <= 20), STEPS[-1])
        tick = int(self.begin // step)
        while (second := tick * step) <= self.end:
            if second >= self.begin:
                x = self.x(second)
                strong = ' class="zero"' if tick == 0 else ""
                parts.append(f'<line{strong} x1="{x:.1f}" y1="0" x2="{x:.1f}" y2="{bottom}"/>')
                parts.append(f'<text class="tick" x="{x:.1f}" y="{bottom + 13}">{second:g}</text>')
            tick += 1
        parts.append(f'<text x="0" y="{bottom + 13}">seconds since the first fault</text>')
        for number, (label, boxes) in enumerate(self.lanes):
            # text that the browser itself cuts off where the lane begins
            place = f'x="0" y="{number * ROW}" width="{LEFT - 10}" height="{ROW}"'
            said = escape(label)
            text = f'<foreignObject {place}><div class="label" title="{said}">{said}</div></foreignObject>'
            parts.append(f'<g data-lane="{said}">{text}{"".join(boxes)}</g>')
        return f'<svg viewBox="0 0 {WIDTH} {bottom + 20}" role="img" aria-label="timeline">{"".join(parts)}</svg>'


def timeline(run: Document) -> str:
    """Return the SVG of one run: faults, probes, holders of the address, states of units."""
    drawing = _Drawing(run["begin"], run["end"])
    _faults(drawing, run)
    for name, probe in run["probes"].items():
        _probe(drawing, name, probe)
    if run["holders"]:
        _holders(drawing, run)
    for host, units in run["units"].items():
        for unit, spans in units.items():
            drawing.lane(f"{unit} on {host}")
            for begin, end, value in spans:
                drawing.bar(begin, end, STATES.get(value, "inactive"), f"{unit} on {host} {value}")
    _said(drawing, run)
    return drawing.svg()


def _said(drawing: _Drawing, run: Document) -> None:
    """What services said of themselves; a lane for what they noticed."""
    if run.get("signs"):
        drawing.lane("noticed")
        for when, host, source, text in run["signs"]:
            drawing.box(drawing.x(when), 1.8, "sign", f"{source} on {host} at {when:.2f} s: {text}")
    unheard = run.get("unheard", {})
    for host, each in run.get("said", {}).items():
        for what, spans in each.items():
            drawing.lane(f"word of {what} on {host}")
            for begin, end, value in spans:
                kind = SAID.get(value.partition(",")[0], "changing")
                drawing.bar(begin, end, kind, f"{what} on {host}: {'no answer' if value == '-' else value}")
            for begin, end, _ in unheard.get(what.partition(" ")[0], {}).get(host, ()):
                drawing.bar(begin, end, "blind", f"{what} on {host} was not heard")


def _faults(drawing: _Drawing, run: Document) -> None:
    times: list[list[float]] = []
    for each in run["broken"]:
        if each["set"] is None:
            continue
        undone = each["undone"] if each["undone"] is not None else run["end"]
        # its pattern of hosts says no more than the host
        what = each["title"].rpartition(" on ")[0] or each["title"]
        drawing.lane(f"{each['host']}: {what}")
        drawing.bar(each["set"], undone, "fault", f"{each['host']}: {each['title']}")
        times.append([each["set"], undone])
    tinted = run["begin"]
    for begin, end in sorted(times):
        if end > tinted:
            drawing.shade(max(begin, tinted), end)
            tinted = end


def kinds_in(svg: str) -> list[str]:
    """Return the classes of boxes that a drawing has, in the order of the legend."""
    return [kind for kind in LEGEND if f'<rect class="{kind}"' in svg]


def _probe(drawing: _Drawing, name: str, probe: Document) -> None:
    """Good requests in a row are one box; each lost or late one has its own."""
    drawing.lane(f"probe {name}: {probe['lost']} of {probe['sent']} lost")
    late = max(SLOW, SLOW_TIMES * (probe["p50"] or 0.0))
    row: list[Sequence[Any]] = []
    for request in [*probe["requests"], None]:
        if request is not None and request[3] == "ok" and request[2] <= late:
            row.append(request)
            continue
        if row:
            _row(drawing, row)
            row = []
        if request is not None:
            sequence, begun, took, outcome = request
            said = f"request {sequence} at {begun:.2f} s: {outcome} after {1000 * took:.0f} ms"
            drawing.box(drawing.x(begun), 1.6, "slow" if outcome == "ok" else "lost", said)
    for when in probe.get("duplicates", ()):
        drawing.box(drawing.x(when), 1.6, "twice", f"another answer at {when:.2f} s to what was answered")
    for begin, end, _ in probe["blind"]:
        drawing.bar(begin, end, "blind", f"{name} did not ask")
    if probe["outages"]:
        drawing.lane(f"outage felt by {name}")
        for begin, end, value in probe["outages"]:
            drawing.bar(begin, end, "outage", "outage, still going on at the end" if value else "outage")


def _row(drawing: _Drawing, row: Sequence[Sequence[Any]]) -> None:
    first, last = row[0], row[-1]
    left = drawing.x(first[1])
    slowest = 1000 * max(each[2] for each in row)
    said = f"requests {first[0]} to {last[0]}, {first[1]:.2f} .. {last[1]:.2f} s: ok, the slowest after {slowest:.0f} ms"
    drawing.box(left, max(drawing.x(last[1]) - left, 1.6), "ok", said)


def _holders(drawing: _Drawing, run: Document) -> None:
    for host in run["watched"]:
        drawing.lane(f"address on {host}")
        for begin, end, value in run["holders"]:
            if host in value.split():
                drawing.bar(begin, end, "several" if len(value.split()) > 1 else "held", f"held by {value}")
        for begin, end, _ in run["blind"].get(host, ()):
            drawing.bar(begin, end, "blind", f"{host} was not watched")
    nobody = [(begin, end) for begin, end, value in run["holders"] if not value]
    if nobody:
        drawing.lane("address on no host")
        for begin, end in nobody:
            drawing.bar(begin, end, "nobody", "nobody held it")
