"""What came of a drill as one document of plain data: what report.json holds, and what the other reports are made of."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runner.drill.campaign import Outcome
from runner.drill.finding import overall
from runner.drill.measure import Measure, all_downtimes, all_outages
from runner.drill.model import Drill, Span, headline
from runner.drill.sights import Sights
from runner.drill.statistics import summary
from runner.errors import ParseError
from runner.record import fields

VERSION = 1
SERIES = (
    "outage", "lost", "duplicated", "split_brain", "nobody", "detect", "switch_over", "take_over", "failback",
    "two_masters", "no_master", "no_leader", "leader_changes",
)  # fmt: skip
Document = dict[str, Any]


def document(drill: Drill, outcomes: Sequence[Outcome], begun: str) -> Document:
    """Return the document. begun: when, as text. All times are in seconds, 0 is when the first fault was set."""
    return {
        "version": VERSION,
        "drill": drill.name,
        "description": drill.description,
        "file": drill.file,
        "begun": begun,
        "address": drill.address,
        "period": drill.period,
        "verdict": overall(each.verdict for each in outcomes),
        "cases": [_case(drill, each) for each in outcomes],
    }


def _case(drill: Drill, outcome: Outcome) -> Document:
    runs = [_run(each) for each in outcome.measures]
    return {
        "name": outcome.case.name,
        "verdict": outcome.verdict,
        "faults": [{"title": headline(fault.title), "at": fault.at, "for": fault.seconds} for fault in outcome.case.faults],
        "findings": [_plain(each) for each in outcome.findings],
        "summary": {name: _summary([run[name] for run in runs if run[name] is not None]) for name in SERIES},
        "runs": runs,
    }


def _summary(values: Sequence[float]) -> Document | None:
    said = summary(values)
    return None if said is None else {key: _short(value) for key, value in _plain(said).items()}


def _plain(record: Any) -> Document:
    return {each.name: getattr(record, each.name) for each in fields(record)}


def _run(one: Measure) -> Document:
    seen = one.observed
    set_at = [each.set_at for each in seen.broken if each.set_at is not None]
    zero = min(set_at) if set_at else seen.begin
    return {
        "outage": _short(all_outages([one])[0]) if one.probes else None,
        "downtime": _short(all_downtimes([one])[0]) if one.probes else None,
        "lost": max((probe.lost for probe in one.probes.values()), default=None),
        "duplicated": max((each.duplicated for each in one.probes.values() if each.duplicated is not None), default=None),
        "split_brain": _short(one.split_seconds) if one.holders else None,
        "nobody": _short(one.nobody_seconds) if one.holders else None,
        "take_over": _short(one.take_over),
        "failback": _short(one.failback),
        **_sights(one.sights, zero),
        "switch_over": _short(one.switch_over),
        "most_holders": one.most_holders if one.holders else None,
        "clock_error": _short(one.error, 6),
        "begin": _short(seen.begin - zero),
        "end": _short(seen.end - zero),
        "probes": {name: _probe(one, name, zero) for name in one.probes},
        "holders": _spans(one.holders, zero),
        "watched": sorted(seen.holding),
        "blind": {host: _spans(spans, zero) for host, spans in one.blind.items()},
        "units": {host: {unit: _spans(spans, zero) for unit, spans in units.items()} for host, units in seen.units.items()},
        "broken": [
            {
                "host": each.host,
                "title": each.title,
                "set": _at(each.set_at, zero),
                "undone": _at(each.undone_at, zero),
                "took": _short(each.took),
            }
            for each in seen.broken
        ],
        "clocks": {
            host: {"offset": _short(seen.clock_offsets[host], 6), "error": _short(error, 6)} for host, error in seen.clock_errors.items()
        },
        "complaints": list(seen.complaints),
    }


def _sights(seen: Sights, zero: float) -> Document:
    """Nothing is said of what no observer was there for."""
    first = seen.first
    return {
        "detect": _short(seen.detect),
        "detect_error": _short(seen.detect_error) if seen.observers else None,
        "detected_by": {"host": first.host, "source": first.source, "text": first.text} if first else None,
        "two_masters": _short(seen.two_masters) if seen.masters else None,
        "no_master": _short(seen.no_master) if seen.masters else None,
        "no_leader": _short(seen.no_leader) if seen.leaders else None,
        "leader_changes": seen.leader_changes if seen.leaders else None,
        "observers": list(seen.observers),
        "signs": [[_short(sign.when - zero), sign.host, sign.source, sign.text] for sign in seen.signs],
        "said": {host: {what: _spans(spans, zero) for what, spans in each.items()} for host, each in seen.states.items()},
        "unheard": {name: {host: _spans(spans, zero) for host, spans in each.items()} for name, each in seen.blind.items()},
    }


def _probe(one: Measure, name: str, zero: float) -> Document:
    said = one.probes[name]
    return {
        "sent": said.sent,
        "lost": said.lost,
        "reasons": dict(said.reasons),
        "duplicated": said.duplicated,
        "early": said.early,
        "duplicates": [_short(when - zero) for when in one.observed.duplicates.get(name, ())],
        "p50": _short(said.p50, 4),
        "p95": _short(said.p95, 4),
        "slowest": _short(said.slowest, 4),
        "error": _short(said.error),
        "outages": _spans(said.outages, zero),
        "blind": _spans(said.blind, zero),
        "requests": [
            [each.sequence, _short(each.begun - zero), _short(each.ended - each.begun, 4), each.outcome]
            for each in one.observed.probes[name]
        ],
    }


def _spans(spans: Sequence[Span], zero: float) -> list[list[Any]]:
    return [[_short(span.begin - zero), _short(span.end - zero), span.value] for span in spans]


def _at(when: float | None, zero: float) -> float | None:
    return None if when is None else _short(when - zero)


def _short(value: float | None, digits: int = 3) -> float | None:
    return None if value is None else round(value, digits)


def json_text(said: Document) -> str:
    """Return the document as the text of report.json."""
    return json.dumps(said, indent=1, ensure_ascii=False) + "\n"


def read_document(path: Path) -> Document:
    """Return a document from report.json (or the folder that holds it). Raises ParseError when it is none."""
    file = path / "report.json" if path.is_dir() else path
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as cause:
        raise ParseError(f"cannot read {file}: {cause.strerror}", remedy="name a report.json or its folder") from cause
    except ValueError as cause:
        raise ParseError(f"{file} is no report of a drill: {cause}", expected="a report.json of `muster drill`") from cause
    if not isinstance(found, dict) or found.get("version") != VERSION or not _is_whole(found):
        raise ParseError(f"{file} is no report of a drill", expected=f"a report.json of `muster drill`, version {VERSION}")
    return found


def _is_whole(found: Document) -> bool:
    """Tell whether a document has what reports and comparisons read of it."""
    cases = found.get("cases")
    if not isinstance(found.get("drill"), str) or not isinstance(cases, list):
        return False
    return all(
        isinstance(case, dict)
        and {"name", "verdict", "faults", "findings", "summary", "runs"} <= set(case)
        and isinstance(case["runs"], list)
        and all(isinstance(run, dict) for run in case["runs"])
        for case in cases
    )
