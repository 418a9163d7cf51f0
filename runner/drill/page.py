"""A drill's document as one HTML page with timelines, which needs no network and no script."""

from collections.abc import Sequence
from html import escape
from typing import Any

from runner.drill.document import SERIES, Document
from runner.drill.text_report import finding_text

WIDTH, LEFT, ROW, BAR = 1100, 310, 22, 14
STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 1150px; padding: 0 1rem }
body { color: #1d2530; background: #fff }
h1, h2, h3 { line-height: 1.2 } .passed { color: #12702f } .failed { color: #b3151b } .unknown { color: #8a5a00 }
table { border-collapse: collapse; margin: .6rem 0 }
td, th { padding: .15rem .8rem .15rem 0; text-align: left; border-bottom: 1px solid #d9dee5 }
svg { width: 100%; height: auto; margin: .4rem 0 1.4rem } text { font: 12px system-ui, sans-serif; fill: #1d2530 }
.small { color: #566; font-size: 13px }
"""
COLORS = {
    "active": "#7fb08f",
    "frozen": "#3c78b5",
    "inactive": "#b3151b",
    "failed": "#7b0d12",
    "activating": "#d9a514",
    "deactivating": "#d9a514",
}


def page(said: Document) -> str:
    """Return the page."""
    title = f"Drill {escape(said['drill'])}"
    body = [f"<h1>{title}: {_verdict(said['verdict'])}</h1>", f"<p>{escape(said['description'])}</p>"]
    body.append(f'<p class="small">Begun {escape(said["begun"])}; described in {escape(said["file"])}</p>')
    for case in said["cases"]:
        body += _case(case)
    head = f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style></head>'
    return head + "<body>\n" + "\n".join(body) + "\n</body></html>\n"


def _verdict(word: str) -> str:
    return f'<span class="{word}">{word}</span>'


def _case(case: Document) -> list[str]:
    faults = "; ".join(f"{fault['title']} for {fault['for']:g} s" for fault in case["faults"])
    found = [f"<h2>{escape(case['name'])}: {_verdict(case['verdict'])}</h2>", f"<p>{escape(faults)}</p>", "<ul>"]
    found += [f"<li>{_verdict(each['verdict'])} {escape(finding_text(each))}</li>" for each in case["findings"]]
    found += ["</ul>", _table(case)]
    for number, run in enumerate(case["runs"]):
        found.append(f"<h3>Run {number + 1}</h3>")
        found += [f'<p class="unknown">{escape(each)}</p>' for each in run["complaints"]]
        found.append(timeline(run))
        clocks = ", ".join(f"{host} {1000 * each['offset']:+.2f} ±{1000 * each['error']:.2f} ms" for host, each in run["clocks"].items())
        found.append(f'<p class="small">Clocks of the hosts against the controller\'s: {escape(clocks)}</p>')
    return found


def _table(case: Document) -> str:
    head = "".join(f"<th>{word}</th>" for word in ("", "runs", "mean", "p50", "p95", "max", "mean, 95 % sure"))
    rows = []
    for name in SERIES:
        said = case["summary"][name]
        if said:
            between = f"{said['low']:.2f} .. {said['high']:.2f}" if said["low"] is not None else "-"
            numbers = [f"{said[key]:.2f}" for key in ("mean", "p50", "p95", "max")]
            rows.append("<tr>" + "".join(f"<td>{word}</td>" for word in (name, str(said["count"]), *numbers, between)) + "</tr>")
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


class _Drawing:
    """The timeline of one run, row after row from above."""

    def __init__(self, begin: float, end: float) -> None:
        self.begin, self.end = begin, end
        self.parts: list[str] = []
        self.rows = 0

    def x(self, when: float) -> float:
        """Return where a moment is."""
        inside = min(max(when, self.begin), self.end)
        return LEFT + (inside - self.begin) / (self.end - self.begin) * (WIDTH - LEFT - 10)

    def row(self, label: str) -> float:
        """Begin a row and return its upper edge."""
        top = self.rows * ROW + 4
        self.rows += 1
        self.parts.append(f'<text x="0" y="{top + 11}">{escape(label)}</text>')
        return top

    def bar(self, top: float, begin: float, end: float, color: str, title: str) -> None:
        """Draw a stretch of time."""
        width = max(self.x(end) - self.x(begin), 1.0)
        said = escape(f"{title}: {begin:.2f} .. {end:.2f} s ({end - begin:.2f} s)")
        self.rectangle(self.x(begin), top, width, color, said)

    def rectangle(self, left: float, top: float, width: float, color: str, said: str) -> None:
        """Draw a box with a text that shows under the pointer."""
        box = f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{BAR}" fill="{color}">'
        self.parts.append(f"{box}<title>{said}</title></rect>")

    def axis(self) -> None:
        """Draw the seconds below."""
        span = self.end - self.begin
        step = next(each for each in (1, 2, 5, 10, 30, 60, 300, 1800) if span / each <= 25)
        bottom = self.rows * ROW + 8
        for second in range(int(self.begin // step) * step, int(self.end) + 1, step):
            if second >= self.begin:
                x = self.x(second)
                self.parts.append(f'<line x1="{x:.1f}" y1="0" x2="{x:.1f}" y2="{bottom}" stroke="#ccd3dc" stroke-width="0.6"/>')
                self.parts.append(f'<text x="{x:.1f}" y="{bottom + 12}" text-anchor="middle">{second} s</text>')
        self.rows += 1

    def svg(self) -> str:
        """Return the drawing."""
        return f'<svg viewBox="0 0 {WIDTH} {self.rows * ROW + 8}" role="img">{"".join(self.parts)}</svg>'


def timeline(run: Document) -> str:
    """Return the SVG of one run: faults, probes, holders of the address, states of units."""
    drawing = _Drawing(run["begin"], run["end"])
    for each in run["broken"]:
        if each["set"] is not None:
            undone = each["undone"] if each["undone"] is not None else run["end"]
            drawing.bar(drawing.row(f"fault: {each['title']}"), each["set"], undone, "#6b4fa0", f"{each['host']}: {each['title']}")
    for name, probe in run["probes"].items():
        _probe(drawing, name, probe)
    for host in run["watched"] if run["holders"] else ():
        top = drawing.row(f"address on {host}")
        for begin, end, value in run["holders"]:
            if host in value.split():
                several = len(value.split()) > 1
                drawing.bar(top, begin, end, "#b3151b" if several else "#2f6fb0", f"held by {value}")
        for begin, end, _ in run["blind"].get(host, ()):
            drawing.bar(top, begin, end, "#bbbbbb", f"{host} was not watched")
    for host, units in run["units"].items():
        for unit, spans in units.items():
            _unit(drawing, host, unit, spans)
    drawing.axis()
    return drawing.svg()


def _probe(drawing: _Drawing, name: str, probe: Document) -> None:
    top = drawing.row(f"probe {name}: {probe['lost']} of {probe['sent']} lost")
    for sequence, begun, took, outcome in probe["requests"]:
        color = "#12702f" if outcome == "ok" else "#b3151b"
        said = escape(f"request {sequence} at {begun:.2f} s: {outcome} after {1000 * took:.0f} ms")
        drawing.rectangle(drawing.x(begun), top, 1.4, color, said)
    if probe["outages"]:
        top = drawing.row(f"outage felt by {name}")
        for begin, end, _ in probe["outages"]:
            drawing.bar(top, begin, end, "#e08b8e", "outage")


def _unit(drawing: _Drawing, host: str, unit: str, spans: Sequence[Sequence[Any]]) -> None:
    if not any(value != "active" for _, _, value in spans):
        return
    top = drawing.row(f"{unit} on {host}")
    for begin, end, value in spans:
        if end > drawing.begin:
            drawing.bar(top, begin, end, COLORS.get(value, "#888888"), f"{unit} {value}")
