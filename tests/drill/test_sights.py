"""What services said of themselves -> masters, leaders, who noticed; and what is said of it where an observer was blind."""

from collections.abc import Mapping

import pytest

from runner.drill.clock import Offset
from runner.drill.detection import first_sign, signs
from runner.drill.finding import FAILED, PASSED, UNKNOWN, Finding
from runner.drill.heard import HostHeard, MemberLook, Sign, heard_in
from runner.drill.measure import measure
from runner.drill.model import Broken, Case, Drill, Fault, Observed, Span
from runner.drill.verdict import judge

CASE = Case("x", (Fault("one", "service", {"name": "keepalived", "action": "kill"}, 3.0),), {})
ALL = ("keepalived", "haproxy", "etcd")
KILLED = Broken("one", "kill keepalived", 2.0, 5.0, "service", "keepalived")
CUT = Broken("one", "cut", 2.0, 5.0, "cut")


def vrrp(*states: tuple[float, str], whole: float | None = 11.0) -> HostHeard:
    found = [Sign(when, "?", "keepalived", f"(a) Entering {state} STATE") for when, state in states if when > 0 and state == "MASTER"]
    return HostHeard(("keepalived",), {"a": states}, found, whole)


def named(**hosts: HostHeard) -> dict[str, HostHeard]:
    return {
        host: HostHeard(
            each.observers,
            each.instances,
            [Sign(sign.when, host, sign.source, sign.text) for sign in each.signs],
            each.whole,
            each.servers,
            each.members,
        )
        for host, each in hosts.items()
    }


MOVED = named(
    one=vrrp((-9.0, "MASTER"), (2.1, "DOWN"), (5.2, "BACKUP"), (6.0, "MASTER")),
    two=vrrp((-8.0, "BACKUP"), (3.5, "MASTER"), (6.02, "BACKUP")),
)


def observed(heard: Mapping[str, HostHeard], broken: Broken = KILLED) -> Observed:
    return Observed(0.0, 10.0, {}, {}, {}, [broken], {"one": 0.001, "two": 0.002}, {}, (), heard=heard)


def judged(expect: dict[str, object], heard: Mapping[str, HostHeard], *observers: str, broken: Broken = KILLED) -> dict[str, Finding]:
    drill = Drill("d.yml", "d", "all", (CASE,), observers={name: {} for name in observers or ("keepalived",)})
    case = Case("x", CASE.faults, expect)
    return {each.name: each for each in judge(case, [measure(drill, observed(heard, broken))], [])}


def test_records_are_read() -> None:
    text = (
        "k 1001.0 front MASTER\ns 1001.0 keepalived (front) Entering MASTER STATE\nk 1003.0 * DOWN\nK 1009.0 whole\n"
        "k 1001.0 front MASTER\nh 1001.0 web/a=UP web/b=DOWN\nh 1002.0 -\nm 1001.0 3 7 7\nm 1002.0 -\nm 1003.0 3 7 0\nm 1004.0 3 7"
    )
    seen = heard_in(text, Offset(1000.0, 0.001), "one", ALL)
    assert seen.instances == {"front": [(1.0, "MASTER"), (3.0, "DOWN")]}
    assert seen.signs == [Sign(1.0, "one", "keepalived", "(front) Entering MASTER STATE")]
    assert seen.whole == 9.0
    assert seen.servers == [(1.0, {"web/a": "UP", "web/b": "DOWN"}), (2.0, {})]
    assert seen.members == [MemberLook(1.0, 3, "7", "7"), MemberLook(2.0), MemberLook(3.0, 3, "7", "0")]
    assert [look.leads for look in seen.members] == [True, False, False]


def test_masters_are_counted_and_the_fault_was_noticed() -> None:
    expect = {"max_two_masters": 0.1, "max_no_master": 2, "masters_at_end": 1, "max_detect": 2}
    found = judged(expect, MOVED)
    assert {name: each.verdict for name, each in found.items() if name in expect} == dict.fromkeys(expect, PASSED)
    assert found["max_two_masters"].measured == pytest.approx(0.02)
    assert found["max_no_master"].measured == pytest.approx(1.4)
    assert found["max_detect"].measured == pytest.approx(1.5)
    assert found["max_detect"].why == "keepalived on two: (a) Entering MASTER STATE"
    assert found["masters_at_end"].why == "a: one"


def test_two_masters_fail_whatever_clients_felt() -> None:
    both = named(one=vrrp((-9.0, "MASTER")), two=vrrp((-8.0, "BACKUP"), (3.5, "MASTER")))
    found = judged({"max_two_masters": 1, "masters_at_end": 1}, both)
    assert (found["max_two_masters"].verdict, found["masters_at_end"].verdict) == (FAILED, FAILED)
    assert found["masters_at_end"].why == "a: one two"


@pytest.mark.parametrize(
    ("two", "why"),
    [
        (vrrp((-8.0, "BACKUP"), whole=None), "keepalived on two was not heard for 10.0 s"),
        (vrrp((-8.0, "BACKUP"), whole=7.0), "keepalived on two was not heard for 3.0 s"),
        (vrrp((4.0, "BACKUP")), "keepalived on two was not heard for 4.0 s"),
        (HostHeard(("keepalived",), whole=11.0), "keepalived on two was not heard for 10.0 s"),
    ],
)
def test_a_keepalived_that_was_not_heard_leaves_it_unknown(two: HostHeard, why: str) -> None:
    expect = {"max_two_masters": 1, "masters_at_end": 1, "max_detect": 5}
    found = judged(expect, named(one=vrrp((-9.0, "MASTER")), two=two))
    assert {found[name].verdict for name in expect} == {UNKNOWN}
    assert all(why in found[name].why for name in expect)


def looks(*states: tuple[float, float, str]) -> HostHeard:
    """(from, to, state): a look each tenth of a second; an empty state: no answer."""
    return HostHeard(
        ("haproxy",), servers=[
            (at / 10, {"web/a": state} if state else {}) for begin, end, state in states for at in range(round(begin * 10), round(end * 10))
        ]
    )  # fmt: skip


def test_a_server_that_is_found_dead_is_a_sign() -> None:
    heard = named(one=looks((0, 4, "UP"), (4, 7, "DOWN"), (7, 10, "UP")))
    found = judged({"max_detect": 3}, heard, "haproxy", broken=Broken("web", "stop nginx", 2.0, 5.0, "service", "nginx"))["max_detect"]
    assert (found.verdict, found.measured, found.why) == (PASSED, pytest.approx(2.0), "haproxy on one: web/a is DOWN")
    # its looks are a tenth of a second apart
    assert found.error == pytest.approx(0.103)


def test_what_nobody_noticed_fails_unless_nobody_could() -> None:
    fault = Broken("web", "stop nginx", 2.0, 5.0, "service", "nginx")
    assert judged({"max_detect": 3}, named(one=looks((0, 10, "UP"))), "haproxy", broken=fault)["max_detect"].verdict == FAILED
    for blind in (looks((0, 3, "UP"), (7, 10, "UP")), looks((0, 10, "")), HostHeard(("haproxy",))):
        found = judged({"max_detect": 3}, named(one=blind), "haproxy", broken=fault)["max_detect"]
        assert (found.verdict, found.measured) == (UNKNOWN, None)
        assert "haproxy on one was not heard" in found.why


def test_who_was_blind_can_only_have_missed_an_earlier_sign() -> None:
    blind = {**MOVED, **named(three=vrrp((-8.0, "BACKUP"), whole=None))}
    verdicts = {limit: judged({"max_detect": limit}, blind)["max_detect"] for limit in (2, 1)}
    assert (verdicts[2].verdict, verdicts[1].verdict) == (PASSED, UNKNOWN)
    assert "keepalived on three was not heard for 10.0 s" in verdicts[1].why
    assert judged({"max_detect": 1}, MOVED)["max_detect"].verdict == FAILED
    # a host that is cut off has nothing to say about that, so that it does not matter if it was heard
    away = named(one=vrrp(whole=None), two=vrrp((-8.0, "BACKUP")))
    assert judged({"max_detect": 1}, away, broken=CUT)["max_detect"].verdict == FAILED
    assert judged({"max_detect": 1}, away)["max_detect"].verdict == UNKNOWN


def test_who_is_broken_has_no_say() -> None:
    own = Sign(2.3, "one", "keepalived", "x")
    beside = Sign(2.4, "one", "haproxy", "y")
    other = Sign(2.5, "two", "keepalived", "z")
    every = [Sign(1.9, "two", "keepalived", "before"), own, beside, other]
    assert first_sign(every, [KILLED]) == beside
    assert first_sign(every, [CUT]) == other
    # the unit that is broken on one host is not the same on another
    assert first_sign([own], [Broken("two", "kill", 2.0, 5.0, "service", "keepalived.service")]) == own
    # what comes after the undoing is about the undoing
    assert first_sign([Sign(5.1, "two", "keepalived", "late")], [KILLED]) is None
    assert first_sign([Sign(5.1, "two", "keepalived", "late")], [Broken("one", "x", 2.0, None, "cut")]) is not None
    assert first_sign(every, [Broken("one", "x", None, None, "cut")]) is None


def members(*states: tuple[float, float, int | None, str]) -> HostHeard:
    """(from, to, term, leader) of member 1; no term: no answer."""
    return HostHeard(("etcd",), members=[
        MemberLook(at / 10, term, "1", leader) if term else MemberLook(at / 10)
        for begin, end, term, leader in states for at in range(round(begin * 10), round(end * 10))
    ])  # fmt: skip


ELECTED = named(
    one=members((0, 2.1, 2, "1"), (2.1, 5.4, None, ""), (5.4, 5.5, 3, "0"), (5.5, 10, 3, "9")),
    two=members((0, 3.2, 2, "9"), (3.2, 3.4, 2, "0"), (3.4, 10, 3, "1")),
    three=members((0, 3.4, 2, "9"), (3.4, 10, 3, "9")),
)


def test_a_leader_is_who_says_so_itself() -> None:
    killed = Broken("one", "kill etcd", 2.0, 5.0, "service", "etcd")
    found = judged({"max_no_leader": 2, "max_leader_changes": 1, "max_detect": 2}, ELECTED, "etcd", broken=killed)
    assert {name: found[name].verdict for name in ("max_no_leader", "max_leader_changes", "max_detect")} == {
        "max_no_leader": PASSED, "max_leader_changes": PASSED, "max_detect": PASSED,
    }  # fmt: skip
    assert found["max_no_leader"].measured == pytest.approx(1.3)
    assert found["max_leader_changes"].measured == 1
    assert (found["max_detect"].measured, found["max_detect"].why) == (pytest.approx(1.2), "etcd on two: the leader is lost")
    # one that was deposed says for a moment more that it leads
    late = {**ELECTED, **named(one=members((0, 3.6, 2, "1"), (3.6, 10, 3, "9")))}
    assert judged({"max_leader_changes": 1}, late, "etcd")["max_leader_changes"].verdict == PASSED
    assert judged({"max_leader_changes": 0}, ELECTED, "etcd")["max_leader_changes"].verdict == FAILED
    # one that is just elected may say so once with the term before, which had its leader
    torn = named(b=members((0, 2, 2, "1"), (2, 10, 3, "9")), a=members((0, 2, 2, "9"), (2, 2.1, 2, "1"), (2.1, 10, 3, "1")))
    assert judged({"max_leader_changes": 1}, torn, "etcd")["max_leader_changes"].measured == 1
    assert judged({"max_no_leader": 1}, ELECTED, "etcd")["max_no_leader"].verdict == FAILED


def test_a_member_that_begins_anew_notices_nothing_and_one_never_heard_is_blind() -> None:
    assert [(sign.host, sign.text) for sign in signs(ELECTED)] == [
        ("two", "the leader is lost"), ("two", "term 3"), ("three", "term 3"),
    ]  # fmt: skip
    blind = {**ELECTED, **named(three=members((0, 10, None, "")))}
    found = judged({"max_no_leader": 2}, blind, "etcd")["max_no_leader"]
    assert (found.verdict, found.why) == (UNKNOWN, "etcd on three was not heard for 10.0 s")


def test_states_are_spans_for_the_reports() -> None:
    drill = Drill("d.yml", "d", "all", (CASE,), observers={"keepalived": {}, "etcd": {}})
    seen = measure(drill, observed({**MOVED, "three": ELECTED["two"]})).sights.states
    assert [(span.value, round(span.begin, 3), round(span.end, 3)) for span in seen["two"]["keepalived a"]] == [
        ("BACKUP", 0.0, 3.5), ("MASTER", 3.5, 6.02), ("BACKUP", 6.02, 10.0),
    ]  # fmt: skip
    assert [span.value for span in seen["three"]["etcd"]] == ["follows, term 2", "has no leader, term 2", "leads, term 3"]
    assert seen["one"]["keepalived a"][0] == Span(0.0, 2.1, "MASTER")
