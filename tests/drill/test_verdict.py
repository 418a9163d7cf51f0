"""Passed, failed and unknown."""

from collections.abc import Sequence

import pytest

from runner.drill.finding import FAILED, PASSED, UNKNOWN, Finding, compared, overall
from runner.drill.measure import Measure, measure
from runner.drill.model import Broken, Case, Drill, Fault, Observed, Probe, Request
from runner.drill.verdict import judge
from runner.record import replace

CASE = Case("x", (Fault("one", "service", {"name": "a", "action": "stop"}, 5.0),), {})
DRILL = Drill("d.yml", "d", "all", (CASE,), probes=(Probe("web", "c", "http", {}, 10.0, 1.0),), address="10.0.0.9")


def observed(
    failed: Sequence[int] = (), *, until: float = 10.0, holes: bool = False, both: bool = False, complaints: tuple[str, ...] = ()
) -> Observed:
    requests = [
        Request(n, n / 10, n / 10, n / 10 + 0.01, "timeout" if n in failed else "ok") for n in range(100) if not (holes and 40 <= n < 60)
    ]
    times = [n / 20 for n in range(200) if n / 20 < until]
    return Observed(
        0.0,
        10.0,
        {"web": requests},
        {"one": [(t, t < 3 or t >= 6 or both) for t in times], "two": [(t, 3 <= t < 6) for t in times]},
        {},
        [Broken("one", "stop a", 2.9, 5.5)],
        {"one": 0.001, "two": 0.002},
        {"one": 0.0, "two": 7.5},
        complaints,
    )


def judged(expect: dict[str, object], one: Observed) -> dict[str, Finding]:
    case = Case("x", CASE.faults, expect)
    return {each.name: each for each in judge(case, [measure(DRILL, one)], [])}


@pytest.mark.parametrize(
    ("measured", "limit", "error", "blind", "verdict"),
    [
        (0.0, 0.0, 0.1, "", PASSED),
        (3.0, 4.0, 0.1, "", PASSED),
        (3.95, 4.0, 0.1, "", UNKNOWN),
        (4.05, 4.0, 0.1, "", UNKNOWN),
        (4.2, 4.0, 0.1, "", FAILED),
        (1.0, 4.0, 0.1, "one was not watched", UNKNOWN),
        (9.0, 4.0, 0.1, "one was not watched", FAILED),
    ],
)
def test_errors_and_blindness_count(measured: float, limit: float, error: float, blind: str, verdict: str) -> None:
    assert compared("x", measured, limit, error, blind).verdict == verdict


def test_what_was_measured_is_judged() -> None:
    found = judged({"max_outage": 2, "max_lost": 5, "max_split_brain": 0, "max_take_over": 1, "max_failback": 1}, observed(range(30, 40)))
    assert {name: each.verdict for name, each in found.items()} == {
        "steady_state": PASSED,
        "faults": PASSED,
        "max_outage": PASSED,
        "max_lost": FAILED,
        "max_split_brain": PASSED,
        "max_take_over": PASSED,
        "max_failback": PASSED,
    }
    assert found["max_outage"].measured == pytest.approx(1.0)
    assert found["max_take_over"].measured == pytest.approx(0.1)
    assert found["max_failback"].measured == pytest.approx(0.5)


def test_no_outage_and_two_holders_is_a_failure() -> None:
    found = judged({"max_outage": 0, "max_split_brain": 0}, observed(both=True))
    assert found["max_outage"].verdict == PASSED
    assert found["max_split_brain"].verdict == FAILED
    assert "one two for 3.00 s" in found["max_split_brain"].why


def test_a_blind_observer_leaves_it_unknown() -> None:
    assert judged({"max_split_brain": 0}, observed(until=7.0))["max_split_brain"].verdict == UNKNOWN
    assert judged({"max_outage": 2}, observed(holes=True))["max_outage"].verdict == UNKNOWN
    assert judged({"max_outage": 2}, observed(complaints=("one: was never set",)))["faults"].verdict == UNKNOWN


def test_a_probe_without_a_record_is_no_success() -> None:
    one = observed()
    silent = Observed(one.begin, one.end, {"web": []}, one.holding, {}, one.broken, one.clock_errors)
    assert judged({"max_outage": 5, "max_lost": 5}, silent)["max_lost"].verdict == UNKNOWN


def test_what_was_lost_before_anything_was_broken_leaves_it_unknown() -> None:
    found = judged({"max_outage": 2, "max_lost": 5}, observed(range(20, 22)))
    assert (found["max_outage"].verdict, found["max_lost"].verdict) == (UNKNOWN, UNKNOWN)
    assert found["max_lost"].why == "the probe web lost 2 requests before anything was broken"
    assert judged({"max_lost": 5}, observed(range(20, 21)))["max_lost"].verdict == PASSED
    assert judged({"max_lost": 5}, observed(range(30, 32)))["max_lost"].verdict == PASSED


def test_of_an_address_that_nobody_holds_nothing_is_known() -> None:
    one = observed()
    nobody = {host: [(when, False) for when, _ in looks] for host, looks in one.holding.items()}
    found = judged({"max_split_brain": 0, "max_failback": 5, "max_take_over": 5, "holders_at_end": 1}, replace(one, holding=nobody))
    wanted = ("max_split_brain", "max_failback", "max_take_over", "holders_at_end")
    assert {name: found[name].verdict for name in wanted} == dict.fromkeys(wanted, UNKNOWN)
    assert "nobody held the address before anything was broken" in found["max_split_brain"].why


def test_who_holds_the_address_at_the_end() -> None:
    assert judged({"holders_at_end": 1}, observed())["holders_at_end"].verdict == PASSED
    one = observed()
    both = {"one": one.holding["one"], "two": [(when, when > 8) for when, _ in one.holding["two"]]}
    found = judged({"holders_at_end": 1}, replace(one, holding=both))["holders_at_end"]
    assert (found.verdict, found.measured, found.why) == (FAILED, 2, "one two")
    assert judged({"holders_at_end": 2}, replace(one, holding=both))["holders_at_end"].verdict == PASSED
    assert judged({"holders_at_end": 1}, observed(until=7.0))["holders_at_end"].verdict == UNKNOWN


def test_a_failure_says_who_was_blind_as_well() -> None:
    found = judged({"max_outage": 0.1}, observed(range(20, 40)))["max_outage"]
    assert (found.verdict, found.why) == (FAILED, "the probe web lost 9 requests before anything was broken")


def test_a_take_over_that_never_came_fails() -> None:
    one = observed()
    alone = {"one": one.holding["one"], "two": [(t, False) for t, _ in one.holding["two"]]}
    never = Observed(one.begin, one.end, one.probes, alone, {}, one.broken, one.clock_errors)
    assert judged({"max_take_over": 5}, never)["max_take_over"].verdict == FAILED


def test_the_objective_of_a_year() -> None:
    one = observed(range(30, 40))
    found = judged({"availability": {"percent": 99.99, "failures_a_year": 12}}, one)["availability"]
    assert (found.verdict, found.unit) == (PASSED, "%")
    assert found.measured == pytest.approx(100 * (1 - 12 / 31557600), abs=1e-5)
    assert judged({"availability": {"percent": 99.99, "failures_a_year": 10_000}}, one)["availability"].verdict == FAILED


def test_a_second_outage_at_the_end_of_a_failure_is_downtime_as_well() -> None:
    one = measure(DRILL, observed([*range(30, 40), *range(60, 65)]))
    assert (one.probes["web"].longest, one.probes["web"].downtime) == (pytest.approx(1.0), pytest.approx(1.5))
    found = judged({"availability": {"percent": 99.99, "failures_a_year": 12}}, one.observed)["availability"]
    assert found.measured == pytest.approx(100 * (1 - 1.5 * 12 / 31557600), abs=1e-7)


def test_one_failure_fails_all() -> None:
    assert overall([PASSED, UNKNOWN, FAILED]) == FAILED
    assert overall([PASSED, UNKNOWN]) == UNKNOWN
    assert overall([PASSED]) == PASSED
    assert overall([]) == UNKNOWN


def test_a_steady_state_that_does_not_come_back_fails() -> None:
    one: Measure = measure(DRILL, observed())
    assert judge(CASE, [one], ["after run 1: x"])[0].verdict == FAILED


def test_the_error_of_an_outage_is_that_of_the_probe_that_felt_it() -> None:
    slow = Probe("slow", "two", "tcp", {"host": "h", "port": 1}, rate=0.5)
    drill = replace(DRILL, probes=(*DRILL.probes, slow))
    one = observed(range(30, 40))
    one = replace(one, probes={**one.probes, "slow": [Request(n, 2.0 * n, 2.0 * n, 2.0 * n + 0.01, "ok") for n in range(5)]})
    case = Case("x", CASE.faults, {"max_outage": 0.5, "mttr_p95": 0.5})
    found = {each.name: each for each in judge(case, [measure(drill, one)], [])}
    assert (found["max_outage"].error, found["mttr_p95"].error) == (pytest.approx(0.1), pytest.approx(0.1))


def test_an_outage_that_goes_on_when_the_recording_ends_is_no_success() -> None:
    one = observed(range(92, 100))
    found = judged({"max_outage": 2, "mttr_p95": 2}, one)
    assert (found["max_outage"].verdict, found["mttr_p95"].verdict) == (UNKNOWN, UNKNOWN)
    assert found["max_outage"].why == "the outage of the probe web had not ended when the recording did"
    assert judged({"max_outage": 0.5}, one)["max_outage"].verdict == FAILED
    # what was asked after the end tells that it was over
    later = [Request(n, n / 10, n / 10, n / 10 + 0.01, "ok") for n in range(100, 104)]
    ended = judged({"max_outage": 2, "max_lost": 8}, replace(one, probes={"web": [*one.probes["web"], *later]}))
    assert (ended["max_outage"].verdict, ended["max_lost"].verdict) == (PASSED, PASSED)
    assert ended["max_outage"].measured == pytest.approx(0.8)


def test_what_a_machine_took_to_obey_is_no_failure_and_no_excuse() -> None:
    """It is counted from the order: what is within the limit by that is so for certain, what is above it by less than that is not known."""
    one = observed()
    slow = [replace(each, took=0.6) for each in one.broken]
    # `two` has the address 0.1 s after the order
    verdicts = {
        (limit, took): judged({"max_take_over": limit}, replace(one, broken=broken))["max_take_over"].verdict
        for limit in (0.0, 0.2)
        for took, broken in ((0.0, one.broken), (0.6, slow))
    }
    assert verdicts == {(0.0, 0.0): FAILED, (0.0, 0.6): UNKNOWN, (0.2, 0.0): PASSED, (0.2, 0.6): PASSED}
