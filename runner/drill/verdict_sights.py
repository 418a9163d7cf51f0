"""What was expected of the services themselves: masters of VRRP, leaders of etcd, the time until a fault is noticed. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from runner.drill.finding import FAILED, PASSED, UNKNOWN, Finding, compared, moment
from runner.drill.measure import Measure
from runner.drill.sights import PERIOD, Sights


def _blind(measures: Sequence[Measure], *observers: str) -> str:
    """Return a sentence about when services were not heard, empty for never. observers: of these only."""
    seconds: dict[tuple[str, str], float] = {}
    for each in measures:
        for name in observers:
            for host, spans in each.sights.blind.get(name, {}).items():
                seconds[name, host] = seconds.get((name, host), 0.0) + sum(span.seconds for span in spans)
    return "; ".join(f"{name} on {host} was not heard for {blind:.1f} s" for (name, host), blind in seconds.items())


def _error(measures: Sequence[Measure]) -> float:
    return max(each.error for each in measures)


def _detect(limit: Any, measures: Sequence[Measure]) -> Finding:
    """Earlier than its first sign nothing was noticed, so that an observer who was blind can only have missed an earlier one."""
    seen = [each.sights for each in measures]
    blind = _blind(measures, *dict.fromkeys(name for each in seen for name in each.observers))
    latest = max((each for each in seen if each.detect is not None), key=lambda each: each.detect or 0.0, default=None)
    error = max(each.detect_error for each in seen)
    finding = moment("max_detect", float(limit), [each.detect for each in seen], error, blind, "nothing noticed it")
    if latest is None or latest.first is None or finding.measured is None:
        return finding
    why = f"{latest.first.source} on {latest.first.host}: {latest.first.text}"
    return Finding(finding.name, finding.verdict, finding.measured, finding.limit, finding.unit, finding.error, finding.why or why)


def _seconds(name: str, observer: str, of: Callable[[Sights], float], period: float) -> Callable[[Any, Sequence[Measure]], Finding]:
    """Return the judge of a time that is added up over a run. period: seconds between two looks, by which it may be wrong as well."""

    def judge(limit: Any, measures: Sequence[Measure]) -> Finding:
        worst = max(of(each.sights) for each in measures)
        return compared(name, worst, float(limit), _error(measures) + period, _blind(measures, observer))

    return judge


def _masters_at_end(limit: Any, measures: Sequence[Measure]) -> Finding:
    """The worst is the run that is furthest from what is expected."""
    every = [(len(hosts), instance, hosts) for each in measures for instance, hosts in each.sights.masters_at_end.items()]
    blind = _blind(measures, "keepalived")
    if not every:
        return Finding("masters_at_end", UNKNOWN, None, float(limit), "hosts", why=blind or "keepalived said nothing")
    count, instance, hosts = max(every, key=lambda each: abs(each[0] - int(limit)))
    why = f"{instance}: {' '.join(hosts) or 'nobody'}"
    verdict = FAILED if count != int(limit) and not blind else UNKNOWN if blind else PASSED
    return Finding("masters_at_end", verdict, float(count), float(limit), "hosts", why="; ".join(filter(None, (blind, why))))


def _leader_changes(limit: Any, measures: Sequence[Measure]) -> Finding:
    worst = max(each.sights.leader_changes for each in measures)
    return compared("max_leader_changes", float(worst), float(limit), 0.0, _blind(measures, "etcd"), "changes")


SIGHT_JUDGES: Mapping[str, Callable[[Any, Sequence[Measure]], Finding]] = {
    "max_detect": _detect,
    "max_two_masters": _seconds("max_two_masters", "keepalived", lambda seen: seen.two_masters, 0.0),
    "max_no_master": _seconds("max_no_master", "keepalived", lambda seen: seen.no_master, 0.0),
    "masters_at_end": _masters_at_end,
    "max_no_leader": _seconds("max_no_leader", "etcd", lambda seen: seen.no_leader, PERIOD),
    "max_leader_changes": _leader_changes,
}
