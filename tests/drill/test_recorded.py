"""Records of a real run (keepalived of the master killed on the lab) -> what is said of it."""

from itertools import pairwise
from pathlib import Path

import pytest

from runner.drill import records, statistics
from runner.drill.clock import Offset
from runner.drill.heard import heard_in, unheard
from runner.drill.model import Span
from runner.record import replace

FOLDER = Path(__file__).parents[1] / "cases" / "drill" / "killed"
NEAR = Offset(0.0, 0.0005)
BEGIN, END = 6444.0, 6457.0


def test_a_killed_master() -> None:
    watched = {host: (FOLDER / f"watch-{host}.log").read_text() for host in ("lb1", "lb2")}
    holding = {host: records.holding_in(text, NEAR) for host, text in watched.items()}
    broken, complaints = records.broken_in((FOLDER / "log").read_text(), NEAR, "lb1", {0: "kill keepalived"})
    assert complaints == []
    set_at, undone_at = broken[0].set_at, broken[0].undone_at
    assert set_at == pytest.approx(6446.834469)
    assert undone_at == pytest.approx(6452.864944)
    spans = statistics.holders(holding, BEGIN, END)
    assert [span.value for span in spans] == ["lb1", "", "lb2", "", "lb1"]
    assert statistics.take_over(spans, set_at) == pytest.approx(0.1457, abs=0.0001)
    assert statistics.several(spans) == []
    # systemd started it again long before the fault was undone
    assert statistics.failback(spans, set_at, undone_at) == 0
    units = records.units_in(watched["lb1"], NEAR, ("keepalived", "haproxy"), END)
    assert [span.value for span in units["keepalived"]] == ["active", "activating", "active"]
    assert [span.value for span in units["haproxy"]] == ["active"]
    assert not statistics.unwatched(holding["lb1"], BEGIN, END, 0.05)


def test_what_a_host_cannot_say_while_it_is_off_or_paused_is_said_for_it() -> None:
    looks = [(1.0, True), (2.0, True), (2.1, True), (6.0, False)]
    off = records.unable(looks, 2.0, 5.0, 0.5, off=True)
    assert off[:3] == looks[:3]
    assert off[-1] == looks[-1]
    assert [held for _, held in off[3:-1]] == [False] * 5
    assert off == sorted(off)
    assert max(after - before for (before, _), (after, _) in pairwise(off[2:-1])) < 0.51
    paused = records.unable(looks, 2.0, 5.0, 0.5, off=False)
    assert {held for when, held in paused if when < 6} == {True}
    # it goes on, and looks again, before the driver says that it does
    woken = records.unable([*looks[:3], (4.5, False), (4.6, False)], 2.0, 5.0, 0.5, off=False)
    assert {held for when, held in woken if when < 4.5} == {True}
    assert max(after - before for (before, _), (after, _) in pairwise(woken[2:])) < 0.51
    # without an end, or without any look before, nothing is made up
    assert records.unable(looks, 2.0, None, 0.5, off=True) == looks
    assert records.unable(looks[3:], 2.0, 5.0, 0.5, off=True) == looks[3:]


def test_what_a_host_saw_from_its_start_on_is_put_into_its_place() -> None:
    late = "a 100.0 1\nu 100.5 0 active\na 130.0 0\na 13"
    early = "a 5.25 0\nu 5.0 0 inactive\nu 6.0 0 active\na 6"
    assert records.merged(late, early, 120.0).splitlines() == [
        "a 100.0 1",
        "u 100.5 0 active",
        "u 125.000000 0 inactive",
        "a 125.250000 0",
        "u 126.000000 0 active",
        "a 130.0 0",
    ]


def test_nothing_is_said_on_a_host_that_is_off() -> None:
    text = "k 1.0 a MASTER\nk 2.1 * STOPPING\nK 9.0 whole\nh 1.9 w/one=UP\nh 6.5 w/one=UP\nm 1.9 3 7 7\nk 7.0 a BACKUP\n"
    heard = unheard(heard_in(text, Offset(0, 0), "one", ("keepalived", "haproxy", "etcd")), [Span(2.0, 4.0)])
    assert heard.instances == {"a": [(1.0, "MASTER"), (2.1, "STOPPING"), (2.1, "DOWN"), (7.0, "BACKUP")]}
    assert heard.servers == [(1.9, {"w/one": "UP"}), *((when, {}) for when in (2.5, 3.0, 3.5, 4.0)), (6.5, {"w/one": "UP"})]
    assert [(each.when, each.leads) for each in heard.members] == [(1.9, True), (2.5, False), (3.0, False), (3.5, False), (4.0, False)]
    # one that is killed says nothing any more, and is no master for all that
    killed = unheard(heard_in("k 1.0 a MASTER\n", Offset(0, 0), "one", ("keepalived",)), [Span(2.0, 4.0)])
    assert killed == replace(killed, instances={"a": [(1.0, "MASTER"), (2.0, "DOWN")]}, servers=(), members=())


def test_the_units_of_a_host_that_is_off_do_not_run() -> None:
    spans = [Span(0.0, 3.0, "active"), Span(3.0, 9.0, "inactive")]
    assert records.switched_off(spans, 2.0, 5.0) == [Span(0.0, 2.0, "active"), Span(2.0, 5.0, "off"), Span(5.0, 9.0, "inactive")]
    assert records.switched_off(spans[:1], 1.0, 5.0) == [Span(0.0, 1.0, "active"), Span(1.0, 5.0, "off")]
