"""Numbers out of records: outages, losses, who held the address, quantiles and how sure they are. Pure."""

import math
import random
from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from statistics import fmean, stdev

from runner.drill.model import Request, Span
from runner.record import dataclass

# A service is back when so many requests in a row were answered.
STEADY = 3
YEAR = 365.25 * 86400
# 97.5 % points of Student's t by degrees of freedom (NIST/SEMATECH e-Handbook, 1.3.6.7.2); beyond the table that of the normal distribution
STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
           2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042)  # fmt: skip
NORMAL = 1.960


def outages(requests: Sequence[Request], end: float, steady: int = STEADY) -> list[Span]:
    """Return the outages a client felt: from the sending of the first failed request to that of the first of `steady` good ones in a row.

    value: `open` when it had not ended by `end`. The ends are known to one interval between requests.
    """
    found: list[Span] = []
    begin: float | None = None
    well: list[Request] = []
    for each in sorted(requests, key=lambda request: request.sequence):
        if not each.well:
            begin, well = each.begun if begin is None else begin, []
        elif begin is not None:
            well.append(each)
            if len(well) == steady:
                found.append(Span(begin, well[0].begun))
                begin, well = None, []
    if begin is not None:
        found.append(Span(begin, max(end, begin), "open"))
    return found


def unheard(requests: Sequence[Request], begin: float, end: float, interval: float) -> list[Span]:
    """Return when a prober did not ask as it should (it was held up, or its record has a hole), so that an outage could hide there."""
    longest = max(5 * interval, 0.5)
    sent = sorted(each.begun for each in requests if each.outcome != "unsent")
    return _holes(sent, begin, end, longest)


def unwatched(samples: Sequence[tuple[float, bool]], begin: float, end: float, period: float) -> list[Span]:
    """Return when an observer was blind: between two looks that are much further apart than the period."""
    return _holes([when for when, _ in samples], begin, end, max(10 * period, 0.5))


def _holes(times: Sequence[float], begin: float, end: float, longest: float) -> list[Span]:
    inside = [begin, *(each for each in times if begin <= each <= end), end]
    return [Span(one, two) for one, two in pairwise(inside) if two - one > longest]


def holders(holding: Mapping[str, Sequence[tuple[float, bool]]], begin: float, end: float) -> list[Span]:
    """Return who held the address when: spans whose value is the holders' names with blanks between them, empty for nobody.

    What a look found holds until the next look.
    """
    changes = sorted((when, host, held) for host, samples in holding.items() for when, held in samples)
    now: dict[str, bool] = {}
    found: list[Span] = []
    last, since = "", begin
    for when, host, held in changes:
        now[host] = held
        if when >= end:
            break
        value = " ".join(sorted(name for name, holds in now.items() if holds))
        if when > begin and value != last:
            found += [Span(since, when, last)] if when > since else []
            since = when
        last = value
    found.append(Span(since, end, last))
    return found


def states(looks: Sequence[tuple[float, str]], begin: float, end: float) -> list[Span]:
    """Return what was said from when to when, between two moments. What one look finds holds until the next."""
    found: list[Span] = []
    for (when, value), (until, _) in pairwise([*looks, (end, "")]):
        one, two = max(when, begin), min(until, end)
        if one >= two:
            continue
        if found and found[-1].value == value:
            one = found.pop().begin
        found.append(Span(one, two, value))
    return found


def several(spans: Sequence[Span]) -> list[Span]:
    """Return the spans in which more than one host held the address."""
    return [span for span in spans if len(span.value.split()) > 1]


def take_over(spans: Sequence[Span], broken_at: float) -> float | None:
    """Return the seconds from the breaking until a host held the address that had not held it before; None if none did."""
    before = next((set(span.value.split()) for span in spans if span.begin <= broken_at <= span.end), set())
    for span in spans:
        if span.begin > broken_at and set(span.value.split()) - before:
            return span.begin - broken_at
    return None


def failback(spans: Sequence[Span], broken_at: float, undone_at: float) -> float | None:
    """Return the seconds from the undoing until those who held the address before held it alone for good.

    0 if they did so all the time, None if they never did again, or nobody held it before.
    """
    first = next((span.value for span in spans if span.begin <= broken_at <= span.end), "")
    if not first or spans[-1].value != first:
        return None
    return max(0.0, spans[-1].begin - undone_at)


def quantile(values: Sequence[float], part: float) -> float:
    """Return a quantile, between two values by their distance (type 7 of Hyndman and Fan). Raises ValueError for no values."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    place = (len(ordered) - 1) * part
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@dataclass(frozen=True, slots=True)
class Summary:
    """Several measurements of one thing. low, high: the 95 % confidence interval of the mean by Student's t, None for fewer than two."""

    count: int
    mean: float
    p50: float
    p95: float
    max: float
    low: float | None
    high: float | None


def summary(values: Sequence[float]) -> Summary | None:
    """Return the summary of measurements, None for none."""
    if not values:
        return None
    mean = fmean(values)
    low = high = None
    if len(values) > 1:
        point = STUDENT[len(values) - 2] if len(values) - 2 < len(STUDENT) else NORMAL
        half = point * stdev(values) / math.sqrt(len(values))
        low, high = mean - half, mean + half
    return Summary(len(values), mean, quantile(values, 0.5), quantile(values, 0.95), max(values), low, high)


def availability(outage: float, failures_a_year: float) -> tuple[float, float]:
    """Return (percent, seconds of downtime a year) when each failure costs `outage` seconds: MTTF / (MTTF + MTTR)."""
    between = YEAR / failures_a_year
    part = between / (between + outage)
    return 100 * part, (1 - part) * YEAR


def difference(one: Sequence[float], two: Sequence[float]) -> tuple[float, float] | None:
    """Return the 95 % confidence interval of mean(two) - mean(one) for unlike spreads (Welch's t).

    None for fewer than two values on a side.
    """
    if len(one) < 2 or len(two) < 2:
        return None
    parts = [(stdev(each) ** 2 / len(each), len(each) - 1) for each in (one, two)]
    total = sum(part for part, _ in parts)
    between = fmean(two) - fmean(one)
    if not total:
        return between, between
    freedom = math.floor(total**2 / sum(part**2 / count for part, count in parts) + 1e-9)
    half = (STUDENT[freedom - 1] if freedom <= len(STUDENT) else NORMAL) * math.sqrt(total)
    return between - half, between + half


def chance(one: Sequence[float], two: Sequence[float], rounds: int = 10_000) -> float | None:
    """Return how often means as far apart as those of `one` and `two` come out when all values are dealt at random (a permutation test).

    Small is change, large is noise. None when there are fewer than two values on a side. Up to `rounds` possible dealings are all looked
    at; of more, so many are dealt, the same ones each time.
    """
    if len(one) < 2 or len(two) < 2:
        return None
    pool = [*one, *two]
    total, seen = sum(pool), abs(fmean(one) - fmean(two)) - 1e-12
    every = math.comb(len(pool), len(one))

    def apart(hand: Sequence[float]) -> bool:
        first = sum(hand)
        return abs(first / len(one) - (total - first) / len(two)) >= seen

    if every <= rounds:
        return sum(apart(hand) for hand in combinations(pool, len(one))) / every
    dealer = random.Random(1)  # noqa: S311 - no secret is made of it
    as_far = 0
    for _ in range(rounds):
        dealer.shuffle(pool)
        as_far += apart(pool[: len(one)])
    return (as_far + 1) / (rounds + 1)


def together(chances: Sequence[float]) -> list[float]:
    """Return the chances of several comparisons, corrected so that one of twenty such sets has any below 0.05 by chance (Holm)."""
    order = sorted(range(len(chances)), key=lambda index: chances[index])
    found, most = [0.0] * len(chances), 0.0
    for rank, index in enumerate(order):
        most = max(most, min(1.0, (len(chances) - rank) * chances[index]))
        found[index] = most
    return found
