"""Numbers out of samples."""

import pytest

from runner.drill import statistics
from runner.drill.model import Request, Span


def asked(outcomes: str, interval: float = 0.1, start: float = 100.0) -> list[Request]:
    """One letter a request: `.` is well, anything else failed."""
    times = [start + number * interval for number in range(len(outcomes))]
    return [
        Request(number, when, when, when + 0.01, "ok" if each == "." else "timeout")
        for number, (when, each) in enumerate(zip(times, outcomes))
    ]


@pytest.mark.parametrize(
    ("outcomes", "spans"),
    [
        ("..........", []),
        ("...xxxx....", [(100.3, 100.7, "")]),
        ("...xx.xx...", [(100.3, 100.8, "")]),  # one or two good ones are no steady run
        ("...xx...x...", [(100.3, 100.5, ""), (100.8, 100.9, "")]),
        ("...xxx", [(100.3, 101.0, "open")]),
        ("x...", [(100.0, 100.1, "")]),
    ],
)
def test_an_outage_lasts_from_the_first_failed_to_the_first_of_a_steady_run(outcomes: str, spans: list[tuple[float, float, str]]) -> None:
    found = statistics.outages(asked(outcomes), 101.0)
    assert [(round(span.begin, 3), round(span.end, 3), span.value) for span in found] == spans


def test_answers_may_come_in_any_order() -> None:
    requests = asked("..xx......")
    assert statistics.outages(requests[::-1], 101.0) == statistics.outages(requests, 101.0)


def test_who_held_the_address() -> None:
    holding = {
        "one": [(0.0, True), (1.0, True), (2.0, False), (4.0, True)],
        "two": [(0.0, False), (2.5, True), (4.2, False)],
    }
    spans = statistics.holders(holding, 0.5, 5.0)
    assert [(span.begin, span.end, span.value) for span in spans] == [
        (0.5, 2.0, "one"),
        (2.0, 2.5, ""),
        (2.5, 4.0, "two"),
        (4.0, 4.2, "one two"),
        (4.2, 5.0, "one"),
    ]
    assert [span.value for span in statistics.several(spans)] == ["one two"]
    assert statistics.take_over(spans, 1.9) == pytest.approx(0.6)
    assert statistics.failback(spans, 1.9, 3.5) == pytest.approx(0.7)


def test_what_never_happened_is_not_a_number() -> None:
    spans = [Span(0, 2, "one"), Span(2, 9, "")]
    assert statistics.take_over(spans, 2.0) is None
    assert statistics.failback(spans, 1.0, 5.0) is None
    assert statistics.failback([Span(0, 9, "one")], 1.0, 5.0) == 0


def test_a_host_that_keeps_the_address_beside_the_new_holder_is_still_taken_over() -> None:
    spans = [Span(0, 3, "one"), Span(3, 6, "one two"), Span(6, 9, "one")]
    assert statistics.take_over(spans, 1.0) == 2.0
    assert statistics.failback(spans, 1.0, 5.0) == 1.0


def test_a_blind_observer_is_noticed() -> None:
    samples = [(0.05 * number, True) for number in range(20)] + [(3 + 0.05 * number, True) for number in range(20)]
    assert [(round(span.begin, 2), span.end) for span in statistics.unwatched(samples, 0, 4, 0.05)] == [(0.95, 3)]
    assert [span.seconds for span in statistics.unwatched([], 0, 4, 0.05)] == [4]


def test_a_prober_that_was_held_up_is_noticed() -> None:
    requests = asked("....................", 0.1, 0.0)
    assert statistics.unheard(requests, 0, 2, 0.1) == []
    assert len(statistics.unheard(requests[:5] + requests[12:], 0, 2, 0.1)) == 1


def test_quantiles_and_confidence() -> None:
    said = statistics.summary([1.0, 2.0, 3.0, 4.0, 5.0])
    assert said is not None
    assert (said.mean, said.p50, said.p95, said.max) == (3.0, 3.0, 4.8, 5.0)
    # the mean, and on each side 2.776 times the standard error of 0.707
    assert (said.low, said.high) == (pytest.approx(1.037, abs=0.001), pytest.approx(4.963, abs=0.001))
    assert statistics.summary([]) is None
    alone = statistics.summary([2.0])
    assert alone is not None
    assert (alone.p95, alone.low) == (2.0, None)


def test_availability_of_a_year() -> None:
    percent, downtime = statistics.availability(3600, 12)
    assert percent == pytest.approx(99.863, abs=0.001)
    assert downtime == pytest.approx(12 * 3600, rel=0.002)
    assert statistics.availability(0, 12) == (100, 0)


def test_chance_tells_change_from_noise() -> None:
    change = statistics.chance([3.1, 3.3, 3.2, 3.4, 3.3], [0.5, 0.6, 0.4, 0.6, 0.5])
    noise = statistics.chance([3.1, 3.3, 3.2, 3.4, 3.3], [3.2, 3.1, 3.4, 3.3, 3.2])
    assert change is not None
    assert noise is not None
    assert change < 0.02
    assert noise > 0.3
    assert statistics.chance([1.0], [2.0, 3.0]) is None


def test_few_values_are_dealt_in_every_way() -> None:
    # 2 of the 20 ways to deal three and three are as far apart: this one and its mirror
    assert statistics.chance([1.0, 2.0, 3.0], [7.0, 8.0, 9.0]) == pytest.approx(2 / 20)
    assert statistics.chance([1.0, 1.0], [1.0, 1.0, 1.0]) == 1
    many = statistics.chance([float(n) for n in range(12)], [n + 0.5 for n in range(12)])
    assert many is not None
    assert many > 0.5


def test_the_difference_of_means_has_an_interval() -> None:
    # Welch: variances 2.5 and 0.025 over five each, 4.08 degrees of freedom, 2.776 times 0.7106
    apart = statistics.difference([1.0, 2.0, 3.0, 4.0, 5.0], [6.8, 6.9, 7.0, 7.1, 7.2])
    assert apart == (pytest.approx(4 - 1.972, abs=0.002), pytest.approx(4 + 1.972, abs=0.002))
    assert statistics.difference([1.0, 1.0], [3.0, 3.0]) == (2, 2)
    assert statistics.difference([1.0], [3.0, 3.0]) is None


def test_many_comparisons_ask_more_of_each() -> None:
    assert statistics.together([0.01, 0.04, 0.03]) == [pytest.approx(0.03), pytest.approx(0.06), pytest.approx(0.06)]
    assert statistics.together([0.9, 0.6]) == [1.0, 1.0]
    assert statistics.together([]) == []
