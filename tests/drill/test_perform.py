"""One run, with hosts that only keep what is asked of them."""

import asyncio
import json
from typing import Any

import pytest

from runner.drill import arming
from runner.drill.arming import BUSY, FOLDER
from runner.drill.campaign import marked, refuse_unmarked
from runner.drill.clock import Offset
from runner.drill.model import Case, Drill, Fault, Observed, Probe
from runner.drill.perform import SLACK, _again, heal_all, no_steps, perform
from runner.drill.readiness import deed_on, rehearse
from runner.drill.stage import stage
from runner.errors import InventoryError, RunnerError, TaskError, Unreachable
from runner.position import Position
from runner.record import replace
from tests.drill.conftest import FakeGround

CASE = Case("stopped", (Fault("one", "service", {"name": "a", "action": "stop"}, 0.5),), {})
PROBE = Probe("web", "two", "tcp", {"host": "h", "port": 1}, 10, 0.1)
DRILL = Drill("d.yml", "d", "all", (CASE,), probes=(PROBE,), address="h", units=("a",), before=0.1, after=0.1)


def ground() -> FakeGround:
    return FakeGround({"one": {"ansible_host": "10.0.0.1"}, "two": {"ansible_host": "10.0.0.2"}})


def run(where: FakeGround) -> Observed:
    return asyncio.run(perform(where, DRILL, CASE, "me", lambda line: None))


def steps(where: FakeGround, host: str) -> list[str]:
    """What was done on a host, in words."""
    names = {
        arming.lock("me", DRILL.before + CASE.length + DRILL.after + SLACK): "lock",
        arming.heal("me"): "heal",
        arming.still("me"): "mine",
        arming.stop_recorder("watch"): "stop watch",
        arming.stop_recorder("probe"): "stop probe",
    }
    starts = {"muster-drill-watch": "watch", "muster-drill-probe": "probe", "systemctl is-active --quiet": "arm", "command -v": "ready"}
    found = []
    for name, script in where.scripts:
        if name == host:
            known = names.get(script) or next((word for mark, word in starts.items() if mark in script), "other")
            found.append(known)
    return found


def test_a_run_locks_records_arms_and_heals() -> None:
    where = ground()
    where.files["one", f"{FOLDER}/log"] = b"set 100.0 0\nwas-set 100.1 0 0\nundo 101.0 0\nundone 101.1 0 0\n"
    where.files["one", f"{FOLDER}/watch.log"] = b"a 99.0 1\na 100.5 0\nu 99.0 0 active\n"
    seen = run(where)
    assert steps(where, "one") == ["lock", "ready", "watch", "arm", "mine", "stop watch", "heal"]
    assert steps(where, "two") == ["lock", "watch", "probe", "mine", "stop probe", "stop watch", "heal"]
    assert (seen.broken[0].set_at, seen.broken[0].undone_at, seen.complaints) == (100.0, 101.0, [])
    assert seen.holding["one"] == [(99.0, True), (100.5, False)]


def test_recorders_of_another_drill_that_has_the_host_by_now_are_left_alone() -> None:
    where = ground()
    where.answer = lambda host, script: (arming.BUSY, "other") if script == arming.still("me") and host == "two" else None
    seen = run(where)
    assert "stop watch" not in steps(where, "two")
    assert "stop watch" in steps(where, "one")
    assert "two: it was healed and taken by another drill (other): its records are lost" in seen.complaints


@pytest.mark.parametrize("broken_at", ["muster-drill-watch", "is-active --quiet muster-drill-undo"])
def test_whatever_fails_the_hosts_are_healed(broken_at: str) -> None:
    where = ground()
    where.answer = lambda host, script: (1, "no") if broken_at in script and "flock" not in script.split("cd /run")[0] else None
    with pytest.raises(TaskError):
        run(where)
    assert [script for _, script in where.scripts].count(arming.heal("me")) == 2


def test_a_fault_befalls_only_those_for_whom_its_where_holds() -> None:
    where = ground()
    fault = Fault("all", "service", {"name": "a", "action": "stop"}, 0.5, where="leads")
    case = Case("leader", (fault,), {})
    where.answer = lambda host, script: (1, "") if script == "leads" and host == "one" else None
    seen = asyncio.run(perform(where, DRILL, case, "me", lambda line: None))
    assert ("arm" in steps(where, "one"), "arm" in steps(where, "two")) == (False, True)
    assert [(each.host, each.kind, each.unit) for each in seen.broken] == [("two", "service", "a")]
    where = ground()
    where.answer = lambda host, script: (1, "") if script == "leads" else None
    with pytest.raises(RunnerError, match="befalls nobody"):
        asyncio.run(perform(where, DRILL, case, "me", lambda line: None))
    assert [steps(where, host)[-1] for host in where.hosts] == ["heal", "heal"]


def test_ctrl_c_heals_too() -> None:
    where = ground()

    async def interrupted() -> None:
        task = asyncio.create_task(perform(where, DRILL, CASE, "me", lambda line: None))
        await asyncio.sleep(0.3)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(interrupted())
    assert steps(where, "one")[-1] == "heal"


def test_a_host_of_another_drill_is_left_alone_and_the_others_are_given_back() -> None:
    where = ground()
    where.answer = lambda host, script: (BUSY, "them 42\n") if host == "two" and "echo me" in script else None
    with pytest.raises(RunnerError, match="two is taken by another drill, them, for at most 42 s more"):
        run(where)
    assert steps(where, "one") == ["lock", "heal"]
    # asked as well, since an interruption may hide who took it; the host refuses what is not its drill's
    assert steps(where, "two") == ["lock", "heal"]


def test_a_fault_that_cannot_be_set_stops_before_anything_is_broken() -> None:
    where = ground()
    where.answer = lambda host, script: (76, "a is inactive, not active") if "command -v flock" in script else None
    with pytest.raises(RunnerError, match="a is inactive, not active"):
        run(where)
    assert "arm" not in steps(where, "one")


def test_a_host_that_is_cut_off_is_healed_when_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    where = ground()
    left = [Unreachable("away"), Unreachable("away"), None]
    where.answer = lambda host, script: left.pop(0)

    async def no_pause(seconds: float) -> None:
        return

    monkeypatch.setattr("runner.drill.perform.asyncio.sleep", no_pause)
    assert asyncio.run(heal_all(where, ["one"], lambda line: None)) == []
    assert len(where.scripts) == 3


def test_records_out_of_reach_are_told() -> None:
    where = ground()
    where.answer = lambda host, script: Unreachable("away") if host == "two" and "systemctl stop muster-drill-probe" in script else None
    seen = run(where)
    assert any("two: its records are out of reach: away" in each for each in seen.complaints)
    assert any("was never set" in each for each in seen.complaints)


@pytest.mark.parametrize(("seconds", "ahead"), [(40.0, 960.0), (1000.0005, 0.0)])
def test_a_host_that_was_off_goes_on_with_its_time(monkeypatch: pytest.MonkeyPatch, seconds: float, ahead: float) -> None:
    where = ground()
    cast = stage(where, DRILL, CASE)
    cast.pythons = {"one": "python3", "two": "python3"}

    async def clock(host: str) -> Offset:
        return Offset(seconds, 0.001)

    monkeypatch.setattr(where, "clock", clock)
    asyncio.run(_again(where, DRILL, cast, "one", "me", 60.0, Offset(1000.0, 0.001)))
    assert where.scripts[0] == ("one", arming.take_again("me", 60.0))
    assert json.loads(where.files["one", f"{FOLDER}/watch.json"])["ahead"] == ahead
    assert float(where.files["one", f"{FOLDER}/ahead"]) == ahead
    assert {host for host, _ in where.scripts} == {"one"}


def test_a_cut_names_the_peers_by_address() -> None:
    where = ground()
    fault = Fault("one", "cut", {"from": "all"}, 1.0)
    assert "10.0.0.2" in deed_on(where, "one", 0, fault).set
    assert "10.0.0.1" not in deed_on(where, "one", 0, fault).set
    with pytest.raises(RunnerError, match="a cut from nobody"):
        deed_on(where, "one", 0, Fault("one", "cut", {"from": "one"}, 1.0))


def test_a_mistake_in_the_last_case_is_told_before_the_first_is_run() -> None:
    where, wrong = ground(), Case("late", (Fault("one", "cut", {"from": "one"}, 1.0),), {})
    rehearse(where, DRILL, [CASE], no_steps)
    with pytest.raises(RunnerError, match="a cut from nobody") as caught:
        rehearse(where, DRILL, [CASE, wrong], no_steps)
    assert caught.value.found == "one is one itself"
    machine = Case("machine", (Fault("one", "machine", {"action": "pause"}, 1.0),), {})
    with pytest.raises(RunnerError, match="one is not a host of a lab"):
        rehearse(where, DRILL, [CASE, machine], no_steps)
    assert where.scripts == []


def test_a_host_that_the_inventory_lacks_has_its_place_and_its_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    where, place = ground(), Position("d.yml", 7, 3)

    def matching(pattern: str) -> list[str]:
        raise InventoryError("Could not match supplied host pattern: thre", found="thre", nearest=["three"])

    monkeypatch.setattr(where, "matching", matching)
    with pytest.raises(RunnerError, match="no host matches `thre`") as caught:
        stage(where, replace(DRILL, hosts="thre", probes=(), places={"hosts": place}), Case("x", (), {}))
    assert (caught.value.position, caught.value.nearest) == (place, ("three",))


def test_the_answers_of_a_where_that_holds_nowhere_are_told() -> None:
    where = ground()
    where.answer = lambda host, script: (2, "sh: Syntax error\n") if script == "(" else None
    fault = Fault("all", "service", {"name": "a", "action": "stop"}, 0.5, where="(")
    with pytest.raises(RunnerError, match="befalls nobody") as caught:
        asyncio.run(perform(where, DRILL, Case("x", (fault,), {}), "me", lambda line: None))
    assert caught.value.found == "one: exit status 2, sh: Syntax error; two: exit status 2, sh: Syntax error"


def test_a_unit_with_another_name_is_proposed() -> None:
    where = ground()

    def answer(host: str, script: str) -> tuple[int, str] | None:
        if "list-unit-files" in script:
            return 0, "nginx.service\nhaproxy.service\n"
        return (76, "there is no unit a") if "command -v flock" in script else None

    where.answer = answer
    fault = Fault("one", "service", {"name": "nginks", "action": "stop"}, 0.5)
    with pytest.raises(RunnerError, match="there is no unit") as caught:
        asyncio.run(perform(where, DRILL, Case("x", (fault,), {}), "me", lambda line: None))
    assert caught.value.nearest == ("nginx",)


def test_a_certificate_that_is_not_there_is_told() -> None:
    fault = Fault("one", "certificate", {"path": "/etc/none.crt"}, 0.5)
    with pytest.raises(RunnerError, match=r"there is no file /etc/none\.crt"):
        asyncio.run(perform(ground(), DRILL, Case("x", (fault,), {}), "me", lambda line: None))


def test_a_pattern_of_nobody_is_told() -> None:
    with pytest.raises(RunnerError, match="no host matches `three`"):
        stage(ground(), DRILL, Case("x", (Fault("three", "link", {"interface": "eth0"}, 1.0),), {}))


@pytest.mark.parametrize(("value", "yes"), [(True, True), ("yes", True), ("true", True), (False, False), (None, False), ("no", False)])
def test_only_marked_hosts_are_broken(value: Any, yes: bool) -> None:
    assert marked(value) is yes
    where = ground()
    where.hosts["one"]["drill_target"] = value
    if yes:
        refuse_unmarked(where, DRILL, [CASE], None)
    else:
        with pytest.raises(RunnerError, match="not marked as a drill target: one") as caught:
            refuse_unmarked(where, DRILL, [CASE], "another")
        assert caught.value.found == ("" if value is None else f"one: {value}")
        refuse_unmarked(where, DRILL, [CASE], "d")
