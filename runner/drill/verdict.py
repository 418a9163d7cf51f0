"""What was expected against what was measured: passed, failed, or unknown where the measuring could not tell. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from runner.drill import statistics
from runner.drill.finding import FAILED, PASSED, UNKNOWN, Finding, compared, moment
from runner.drill.measure import Measure, all_downtimes, all_outages
from runner.drill.model import Case, unsure
from runner.drill.verdict_sights import SIGHT_JUDGES


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


def _blind_probes(measures: Sequence[Measure]) -> str:
    blind = {name: sum(span.seconds for span in probe.blind) for each in measures for name, probe in each.probes.items() if probe.blind}
    nothing = [name for each in measures for name, probe in each.probes.items() if not probe.sent]
    said = [f"the probe {name} did not ask for {seconds:.1f} s" for name, seconds in blind.items()]
    early = {name: sum(each.probes[name].early for each in measures) for each in measures for name in each.probes}
    said += [f"the probe {name} lost {count} requests before anything was broken" for name, count in early.items() if count]
    lasting = [name for each in measures for name, probe in each.probes.items() if probe.lasting]
    said += [f"the outage of the probe {name} had not ended when the recording did" for name in dict.fromkeys(lasting)]
    return "; ".join(said + [f"the probe {name} has no record" for name in dict.fromkeys(nothing)])


def _blind_hosts(measures: Sequence[Measure]) -> str:
    seconds: dict[str, float] = {}
    for each in measures:
        for host, spans in each.blind.items():
            seconds[host] = seconds.get(host, 0.0) + sum(span.seconds for span in spans)
    said = [f"{host} was not watched for {blind:.1f} s" for host, blind in seconds.items()]
    nobody = any(not each.held_before for each in measures)
    return "; ".join(said + ["nobody held the address before anything was broken: is it the right one?"] * nobody)


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


def _error(measures: Sequence[Measure]) -> float:
    return max(each.error for each in measures)


def _take_over(limit: Any, measures: Sequence[Measure]) -> Finding:
    after, never = [each.take_over for each in measures], "no other host took over"
    over = max(unsure(each.observed.broken) for each in measures)
    return moment("max_take_over", float(limit), after, _error(measures), _blind_hosts(measures), never, over=over)


def _failback(limit: Any, measures: Sequence[Measure]) -> Finding:
    back, never = [each.failback for each in measures], "the first holder did not get it back"
    return moment("max_failback", float(limit), back, _error(measures), _blind_hosts(measures), never)


def _holders_at_end(limit: Any, measures: Sequence[Measure]) -> Finding:
    """The worst is the run that is furthest from what is expected."""
    every = [each.holders[-1].value.split() for each in measures if each.holders]
    blind = _blind_hosts(measures)
    if not every:
        return Finding("holders_at_end", UNKNOWN, None, float(limit), "hosts", why=blind or "nobody was watched")
    worst = max(every, key=lambda hosts: abs(len(hosts) - int(limit)))
    verdict = UNKNOWN if blind else PASSED if len(worst) == int(limit) else FAILED
    why = "; ".join(filter(None, (blind, " ".join(worst) or "nobody")))
    return Finding("holders_at_end", verdict, float(len(worst)), float(limit), "hosts", why=why)


def _mttr(limit: Any, measures: Sequence[Measure]) -> Finding:
    p95 = statistics.quantile(all_outages(measures), 0.95)
    return compared("mttr_p95", p95, float(limit), _probe_error(measures), _blind_probes(measures))


def _availability(limit: Any, measures: Sequence[Measure]) -> Finding:
    """The mean downtime of a failure, with its confidence interval's upper end deciding where there is one."""
    said = statistics.summary(all_downtimes(measures))
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
    "holders_at_end": _holders_at_end,
    "mttr_p95": _mttr,
    "availability": _availability,
    **SIGHT_JUDGES,
}
