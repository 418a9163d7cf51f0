"""Several faults, one after the other and side by side: the real scripts of arming, in a world whose only clock is how long they sleep."""

import asyncio
import os
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runner.drill.arming import FOLDER
from runner.drill.campaign import Outcome
from runner.drill.document import document
from runner.drill.measure import measure
from runner.drill.model import Case, Drill, Fault, Observed
from runner.drill.perform import perform
from runner.drill.timeline import timeline
from runner.drill.verdict import judge
from runner.model.request import ShellAnswer
from tests.drill.conftest import Bench, FakeGround

BEGIN = 1000.0
PROGRAMS = {
    # notes what it should start, word by word
    "systemd-run": 'printf "%s\\0" "$@" >> {place}/units; echo >> {place}/units',
    # the time of a process is what it has slept
    "sleep": 'now=$(awk -v had="$(cat "$CLOCK")" -v more="$1" "BEGIN {{ printf \\"%.6f\\", had + more }}"); echo "$now" > "$CLOCK"',
    # python -I -S -c CODE MARK WORDS...: the stamp of a log line
    "python": 'shift 4; mark=$1; shift; echo "$mark" "$(cat "$CLOCK")" "$@"',
}


class World(FakeGround):
    """Hosts in folders of their own, which really run what arms a fault; what that starts is run in order when the log is asked for."""

    def __init__(self, folder: Path, *hosts: str) -> None:
        super().__init__({host: {} for host in hosts})
        self.benches: dict[str, Bench] = {}
        for host in hosts:
            (folder / host).mkdir()
            self.benches[host] = bench = Bench(folder / host)
            for name, text in PROGRAMS.items():
                program = bench.folder / "bin" / name
                program.write_text("#!/bin/sh\n" + text.format(place=bench.folder) + "\n")
                program.chmod(0o755)

    async def shell(self, host: str, script: str) -> ShellAnswer:
        if "cat > undo-" not in script:
            return await super().shell(host, script)
        self.benches[host].place.mkdir(exist_ok=True)
        done = self.benches[host].run(script)
        return ShellAnswer(done.returncode, done.stdout.encode(), done.stderr.encode())

    async def python(self, host: str) -> str:
        return str(self.benches[host].folder / "bin" / "python")

    async def get(self, host: str, path: str) -> bytes:
        if path != f"{FOLDER}/log":
            return await super().get(host, path)
        bench = self.benches[host]
        for unit in sorted(self._units(bench), key=self._first_sleep):
            clock = bench.folder / "clock"
            clock.write_text(f"{BEGIN:.6f}")
            subprocess.run(unit, check=False, timeout=20, env={"PATH": f"{bench.folder}/bin:{os.defpath}", "CLOCK": str(clock)})
        log = bench.place / "log"
        return log.read_bytes() if log.exists() else b""

    def _units(self, bench: Bench) -> list[list[str]]:
        text = (bench.folder / "units").read_text() if (bench.folder / "units").exists() else ""
        return [self._unit([word for word in line.split("\0") if word]) for line in text.splitlines() if line]

    def _unit(self, words: list[str]) -> list[str]:
        """A timer is a unit that sleeps before it begins."""
        waits = [word.partition("=")[2] for word in words if word.startswith("--on-active=")]
        does = [word for word in words if not word.startswith("--")]
        return ["/bin/sh", "-c", f"sleep {waits[0]}; exec {' '.join(does)}"] if waits else does

    def _first_sleep(self, unit: list[str]) -> float:
        text = unit[-1] if "-c" in unit else Path(unit[-1]).read_text()
        found = re.search(r"sleep (\d+\.\d+)", text)
        assert found is not None
        return float(found[1])


def command(on: str, name: str, at: float, seconds: float) -> Fault:
    return Fault(on, "command", {"set": f"echo {name} >> state", "undo": f"grep -v '^{name}$' state > left; mv left state"}, seconds, at)


def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case) -> tuple[World, Drill, Observed]:
    async def no_pause(seconds: float) -> None:
        return

    monkeypatch.setattr("runner.drill.perform.time", SimpleNamespace(monotonic=lambda: BEGIN))
    monkeypatch.setattr("runner.drill.perform.asyncio", SimpleNamespace(sleep=no_pause))
    world = World(tmp_path, "one", "two")
    drill = Drill("d.yml", "d", "all", (case,), before=3, after=2)
    return world, drill, asyncio.run(perform(world, drill, case, "me", lambda line: None))


def offsets(seen: Observed, zero: float) -> dict[str, tuple[Any, Any]]:
    times = [(each.set_at, each.undone_at) for each in seen.broken]
    after = [tuple(when - zero if when is not None else None for when in each) for each in times]
    return {f"{each.host}: {each.title}": (one, two) for each, (one, two) in zip(seen.broken, after)}


CASE = Case(
    "order",
    (command("one", "first", 0, 6), command("two", "beside", 1.5, 3), command("one", "within", 2, 1), command("all", "after", 7, 2.5)),
    {},
)
WANTED = {
    "one: echo first >> state on one": (0, 6),
    "two: echo beside >> state on two": (1.5, 4.5),
    "one: echo within >> state on one": (2, 3),
    "one: echo after >> state on all": (7, 9.5),
    "two: echo after >> state on all": (7, 9.5),
}


def test_faults_begin_and_end_when_they_should(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world, _, seen = run(tmp_path, monkeypatch, CASE)
    assert CASE.length == 9.5
    assert seen.complaints == []
    # half a second is given to the recorders, then come the seconds before
    zero = BEGIN + 0.5 + 3
    assert {name: pytest.approx(times, abs=0.002) for name, times in WANTED.items()} == offsets(seen, zero)
    assert (seen.begin, seen.end) == (BEGIN + 0.5, zero + 9.5 + 2)
    # nothing is left of any of them
    assert [world.benches[host].place.joinpath("state").read_text() for host in ("one", "two")] == ["", ""]


def test_faults_side_by_side_were_there_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both = Fault("one", "command", {"set": "cat state > seen", "undo": "true"}, 1, 2.5)
    world, _, seen = run(tmp_path, monkeypatch, Case("x", (*CASE.faults[:3], both), {}))
    assert seen.complaints == []
    assert world.benches["one"].place.joinpath("seen").read_text() == "first\nwithin\n"


def test_the_timeline_shows_each_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, drill, seen = run(tmp_path, monkeypatch, CASE)
    one = measure(drill, seen)
    said = document(drill, [Outcome(CASE, (one,), tuple(judge(CASE, [one], [])))], "2026-11-25T02:00:00Z")
    assert [(fault["at"], fault["for"]) for fault in said["cases"][0]["faults"]] == [(0, 6), (1.5, 3), (2, 1), (7, 2.5)]
    drawn = timeline(said["cases"][0]["runs"][0])
    for name, (begin, end) in WANTED.items():
        assert f"<title>{name.replace('>', '&gt;')}: {begin:.2f} .. {end:.2f} s ({end - begin:.2f} s)</title>" in drawn
    lanes = [re.findall(r'<rect class="fault" x="([\d.]+)" y="\d+" width="([\d.]+)"', lane) for lane in drawn.split("<g ")[1:]]
    assert [len(each) for each in lanes] == [1, 1, 1, 1, 1]
    boxes = {name: (float(x), float(x) + float(width)) for name, [(x, width)] in zip(offsets(seen, 0), lanes)}
    words = ("first >> state on one", "within >> state on one", "after >> state on all")
    first, within, after = (boxes[f"one: echo {word}"] for word in words)
    assert first[0] < within[0] < within[1] < first[1] < after[0]
    assert boxes["two: echo after >> state on all"] == after


def test_a_fault_that_could_not_be_undone_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stays = Fault("two", "command", {"set": "true", "undo": "false"}, 1, 4)
    _, _, seen = run(tmp_path, monkeypatch, Case("x", (CASE.faults[0], stays), {}))
    assert [each for each in seen.complaints if "could not be undone (exit status 1)" in each] == seen.complaints != []
