"""What the tests of faults on virtual machines share: a lab of two hosts, drills in it, and looks at both from outside."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from tests.vm.conftest import ROOT, Virtual

NAME, NET = "vmfaults", "172.30.243"
# The packages are those of inventory/lvs.yml, so that it is the same image.
LAB = f"""\
name: {NAME}
driver: qemu
machine: {{memory: 1024m, cpus: 2}}
image: {{suite: bookworm, packages: [ipvsadm, tcpdump]}}
network: {{subnet: {NET}.0/24}}
variables: {{drill_target: true}}
hosts:
  one: {{address: {NET}.11}}
  two: {{address: {NET}.12}}
"""
LOOK = "ls -d /run/muster-drill /var/lib/muster-drill; systemctl list-units --all --no-legend 'muster-drill*'"


def drill_of(name: str, hosts: str, faults: dict[str, dict[str, Any]], probes: list[dict[str, Any]], after: float) -> dict[str, Any]:
    cases = [{"name": case, "faults": [fault]} for case, fault in faults.items()]
    return {"name": name, "hosts": hosts, "load": probes, "before": 3, "after": after, "cooldown": 0, "cases": cases}


class Site:
    """The lab with drills to run in it."""

    def __init__(self, virtual: Virtual, place: Path) -> None:
        self.virtual = virtual
        self.place = place
        self.inventory = place / "hosts.yml"
        self.inventory.write_text(virtual.folder.inventory.read_text())

    def start(self, *words: str) -> "subprocess.Popen[str]":
        argv = [sys.executable, "-m", "runner", "drill", *words, "-i", str(self.inventory)]
        return subprocess.Popen(argv, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, *words: str) -> tuple[int, str]:
        child = self.start(*words)
        said, _ = child.communicate(timeout=560)
        return child.returncode, said

    def file(self, drill: dict[str, Any]) -> Path:
        path = self.place / f"{drill['name']}.yml"
        path.write_text(yaml.safe_dump(drill, sort_keys=False))
        return path

    def drilled(self, drill: dict[str, Any], *cases: str) -> dict[str, dict[str, Any]]:
        """Run cases of a drill; return each one's run from the report, which knows of nothing that was not set or undone."""
        words = [word for name in cases for word in ("--case", name)]
        code, said = self.run(str(self.file(drill)), *words, "--report-dir", str(self.place))
        assert code == 0, said
        report = json.loads((self.place / drill["name"] / "report.json").read_text())
        runs = {case["name"]: case["runs"][0] for case in report["cases"]}
        assert list(runs) == list(cases)
        for name, run in runs.items():
            assert run["complaints"] == [], name
        return runs

    def left(self, host: str) -> str:
        """What drills have left on a host."""
        look = f"{LOOK}; tc qdisc show | grep 6d6"
        return self.virtual.driver.execute(host, ["sh", "-c", f"({look}) 2>/dev/null"]).out.strip()

    def netem(self) -> bool:
        return "netem" in self.virtual.run("one", "tc qdisc show dev eth0")

    def pinged(self) -> float:
        """The median of five pings, in seconds."""
        said = self.virtual.run("one", f"ping -c 5 -i 0.3 {NET}.12")
        return statistics.median(float(word.partition("=")[2]) for word in said.split() if word.startswith("time=")) / 1000

    def ahead(self) -> float:
        """How far the machine's clock is ahead of ours: the most exact of three looks."""
        found = []
        for _ in range(3):
            asked, begun = time.time(), time.monotonic()
            theirs = float(self.virtual.driver.on_machine(["date", "+%s.%N"]).out)
            took = time.monotonic() - begun
            found.append((took, theirs - asked - took / 2))
        return min(found)[1]


def wait_until(what: str, seconds: float, holds: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, what
        time.sleep(1)


def requests(run: dict[str, Any], probe: str, *, during: bool) -> list[tuple[float, float, str]]:
    """When requests were sent, how long they took and how they ended: of those during the fault, or before it and well after it."""
    (broken,) = run["broken"]
    begin, end = broken["set"], broken["undone"]
    found = [(sent, took, outcome) for _, sent, took, outcome in run["probes"][probe]["requests"]]
    if during:
        return [each for each in found if begin + 1 <= each[0] <= end - 0.5]
    return [each for each in found if each[0] <= begin - 0.5 or each[0] >= end + 1.5]


def trips(run: dict[str, Any], probe: str, *, during: bool) -> list[float]:
    """The seconds of the answered pings, shortest first."""
    found = sorted(took for _, took, outcome in requests(run, probe, during=during) if outcome == "ok")
    assert len(found) > 10
    return found


def overtaken(run: dict[str, Any], *, during: bool) -> int:
    """How many pings were answered after one that was sent later."""
    ends = [sent + took for sent, took, outcome in requests(run, "two", during=during) if outcome == "ok"]
    return sum(one > two for one, two in pairwise(ends))


def lost(run: dict[str, Any], probe: str, *, during: bool) -> float:
    """The part of the pings that was lost."""
    found = requests(run, probe, during=during)
    assert len(found) > 10
    return sum(outcome != "ok" for _, _, outcome in found) / len(found)
