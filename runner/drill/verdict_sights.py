"""What was expected of the services themselves: masters of VRRP, leaders of etcd, the time until a fault is noticed. Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from runner.drill.detection import PARTIAL
from runner.drill.finding import FAILED, PASSED, UNKNOWN, Finding, compared
from runner.drill.measure import Measure
from runner.drill.model import unsure
from runner.drill.sights import PERIOD, Sights


def _blind(measures: Sequence[Measure], *observers: str, without: Callable[[Measure], Collection[str]] = lambda each: ()) -> str:
    """Return a sentence about when services were not heard, empty for never. observers: of these. without: hosts that do not matter."""
    seconds: dict[tuple[str, str], float] = {}
    for each in measures:
        for name in observers:
            left_out = without(each)
            for host, spans in each.sights.blind.get(name, {}).items():
                if host in left_out:
                    continue
                seconds[name, host] = seconds.get((name, host), 0.0) + sum(span.seconds for span in spans)
    return "; ".join(f"{name} on {host} was not heard for {blind:.1f} s" for (name, host), blind in seconds.items())


def _error(measures: Sequence[Measure]) -> float:
    return max(each.error for each in measures)


def _detect(limit: Any, measures: Sequence[Measure]) -> Finding:
    """An observer who was blind can only have missed an earlier sign: what was noticed in time was noticed in time."""
    seen = [each.sights for each in measures]
    blind = _blind(measures, *dict.fromkeys(name for each in seen for name in each.observers), without=_silenced)
    latest = max((each for each in seen if each.detect is not None), key=lambda each: each.detect or 0.0, default=None)
    error = max(each.detect_error for each in seen)
    if latest is None or latest.first is None or any(each.detect is None for each in seen):
        return Finding("max_detect", UNKNOWN if blind else FAILED, None, float(limit), why=blind or "nothing noticed it")
    over = max(unsure(each.observed.broken) for each in measures)
    found = compared("max_detect", latest.detect or 0.0, float(limit), error, "", over=over)
    verdict = UNKNOWN if blind and found.verdict == FAILED else found.verdict
    by = f"{latest.first.source} on {latest.first.host}: {latest.first.text}"
    why = [*([blind] if verdict == UNKNOWN else []), found.why, by]
    return Finding(found.name, verdict, found.measured, found.limit, found.unit, found.error, "; ".join(filter(None, why)))


def _silenced(one: Measure) -> Collection[str]:
    """Return the hosts that have no say about the fault, whether they were heard or not."""
    return {each.host for each in one.observed.broken if each.kind not in PARTIAL}


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
