"""What was expected against what was measured: passed, failed, or unknown where the measuring could not tell. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from runner.drill import statistics
from runner.drill.measure import Measure, all_outages
from runner.drill.model import Case
from runner.record import dataclass

PASSED, FAILED, UNKNOWN = "passed", "failed", "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One expectation. measured, limit: in `unit`. error: half-width of `measured`. why: what else is to be said."""

    name: str
    verdict: str
    measured: float | None
    limit: float | None
    unit: str = "s"
    error: float = 0.0
    why: str = ""


def overall(verdicts: Iterable[str]) -> str:
    """Return the worst: one failure fails all, one unknown leaves all unknown."""
    every = list(verdicts)
    return FAILED if FAILED in every else UNKNOWN if UNKNOWN in every or not every else PASSED


def judge(case: Case, measures: Sequence[Measure], steady: Sequence[str]) -> list[Finding]:
    """Return a finding for each expectation, and for what every drill expects: faults set and undone, the steady state afterwards.

    steady: sentences about what did not hold before or after.
    """
    complaints = [each for one in measures for each in one.observed.complaints]
    found = [
        Finding("steady_state", FAILED if steady else PASSED, float(len(steady)), 0, "", why="; ".join(steady)),
        Finding("faults", UNKNOWN if complaints else PASSED, float(len(complaints)), 0, "", why="; ".join(dict.fromkeys(complaints))),
    ]
    return found + [JUDGES[name](limit, measures) for name, limit in case.expect.items()]


def compared(name: str, measured: float, limit: float, error: float, blind: str, unit: str = "s") -> Finding:
    """Hold a measured value against the most that is allowed.

    Above the limit by more than the error is failed, whatever else was not seen. Within the error of the limit, or below it with an
    observer that was blind, is unknown. Nothing at all (0) has no error.
    """
    margin = error if measured > 0 else 0.0
    if measured - margin > limit:
        return Finding(name, FAILED, measured, limit, unit, margin)
    if blind:
        return Finding(name, UNKNOWN, measured, limit, unit, margin, blind)
    if measured + margin > limit and measured > 0:
        return Finding(name, UNKNOWN, measured, limit, unit, margin, "too near to the limit to tell")
    return Finding(name, PASSED, measured, limit, unit, margin)


def _blind_probes(measures: Sequence[Measure]) -> str:
    blind = {name: sum(span.seconds for span in probe.blind) for each in measures for name, probe in each.probes.items() if probe.blind}
    nothing = [name for each in measures for name, probe in each.probes.items() if not probe.sent]
    said = [f"the probe {name} did not ask for {seconds:.1f} s" for name, seconds in blind.items()]
    return "; ".join(said + [f"the probe {name} has no record" for name in dict.fromkeys(nothing)])


def _blind_hosts(measures: Sequence[Measure]) -> str:
    seconds: dict[str, float] = {}
    for each in measures:
        for host, spans in each.blind.items():
            seconds[host] = seconds.get(host, 0.0) + sum(span.seconds for span in spans)
    return "; ".join(f"{host} was not watched for {blind:.1f} s" for host, blind in seconds.items())


def _probe_error(measures: Sequence[Measure]) -> float:
    """The error of outages of several probes together: of the coarsest of those that felt any, else of all."""
    probes = [probe for each in measures for probe in each.probes.values()]
    return max((probe.error for probe in [each for each in probes if each.outages] or probes), default=0.0)


def _outage(limit: Any, measures: Sequence[Measure]) -> Finding:
    longest, error = max((probe.longest, probe.error) for each in measures for probe in each.probes.values())
    return compared("max_outage", longest, float(limit), error, _blind_probes(measures))


def _lost(limit: Any, measures: Sequence[Measure]) -> Finding:
    worst = max(probe.lost for each in measures for probe in each.probes.values())
    return compared("max_lost", float(worst), float(limit), 0.0, _blind_probes(measures), "requests")


def _duplicated(limit: Any, measures: Sequence[Measure]) -> Finding:
    worst = max(probe.duplicated or 0 for each in measures for probe in each.probes.values())
    return compared("max_duplicated", float(worst), float(limit), 0.0, _blind_probes(measures), "answers")


def _split(limit: Any, measures: Sequence[Measure]) -> Finding:
    worst = max(measures, key=lambda each: each.split_seconds)
    finding = compared("max_split_brain", worst.split_seconds, float(limit), worst.error, _blind_hosts(measures))
    who = "; ".join(f"{span.value} for {span.seconds:.2f} s" for span in worst.split)
    why = "; ".join(each for each in (finding.why, who) if each)
    return Finding(finding.name, finding.verdict, finding.measured, finding.limit, finding.unit, finding.error, why)


def _moment(name: str, limit: float, measures: Sequence[Measure], values: Sequence[float | None], never: str) -> Finding:
    blind = _blind_hosts(measures)
    known = [each for each in values if each is not None]
    if len(known) < len(values):
        return Finding(name, UNKNOWN if blind else FAILED, None, limit, why=blind or never)
    return compared(name, max(known), limit, max(each.error for each in measures), blind)


def _take_over(limit: Any, measures: Sequence[Measure]) -> Finding:
    return _moment("max_take_over", float(limit), measures, [each.take_over for each in measures], "no other host took over")


def _failback(limit: Any, measures: Sequence[Measure]) -> Finding:
    return _moment("max_failback", float(limit), measures, [each.failback for each in measures], "the first holder did not get it back")


def _mttr(limit: Any, measures: Sequence[Measure]) -> Finding:
    p95 = statistics.quantile(all_outages(measures), 0.95)
    return compared("mttr_p95", p95, float(limit), _probe_error(measures), _blind_probes(measures))


def _availability(limit: Any, measures: Sequence[Measure]) -> Finding:
    """The mean outage, with its confidence interval's upper end deciding where there is one."""
    said = statistics.summary(all_outages(measures))
    wanted = float(limit["percent"])
    if said is None:
        return Finding("availability", UNKNOWN, None, wanted, "%", why="nothing was measured")
    worst = said.high if said.high is not None else said.mean + _probe_error(measures)
    percent, downtime = statistics.availability(said.mean, float(limit["failures_a_year"]))
    least, _ = statistics.availability(max(worst, 0.0), float(limit["failures_a_year"]))
    blind = _blind_probes(measures)
    verdict = FAILED if percent < wanted else UNKNOWN if blind or least < wanted else PASSED
    why = blind or f"{downtime:.0f} s of downtime a year; at least {least:.5f} % by the 95 % confidence interval"
    return Finding("availability", verdict, percent, wanted, "%", why=why)


JUDGES: Mapping[str, Callable[[Any, Sequence[Measure]], Finding]] = {
    "max_outage": _outage,
    "max_lost": _lost,
    "max_duplicated": _duplicated,
    "max_split_brain": _split,
    "max_take_over": _take_over,
    "max_failback": _failback,
    "mttr_p95": _mttr,
    "availability": _availability,
}
