"""One run's records -> what is said of that run. Pure."""

from collections.abc import Mapping, Sequence

from runner.drill import statistics
from runner.drill.model import Drill, Observed, Probe, Span
from runner.drill.sights import Sights, sights
from runner.record import dataclass, field

# A service that loses more than one request in so many while nothing is broken has an outage of its own.
EARLY = 20


@dataclass(frozen=True, slots=True)
class ProbeMeasure:
    """What a client felt. outages: when. error: half-width of their length in seconds. lost: failed requests. blind: when it did not
    ask as it should. p50, p95, slowest: seconds of the answered requests. reasons: outcome -> count of the failed ones.
    duplicated: answers to what was answered already, None where there cannot be any. early: those that failed before anything was broken,
    where that were more than one in EARLY.
    """

    sent: int
    lost: int
    outages: tuple[Span, ...]
    error: float
    blind: tuple[Span, ...]
    p50: float | None
    p95: float | None
    slowest: float | None
    reasons: Mapping[str, int]
    duplicated: int | None = None
    early: int = 0

    @property
    def longest(self) -> float:
        return max((span.seconds for span in self.outages), default=0.0)

    @property
    def downtime(self) -> float:
        """Seconds of all outages together: one failure may cost a second one at its end."""
        return sum(span.seconds for span in self.outages)

    @property
    def lasting(self) -> bool:
        """Whether the last outage had not ended, so that it is longer than it seems."""
        return bool(self.outages) and self.outages[-1].value == "open"


@dataclass(frozen=True, slots=True)
class Measure:
    """One run. holders: who held the address when. take_over, failback: seconds, None if they did not come about or no fault was set.
    error: half-width in seconds of times compared between hosts. blind: host -> when its observer did not look.
    """

    observed: Observed
    probes: Mapping[str, ProbeMeasure]
    holders: tuple[Span, ...] = ()
    split: tuple[Span, ...] = ()
    nobody: tuple[Span, ...] = ()
    take_over: float | None = None
    failback: float | None = None
    error: float = 0.0
    blind: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    sights: Sights = field(default_factory=Sights)

    @property
    def switch_over(self) -> float | None:
        """Seconds from the first sign of the fault until another host held the address, None where either is not known."""
        detect = self.sights.detect
        return None if detect is None or self.take_over is None else self.take_over - detect

    @property
    def split_seconds(self) -> float:
        return sum(span.seconds for span in self.split)

    @property
    def nobody_seconds(self) -> float:
        return sum(span.seconds for span in self.nobody)

    @property
    def held_before(self) -> bool:
        """Whether anybody held the address before anything was broken. Of one that nobody holds nothing can be said."""
        first = min((each.set_at for each in self.observed.broken if each.set_at is not None), default=self.observed.end)
        return any(span.value and span.begin <= first for span in self.holders)

    @property
    def most_holders(self) -> int:
        return max((len(span.value.split()) for span in self.holders), default=0)


def measure(drill: Drill, observed: Observed) -> Measure:
    """Return what one run measured."""
    probes = {probe.name: _probe(observed, probe) for probe in drill.probes}
    if not drill.address:
        return Measure(observed, probes, error=_error(observed), sights=sights(drill, observed))
    spans = tuple(statistics.holders(observed.holding, observed.begin, observed.end))
    set_at = [each.set_at for each in observed.broken if each.set_at is not None]
    undone_at = [each.undone_at for each in observed.broken if each.undone_at is not None]
    blind = {
        host: tuple(statistics.unwatched(samples, observed.begin, observed.end, drill.period))
        for host, samples in observed.holding.items()
    }
    return Measure(
        observed,
        probes,
        spans,
        tuple(statistics.several(spans)),
        tuple(span for span in spans if not span.value),
        statistics.take_over(spans, min(set_at)) if set_at else None,
        statistics.failback(spans, min(set_at), max(undone_at)) if set_at and undone_at else None,
        _error(observed),
        {host: found for host, found in blind.items() if found},
        sights(drill, observed),
    )


def _error(observed: Observed) -> float:
    """Two clocks are compared at most, so the two least known count."""
    return sum(sorted(observed.clock_errors.values())[-2:])


def _probe(observed: Observed, probe: Probe) -> ProbeMeasure:
    interval = 1 / probe.rate
    twice = [when for when in observed.duplicates.get(probe.name, ()) if observed.begin <= when <= observed.end]
    every = [each for each in observed.probes.get(probe.name, ()) if observed.begin <= each.due]
    asked = [each for each in every if each.due <= observed.end]
    failed = [each for each in asked if not each.well]
    times = [each.ended - each.begun for each in asked if each.well]
    reasons: dict[str, int] = {}
    first = min((each.set_at for each in observed.broken if each.set_at is not None), default=observed.end)
    early = sum(each.ended < first for each in failed)
    for each in failed:
        reasons[each.outcome] = reasons.get(each.outcome, 0) + 1
    return ProbeMeasure(
        sent=len(asked),
        lost=len(failed),
        # some are sent after the end: they tell whether the last outage goes on
        outages=tuple(span for span in statistics.outages(every, observed.end) if span.begin <= observed.end),
        error=interval,
        blind=tuple(statistics.unheard(asked, observed.begin, observed.end, interval)),
        p50=statistics.quantile(times, 0.5) if times else None,
        p95=statistics.quantile(times, 0.95) if times else None,
        slowest=max(times, default=None),
        reasons=reasons,
        duplicated=len(twice) if probe.counts_answers else None,
        early=early if early * EARLY > sum(each.ended < first for each in asked) else 0,
    )


def all_downtimes(measures: Sequence[Measure]) -> list[float]:
    """Return the seconds of all outages of each run, of the probe that had most."""
    return [max((probe.downtime for probe in each.probes.values()), default=0.0) for each in measures]


def all_outages(measures: Sequence[Measure]) -> list[float]:
    """Return the longest outage of each run, whichever probe felt it."""
    return [max((probe.longest for probe in each.probes.values()), default=0.0) for each in measures]
