"""A drill's document as text for the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from runner.drill.document import SERIES, Document

# series that are not seconds -> what they count
COUNTED = {"lost": "requests", "duplicated": "answers", "leader_changes": ""}
SIGNS = {"passed": "+", "failed": "!", "unknown": "?"}


def lines(said: Document) -> list[str]:
    """Return the lines that say what came of a drill."""
    found = [f"drill {said['drill']}: {said['verdict'].upper()}"]
    for case in said["cases"]:
        found += ["", f"  {case['name']}: {case['verdict'].upper()}   ({'; '.join(each['title'] for each in case['faults'])})"]
        found += [f"    {SIGNS[each['verdict']]} {finding_text(each)}" for each in case["findings"]]
        found += [f"    {line}" for line in _mttr(case["summary"])]
        found += [f"      {line}" for line in table([_row(name, case) for name in SERIES if case["summary"].get(name)])]
    found += ["", _errors(said)]
    return found


def _mttr(summary: Mapping[str, Any]) -> list[str]:
    """Return the mean time to repair, and what it was made of, in one line where that is known."""
    mean = {name: said["mean"] for name, said in summary.items() if said}
    if "detect" not in mean:
        return []
    words = [f"MTTR as clients felt it {mean['outage']:.2f} s"] if "outage" in mean else []
    words.append(f"noticed {mean['detect']:.2f} s after the fault")
    words += [f"the address held by another host {mean['switch_over']:.2f} s later"] if "switch_over" in mean else []
    return ["= " + "; ".join(words) + " (means)"]


def finding_text(finding: Mapping[str, Any]) -> str:
    """Return one finding in one line."""
    why = f" ({finding['why']})" if finding["why"] else ""
    if finding["name"] in ("steady_state", "faults"):
        return f"{finding['name']}: {finding['verdict']}{why}"
    measured, limit = measured_text(finding)
    return f"{finding['name']}: {finding['verdict']}, {measured} against {limit}{why}"


def measured_text(finding: Mapping[str, Any]) -> tuple[str, str]:
    """Return what was measured and its limit, in words; nothing where a finding is not a number."""
    if finding["name"] in ("steady_state", "faults"):
        return "", ""
    digits = 5 if finding["unit"] == "%" else 3
    measured = "never" if finding["measured"] is None else _with_unit(round(finding["measured"], digits), finding["unit"])
    error = f" ±{finding['error']:.3f}" if finding["error"] >= 0.0005 else ""
    return measured + error, _with_unit(finding["limit"], finding["unit"])


def _with_unit(value: float, unit: str) -> str:
    said = unit.removesuffix("s") if value == 1 and len(unit) > 1 else unit
    return f"{value:.10g} {said}".rstrip()


def sure_text(name: str, said: Mapping[str, Any], digits: int) -> str:
    """Return where the mean of a series lies with 95 % certainty. What cannot be less than nothing is not said to be."""
    if said["low"] is None:
        return "-"
    low = said["low"] if name == "switch_over" else max(0.0, said["low"])
    return f"{low:.{digits}f} .. {said['high']:.{digits}f}"


def _row(name: str, case: Document) -> list[str]:
    said = case["summary"][name]
    numbers = [f"{said[key]:.2f}" for key in ("mean", "p50", "p95", "max")]
    return [name, str(said["count"]), *numbers, sure_text(name, said, 2)]


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of a summary as aligned lines with a head."""
    every = [["", "runs", "mean", "p50", "p95", "max", "mean, 95 % sure"], *rows]
    widths = [max(len(row[column]) for row in every) for column in range(7)]
    return ["  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip() for row in every] if rows else []


def _errors(said: Document) -> str:
    runs = [run for case in said["cases"] for run in case["runs"]]
    clock = max((run["clock_error"] for run in runs), default=0.0)
    probe = max((each["error"] for run in runs for each in run["probes"].values()), default=0.0)
    took = max((each.get("took", 0.0) for run in runs for each in run["broken"]), default=0.0)
    later = f"; up to {took:.1f} s until a machine did as it was told, which what is counted from there may be too long" if took else ""
    return (
        f"  errors: outages ±{probe:.3f} s (one interval of the probe, on its host's own clock); "
        f"times between hosts ±{1000 * clock:.1f} ms; holders looked at every {said['period']:g} s and at each change{later}"
    )
