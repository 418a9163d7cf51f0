"""A drill's document as one HTML page with timelines, which needs no network and no script."""

from collections.abc import Sequence
from html import escape
from typing import Any

from runner.drill.document import SERIES, Document
from runner.drill.text_report import COUNTED, measured_text, sure_text
from runner.drill.timeline import LEGEND, kinds_in, timeline

# More runs than this of a case are folded away, save the one with the longest outage.
OPEN = 2
STYLE = """
:root { color-scheme: light dark; --ink: #1d2530; --paper: #fff; --soft: #5a6675; --line: #d9dee5; --shade: #6b4fa014;
 --good: #12702f; --bad: #b3151b; --open: #8a5a00 }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e8ee; --paper: #14181d; --soft: #9aa7b5; --line: #36404b; --shade: #a58be02b;
 --good: #5fc27f; --bad: #ff7b7f; --open: #e0ac4a } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 1150px; padding: 0 1rem }
body { color: var(--ink); background: var(--paper) } table { display: block; overflow-x: auto }
h1, h2, h3 { line-height: 1.2 } h2 { margin-top: 2.4rem; border-top: 1px solid var(--line); padding-top: 1.2rem }
.passed { color: var(--good) } .failed { color: var(--bad) } .unknown { color: var(--open) }
table { border-collapse: collapse; margin: .8rem 0 } th { font-weight: 600 } a { color: inherit }
td, th { padding: .2rem 1.1rem .2rem 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
.small { color: var(--soft); font-size: 13px } summary { cursor: pointer; font-weight: 600; margin: .6rem 0 }
svg { width: 100%; height: auto; margin: .2rem 0 } text { font: 12.5px system-ui, sans-serif; fill: var(--ink) }
.tick { text-anchor: middle } .label { font: 12.5px/24px system-ui, sans-serif }
.label { overflow: hidden; white-space: nowrap; text-overflow: ellipsis }
line { stroke: var(--line); stroke-width: .7 } line.zero { stroke: var(--soft); stroke-width: 1.2 }
.legend { margin: 0 0 1.2rem } .legend span { white-space: nowrap; margin-right: 1rem }
.legend i { display: inline-block; width: 12px; height: 12px; margin-right: 5px; vertical-align: -1px }
.shade { fill: var(--shade) }
"""
COLORS = {
    "fault": "#6b4fa0",
    "ok": "#3f9e60",
    "slow": "#e0a21b",
    "lost": "#c8252b",
    "twice": "#c46a00",
    "outage": "#e58b8e",
    "held": "#2f6fb0",
    "several": "#c8252b",
    "nobody": "#e0a21b",
    "blind": "#9aa3ad",
    "sign": "#7a3fd0",
    "leads": "#2f6fb0",
    "follows": "#bcd3e8",
    "active": "#8fc3a3",
    "frozen": "#58c4de",
    "changing": "#e0a21b",
    "inactive": "#b3151b",
}


def page(said: Document) -> str:
    """Return the page."""
    title = f"Drill {escape(said['drill'])}"
    body = [f"<h1>{title}: {_verdict(said['verdict'])}</h1>", f"<p>{escape(said['description'])}</p>"]
    body.append(f'<p class="small">Begun {escape(said["begun"])}; described in {escape(said["file"])}</p>')
    body.append(_overview(said))
    for number, case in enumerate(said["cases"]):
        body += _case(number, case)
    colors = "\n".join(f"rect.{kind} {{ fill: {color} }} i.{kind} {{ background: {color} }}" for kind, color in COLORS.items())
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title><style>{STYLE}{colors}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n' + "\n".join(body) + "\n</body></html>\n"


def _verdict(word: str) -> str:
    return f'<span class="{word}">{word}</span>'


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int], name: str) -> str:
    """Return a table of cells that are HTML. numbers: the columns that are set to the right."""
    kinds = [' class="number"' if column in numbers else "" for column in range(len(head))]
    lines = ["<tr>" + "".join(f"<th{kind}>{word}</th>" for kind, word in zip(kinds, head)) + "</tr>"]
    lines += ["<tr>" + "".join(f"<td{kind}>{word}</td>" for kind, word in zip(kinds, row)) + "</tr>" for row in rows]
    return f'<table data-table="{name}">{"".join(lines)}</table>'


def _overview(said: Document) -> str:
    rows = []
    for number, case in enumerate(said["cases"]):
        most = [case["summary"].get(name) for name in ("outage", "lost", "split_brain")]
        cells = [_number(name, each["max"]) if each else "-" for name, each in zip(("outage", "lost", "split_brain"), most)]
        link = f'<a href="#case-{number}">{escape(case["name"])}</a>'
        rows.append([link, _verdict(case["verdict"]), str(len(case["runs"])), *cells])
    return _table(("case", "verdict", "runs", "longest outage", "most lost", "split brain"), rows, range(2, 6), "cases")


def _number(name: str, value: float) -> str:
    return f"{value:g}" if name in COUNTED else f"{value:.2f} s"


def _case(number: int, case: Document) -> list[str]:
    faults = "; ".join(map(_fault, case["faults"]))
    found = [f'<h2 id="case-{number}">{escape(case["name"])}: {_verdict(case["verdict"])}</h2>', f"<p>{escape(faults)}</p>"]
    rows = [[escape(each["name"]), _verdict(each["verdict"]), *measured_text(each), escape(each["why"])] for each in case["findings"]]
    found.append(_table(("expected", "verdict", "measured", "limit", ""), rows, (2, 3), "findings"))
    found.append(_summary(case))
    longest = max(range(len(case["runs"])), key=lambda index: case["runs"][index]["outage"] or 0.0, default=0)
    for index, run in enumerate(case["runs"]):
        open_now = " open" if len(case["runs"]) <= OPEN or index == longest else ""
        felt = f", outage {run['outage']:.2f} s" if run["outage"] is not None else ""
        found.append(f"<details{open_now}><summary>Run {index + 1}{felt}</summary>")
        found += [*_run(run), "</details>"]
    return found


def _fault(fault: Document) -> str:
    return f"{fault['title']}, {fault['for']:g} s" + (f" from {fault['at']:g} s on" if fault["at"] else "")


def _run(run: Document) -> list[str]:
    drawing = timeline(run)
    legend = "".join(f'<span><i class="{kind}"></i>{LEGEND[kind]}</span>' for kind in kinds_in(drawing))
    clocks = ", ".join(f"{host} {1000 * each['offset']:+.2f} ±{1000 * each['error']:.2f} ms" for host, each in run["clocks"].items())
    return [
        *(f'<p class="unknown">{escape(each)}</p>' for each in run["complaints"]),
        drawing,
        f'<p class="small legend">{legend}</p>',
        *(f'<p class="small">{escape(each)}</p>' for each in _noticed(run)),
        f'<p class="small">Clocks of the hosts against the controller\'s: {escape(clocks)}</p>',
    ]


def _noticed(run: Document) -> list[str]:
    """Return who noticed the fault, where anybody was there to."""
    if not run.get("observers"):
        return []
    by, after = run["detected_by"], run.get("detect")
    if by is None or after is None:
        return ["Noticed by nothing that was listened to."]
    when = f"{after:.2f} ±{run['detect_error']:.2f} s after the first fault"
    return [f"Noticed {when} by {by['source']} on {by['host']}: {by['text']}."]


def _summary(case: Document) -> str:
    rows: list[list[str]] = []
    for name in SERIES:
        said: dict[str, Any] | None = case["summary"].get(name)
        if said:
            digits, unit = (1, COUNTED[name]) if name in COUNTED else (2, "s")
            numbers = [f"{said[key]:.{digits}f}" for key in ("mean", "p50", "p95", "max")]
            words = ", ".join(filter(None, (name.replace("_", " "), unit)))
            rows.append([words, str(said["count"]), *numbers, sure_text(name, said, digits)])
    return _table(("measured", "runs", "mean", "p50", "p95", "max", "mean, 95 % sure"), rows, range(1, 7), "summary") if rows else ""
