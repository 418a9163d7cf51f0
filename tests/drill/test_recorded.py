"""Records of a real run (keepalived of the master killed on the lab) -> what is said of it."""

from itertools import pairwise
from pathlib import Path

import pytest

from runner.drill import records, statistics
from runner.drill.clock import Offset
from runner.drill.model import Span

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
    # without an end, or without any look before, nothing is made up
    assert records.unable(looks, 2.0, None, 0.5, off=True) == looks
    assert records.unable(looks[3:], 2.0, 5.0, 0.5, off=True) == looks[3:]


def test_the_units_of_a_host_that_is_off_do_not_run() -> None:
    spans = [Span(0.0, 3.0, "active"), Span(3.0, 9.0, "inactive")]
    assert records.switched_off(spans, 2.0, 5.0) == [Span(0.0, 2.0, "active"), Span(2.0, 5.0, "off"), Span(5.0, 9.0, "inactive")]
    assert records.switched_off(spans[:1], 1.0, 5.0) == [Span(0.0, 1.0, "active"), Span(1.0, 5.0, "off")]
