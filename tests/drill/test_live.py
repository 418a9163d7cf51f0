"""The view of a run while it goes on: what is told of it, how it is drawn, and that whoever looks on never ends a drill."""

import asyncio
import io
import os
from collections.abc import Callable

import pytest

from runner.cli.drill_screen import Screen
from runner.drill.campaign import Campaign
from runner.drill.follow import Follower, live_of
from runner.drill.live import Live
from runner.drill.live_text import PLAIN, drawing
from runner.drill.model import Case, Drill, Fault, Observed, Probe
from runner.drill.perform import perform
from runner.drill.stage import Stage, stage
from runner.errors import Unreachable
from tests.drill.conftest import FakeGround

CASE = Case("stopped", (Fault("one", "service", {"name": "a", "action": "stop"}, 4),), {})
PROBE = Probe("web", "two", "tcp", {"host": "h", "port": 1}, 1, 0.5)
DRILL = Drill("d.yml", "d", "all", (CASE,), probes=(PROBE,), address="10.0.0.9", units=("a",), before=2, after=3.5)


def view() -> Live:
    ground = FakeGround({"one": {}, "two": {}})
    return live_of(DRILL, CASE, stage(ground, DRILL, CASE), "d, stopped, run 1 of 1")


def requests(*outcomes: str) -> str:
    return "".join(f"p 0 {number} {50 + number}.0 {50 + number}.0 {50 + number}.1 {word}\n" for number, word in enumerate(outcomes))


def test_only_changes_are_told() -> None:
    live = view()
    live.take("one", "a 100.0 1\nu 100.0 0 active\nnow 100.5\n", 7.0)
    live.take("two", "a 50.0 0\nnow 50.5\n", 7.0)
    assert live.told() == ["one holds 10.0.0.9"]
    live.take("one", "set 102.0 0\na 102.1 0\nu 102.2 0 inactive\nnow 102.5\n", 9.0)
    live.take("one", "now 103.0\n", 9.5)
    assert live.told() == ["one: stop a on one: set", "one no longer holds 10.0.0.9", "one: a is inactive"]
    assert live.told() == []
    assert (live.silence("one", 12.0), live.silence("two", 12.0)) == (2.5, 5.0)


def test_what_comes_twice_or_late_is_told_once_and_with_its_age() -> None:
    live = view()
    text = "a 100.0 1\nset 102.0 0\nundone 106.0 0\nnow 107.0\n"
    live.take("one", text, 7.0)
    live.take("one", text, 8.0)
    assert live.told() == ["one holds 10.0.0.9 (7.0 s ago)", "one: stop a on one: set (5.0 s ago)", "one: stop a on one: undone"]


def test_an_outage_is_known_when_all_that_were_asked_before_are() -> None:
    live = view()
    lines = requests("ok", "timeout", "timeout", "ok", "ok", "ok").splitlines(keepends=True)
    live.take("two", "".join(lines[:1] + lines[3:5]) + "now 54.0\n", 1.0)
    assert live.told() == []
    live.take("two", "".join(lines[1:3]) + "now 54.2\n", 1.2)
    assert live.told() == ["web: no good answer (timeout) (3.2 s ago)"]
    live.take("two", lines[5] + "now 55.2\n", 1.7)
    assert live.told() == ["web: answers again after 2.00 s, 2 lost"]
    assert live.probes["web"].lost == 2


def test_what_services_say_is_told_when_it_changes_and_not_what_they_said_before() -> None:
    live = view()
    live.take("one", "k 40.0 a BACKUP\nk 50.0 a MASTER\na 100.0 1\nm 100.0 2 7 7\nnow 100.5\n", 7.0)
    live.take("one", "k 101.0 * DOWN\nm 101.0 -\nk 50.0 a MASTER\nm 101.4 3 7 0\nm 101.5 3 7 9\nnow 101.6\n", 8.0)
    assert live.told() == [
        "one holds 10.0.0.9",
        "one: keepalived a is DOWN",
        "one: etcd is silent",
        "one: etcd is without a leader in term 3",
        "one: etcd is following in term 3",
    ]


def drawn(live: Live, at: float, width: int = 60) -> list[str]:
    return drawing(live, at, width, PLAIN, lambda text, meaning: text)


def test_lanes_show_who_held_the_address_and_what_was_lost() -> None:
    live = view()
    live.take("one", "a 100.0 1\nu 100.0 0 active\nset 102.0 0\nu 102.2 0 inactive\na 104.9 0\nnow 105.0\n", 7.0)
    live.take("two", f"a 50.0 0\na 53.9 1\n{requests('ok', 'ok', 'timeout', 'ok', 'ok')}now 55.0\n", 7.0)
    lines = drawn(live, 7.2)
    assert lines[0] == "d, stopped, run 1 of 1: 5.0 of 10.0 s"
    assert max(map(len, lines)) < 60
    faults, one, two, probe = lines[1:]
    lane = slice(14, 14 + 21)
    # 21 columns for 10 s
    assert faults[lane] == "    ///////          "
    assert one[lane] == "========##.          "
    assert two[lane] == "........##=          "
    assert probe[lane] == "_._.#._._            "
    assert faults[37:].startswith("set: stop a")
    assert one[37:].startswith("a inactive")
    assert two[37:].startswith("holds the address")
    # two good answers are not yet the end of it
    assert probe[37:].startswith("1 of 5 lost, no good a")


def test_faults_that_a_guard_sets_have_a_lane_by_our_clock() -> None:
    ground = FakeGround({"one": {}, "two": {}})
    tasks = Fault("all", "tasks", {"tasks": [{"name": "It breaks"}]}, 4)
    case = Case("guarded", (Fault("one", "machine", {"action": "power_off"}, 4), tasks), {})
    live = live_of(DRILL, case, stage(ground, DRILL, case), "d, guarded, run 1 of 1")
    # the second time it was heard sooner: that is nearer to when the record began
    live.take("one", "a 100.0 1\nnow 100.5\n", 1000.9)
    live.take("one", "now 101.5\n", 1001.6)
    assert live.began == pytest.approx(1000.1)

    def states(at: float) -> list[str]:
        return [line[9:13] + line[14:].strip(" /") for line in drawn(live, at, 100)[1:4]]

    assert states(1001.6) == [
        "one to come: machine power off on one",
        "one to come: tasks (It breaks) on all",
        "two to come: tasks (It breaks) on all",
    ]
    live.guard("one", 0, "set", 1002.1)
    for host in ("one", "two"):
        live.guard(host, 1, "set", 1002.1)
    live.guard("two", 1, "not-set", 1002.2)
    # nothing was heard of the host meanwhile, and its lane goes on all the same
    assert states(1004.1) == [
        "one set: machine power off on one",
        "one set: tasks (It breaks) on all",
        "two not set: tasks (It breaks) on all",
    ]
    for word, when in (("undo", 1006.1), ("not-undone", 1006.2), ("undo", 1007.0)):
        live.guard("one", 0, word, when)
    assert "not undone: machine" in drawn(live, 1007.2, 100)[1]
    live.guard("one", 0, "undone", 1007.6)
    live.guard("one", 1, "undo", 1006.1)
    machine, one, _ = drawn(live, 1008.1, 100)[1:4]
    # 41 columns for 10 s: from 2.0 to 7.5 s, as from then on it is undone
    assert machine[14 : 14 + 41] == " " * 8 + "/" * 23 + " " * 10
    assert "undone: machine power off on one" in machine
    assert "being undone: tasks" in one
    # what guards say is told by them, and not here again
    assert live.told() == ["one holds 10.0.0.9"]


def test_a_host_that_is_off_holds_nothing_whatever_it_said_last() -> None:
    ground = FakeGround({"one": {}, "two": {}})
    case = Case("off", (Fault("one", "machine", {"action": "kill"}, 4),), {})
    live = live_of(DRILL, case, stage(ground, DRILL, case), "d, off, run 1 of 1")
    live.take("one", "a 100.0 1\nu 100.0 0 active\nnow 102.0\n", 1002.0)
    live.guard("one", 0, "set", 1002.0)
    live.take("two", "a 50.0 0\na 53.5 1\nnow 55.0\n", 1005.0)
    lane = slice(14, 14 + 41)
    _, one, two = drawn(live, 1005.0, 100)[1:4]
    # 41 columns for 10 s; 2 s are nine of them
    assert one[lane].rstrip() == "=" * 8
    assert one[lane.stop :].split(",")[0].strip() == "no word for 3 s"
    assert one.endswith("off")
    assert two[lane] == "." * 14 + "=" * 7 + " " * 20
    for word, when in (("undo", 1006.0), ("undone", 1006.5)):
        live.guard("one", 0, word, when)
    live.take("one", "a 100.0 1\na 107.5 0\nu 107.5 0 active\nnow 108.0\n", 1008.0)
    live.take("two", "now 58.0\n", 1008.0)
    _, one, two = drawn(live, 1008.0, 100)[1:4]
    assert one[lane] == "=" * 8 + " " * 22 + "." * 3 + " " * 8
    assert one[lane.stop :].strip() == "a active"
    assert two[lane] == "." * 14 + "=" * 19 + " " * 8


def test_a_host_that_is_silent_is_shown_so() -> None:
    live = view()
    live.take("one", "a 100.0 1\nnow 100.5\n", 7.0)
    lines = drawn(live, 12.0)
    assert "not heard of: stop a" in lines[1]
    assert "no word for 5 s" in lines[2]
    # nothing came of this one yet
    assert lines[3] == "two"


def test_a_terminal_too_narrow_gets_no_line_that_would_wrap() -> None:
    live = view()
    live.take("one", "a 100.0 1\nnow 100.5\n", 7.0)
    assert max(map(len, drawn(live, 7.0, 38))) < 38


class Paper(io.StringIO):
    """A stream with an encoding, as terminals have."""

    encoding = "ascii"


def screen(block: bool, lines: int = 24) -> tuple[Screen, Paper]:
    paper = Paper()
    return Screen(paper, block, False, lambda: os.terminal_size((80, lines))), paper


def test_without_a_terminal_changes_are_lines() -> None:
    live, (where, paper) = view(), screen(block=False)
    live.take("one", "a 100.0 1\nnow 100.5\n", 7.0)
    where.show(live)
    where.show(live)
    where.show(None)
    assert [line[9:] for line in paper.getvalue().splitlines()] == ["one holds 10.0.0.9"]
    assert "\033" not in paper.getvalue()


def test_on_a_terminal_the_block_is_wiped_before_what_stays() -> None:
    live, (where, paper) = view(), screen(block=True)
    where.show(live)
    where.say("armed")
    where.show(live)
    where.show(None)
    pieces = paper.getvalue().split("\033[5A\r\033[J")
    assert [piece.count("\n") for piece in pieces] == [5, 6, 0]
    assert pieces[1].split("\n")[0].endswith(" armed")


def test_the_block_is_never_higher_than_the_terminal() -> None:
    live, (where, paper) = view(), screen(block=True, lines=5)
    where.show(live)
    assert paper.getvalue().count("\n") == 3


class Heard(FakeGround):
    """A ground whose hosts say something, or cannot be followed at all."""

    def __init__(self, said: dict[str, list[bytes] | Exception]) -> None:
        super().__init__({name: {} for name in said})
        self.said = said
        self.followed: list[str] = []

    async def follow(self, host: str, script: str, take: Callable[[bytes], None]) -> int:
        self.followed.append(host)
        said = self.said[host]
        if isinstance(said, Exception):
            raise said
        for piece in said:
            take(piece)
            await asyncio.sleep(0)
        return 0


def test_lines_are_put_together_from_pieces_and_nobody_who_is_out_of_reach_matters() -> None:
    ground = Heard({"one": [b"a 100.0 1\nset 10", b"1.0 0\nnow 101.5\nunf"], "two": Unreachable("two is away")})
    seen: list[Live | None] = []

    async def run() -> str:
        async with Follower(ground, seen.append).following(DRILL, CASE, "t") as following:
            cast = stage(ground, DRILL, CASE)
            cast.pythons = {"one": "python3", "two": "python3"}
            following.begin(cast)
            await asyncio.sleep(0.1)
        return "through"

    assert asyncio.run(run()) == "through"
    assert seen[-1] is None
    live = seen[0]
    assert live is not None
    assert live.hosts["one"].faults == {0: [101.0, None]}
    assert live.silence("two", 1.0) is None


def test_a_run_that_fails_before_it_is_followed_fails_as_itself() -> None:
    ground = Heard({"one": [], "two": []})

    async def run() -> None:
        async with Follower(ground, lambda live: None).following(DRILL, CASE, "t"):
            raise Unreachable("one is away")

    with pytest.raises(Unreachable, match="one is away"):
        asyncio.run(run())


def test_a_campaign_is_followed_in_each_run() -> None:
    ground = Heard({"one": [b"now 1.0\n"], "two": [b"now 1.0\n"]})
    drill = Drill("d.yml", "d", "all", (CASE,), probes=(PROBE,), before=0.1, after=0.1)
    case = Case("short", (Fault("one", "service", {"name": "a", "action": "stop"}, 0.5),), {})
    titles: list[str] = []

    def show(live: Live | None) -> None:
        titles.append(live.title if live else "-")

    follower = Follower(ground, show)
    with asyncio.Runner() as loop:
        Campaign(ground, drill, "me", loop.run, lambda steady: [], lambda line: None, follower, lambda seconds: None).run([case], 2)
    assert sorted(ground.followed) == ["one", "one", "two", "two"]
    assert list(dict.fromkeys(titles)) == ["d, short, run 1 of 2", "-", "d, short, run 2 of 2"]


def test_following_begins_when_the_hosts_are_taken() -> None:
    ground = FakeGround({"one": {}, "two": {}})
    case = Case("short", (Fault("one", "service", {"name": "a", "action": "stop"}, 0.5),), {})
    begun: list[tuple[int, Stage]] = []

    class Onlooker:
        def begin(self, cast: Stage) -> None:
            begun.append((len(ground.scripts), cast))

        def guard(self, host: str, number: int, word: str, when: float) -> None:
            raise AssertionError("there is no guard")

    async def run() -> Observed:
        drill = Drill("d.yml", "d", "all", (case,), before=0.1, after=0.1)
        return await perform(ground, drill, case, "me", lambda line: None, Onlooker())

    asyncio.run(run())
    ((count, cast),) = begun
    assert count >= 2
    assert not any("systemd-run" in script and "muster-drill-watch" in script for _, script in ground.scripts[:count])
    assert set(cast.pythons) == {"one", "two"}
