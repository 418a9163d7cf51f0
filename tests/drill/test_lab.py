"""Drills on real hosts: what is measured is what was done, and whatever becomes of the controller the hosts heal."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from runner.drill.finding import overall
from runner.lab.driver import PAUSED, RUNNING, Driver
from runner.record import dataclass
from tests.own_lab import own_lab

pytestmark = pytest.mark.lab

LAB = """\
name: drilltest
network: {subnet: 172.30.246.0/24}
variables: {drill_target: true}
hosts:
  one: {address: 172.30.246.11, variables: {address: 172.30.246.100}}
  two: {address: 172.30.246.12}
"""
DRILL = """\
name: trial
hosts: all
steady_state:
  - hosts: one
    tasks:
      - name: The page is there
        uri: {url: http://127.0.0.1/}
load:
  - {name: page, from: two, http: {url: "http://172.30.246.11/"}, timeout: 0.5}
observe: {address: "{{ address }}", units: [nginx]}
before: 2
after: 2
cooldown: 0
expect: {max_outage: 30, max_split_brain: 0}
cases:
  - name: frozen
    faults:
      - {hosts: one, for: 2, service: {name: nginx, action: freeze}}
  - name: cut
    faults:
      - {hosts: one, for: 2, cut: {from: everyone}}
  - name: both
    faults:
      - hosts: two
        for: 2
        command:
          # a daemon-reload must not put the undo off
          set: ip address add 172.30.246.100/24 dev eth0; sleep 1; systemctl daemon-reload
          undo: ip address delete 172.30.246.100/24 dev eth0 2>/dev/null || true
  - name: link
    faults:
      - {hosts: one, for: 2, link: {interface: eth0}}
  - name: long
    faults:
      - {hosts: one, for: 9, cut: {from: everyone}}
      - {hosts: one, for: 300, service: {name: nginx, action: freeze}}
  - name: outside
    faults:
      - {hosts: one, for: 300, machine: {action: pause}}
      - hosts: two
        for: 300
        tasks: [{name: A file is made, copy: {content: "{{ inventory_hostname }}", dest: /run/broken, mode: "0600"}}]
        undo_tasks: [{name: It is taken away, file: {path: /run/broken, state: absent}}]
  - name: powerless
    faults:
      - {hosts: one, for: 2, machine: {action: kill}}
"""


@dataclass
class Hosts:
    """A lab that is up, a drill file, and the inventory."""

    driver: Driver
    drill: Path
    inventory: Path

    def start(self, *words: str) -> "subprocess.Popen[str]":
        argv = [sys.executable, "-m", "runner", "drill", *words, "-i", str(self.inventory)]
        return subprocess.Popen(argv, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *words: str) -> tuple[int, str]:
        child = self.start(*words)
        out, err = child.communicate(timeout=240)
        return child.returncode, out + err

    def ask(self, host: str, command: str) -> str:
        """Run a command on a host, not by way of its network."""
        return self.driver.execute(host, ["sh", "-c", command]).out.strip()

    def left(self) -> str:
        """What drills have left on the hosts."""
        look = "ls -d /run/muster-drill; nft list tables | grep muster_drill; systemctl list-units --all --no-legend 'muster-drill*'"
        return "".join(self.ask(host, f"({look}) 2>/dev/null") for host in ("one", "two"))

    def nginx(self) -> str:
        """The state letter of nginx's main process."""
        return self.ask("one", "cut -d' ' -f3 /proc/$(systemctl show --value --property MainPID nginx)/stat")


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    place = tmp_path_factory.mktemp("drill")
    (place / "trial.yml").write_text(DRILL)
    # without a steady state, so that nothing but the lock keeps it away from a host
    (place / "plain.yml").write_text(re.sub(r"steady_state:.*?(?=load:)", "", DRILL, flags=re.DOTALL))
    with own_lab(LAB, place) as made:
        found = Hosts(made.driver, place / "trial.yml", made.folder.inventory)
        found.ask("one", "systemctl start nginx; ip address add 172.30.246.100/24 dev eth0")
        yield found


# Seconds by which what was looked at (20 times a second) may differ from what was.
NEAR = 0.2
TIMEOUT = 0.5


def verdict_of(case: dict[str, Any]) -> str:
    """The verdict of a case, less what was not known only because this machine had no time for an observer or the prober."""
    blind = re.compile("was not watched for|did not ask for|requests before anything was broken")
    findings = [each["verdict"] for each in case["findings"] if each["verdict"] != "unknown" or not blind.search(each["why"])]
    assert len(findings) >= 2
    return overall(findings)


def assert_felt(run: dict[str, Any], name: str) -> None:
    """An outage was felt while the fault was there, and until it was undone, whatever else a busy machine brought."""
    (broken,), page = run["broken"], run["probes"]["page"]
    assert broken["undone"] - broken["set"] >= 2 - NEAR
    until = [end for begin, end, _ in page["outages"] if begin < broken["undone"] and end > broken["set"]]
    assert until or page["blind"], name
    assert page["blind"] or max(until) >= broken["undone"] - TIMEOUT - NEAR, name


def test_what_is_measured_is_what_was_done(hosts: Hosts, tmp_path: Path) -> None:
    names = ("frozen", "cut", "both", "link")
    code, said = hosts.run(str(hosts.drill), "--report-dir", str(tmp_path), *(word for name in names for word in ("--case", name)))
    assert code == 1, said
    report = json.loads((tmp_path / "trial" / "report.json").read_text())
    cases = {case["name"]: case for case in report["cases"]}
    runs = {name: case["runs"][0] for name, case in cases.items()}
    for name in ("frozen", "cut", "link"):
        assert verdict_of(cases[name]) == "passed", said
        assert_felt(runs[name], name)
        assert runs[name]["split_brain"] == 0
    assert cases["both"]["verdict"] == "failed", said
    # another host had the address as well, not before that was done and until it was undone
    (broken,) = runs["both"]["broken"]
    split = [(begin, end) for begin, end, who in runs["both"]["holders"] if len(who.split()) > 1]
    assert split[0][0] >= broken["set"] - NEAR
    assert split[-1][1] >= broken["undone"] - NEAR
    assert runs["both"]["most_holders"] == 2
    assert any(state == "frozen" for _, _, state in runs["frozen"]["units"]["one"]["nginx"])
    suites = ElementTree.parse(tmp_path / "trial" / "report.xml").getroot()
    assert [suite.get("failures") for suite in suites] == ["0", "0", "1", "0"]
    assert "address on two" in (tmp_path / "trial" / "report.html").read_text()
    # what went on was told while it did
    for line in ("one holds 172.30.246.100", "one: freeze nginx on one: set", "one: nginx is frozen", "page: answers again after"):
        assert line in said
    assert hosts.left() == ""
    assert hosts.ask("one", "ip route show default") != ""


def wait_until(what: str, seconds: float, holds: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, what
        time.sleep(0.2)


def test_a_killed_controller_leaves_nothing_that_does_not_heal(hosts: Hosts) -> None:
    child = hosts.start(str(hosts.drill), "--case", "long")
    cut = "nft list tables | grep -c muster_drill_0"
    wait_until("the cut never came", 30, lambda: hosts.ask("one", cut) == "1" and hosts.nginx() == "T")
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert hosts.ask("one", cut) == "1"
    wait_until("the host did not undo the cut by itself", 15, lambda: hosts.ask("one", cut) == "0")
    # the freeze lasts longer: another drill is kept away, and `heal` ends it
    assert hosts.nginx() == "T"
    code, said = hosts.run(str(hosts.drill.with_name("plain.yml")), "--case", "both")
    assert code == 1
    assert "is taken by another drill" in said
    code, said = hosts.run("heal")
    assert code == 0, said
    assert "undone: undo-1" in said
    assert hosts.nginx() in ("S", "R")
    assert hosts.left() == ""


def test_what_only_others_can_undo_is_undone_when_the_controller_is_killed(hosts: Hosts) -> None:
    child = hosts.start(str(hosts.drill), "--case", "outside")
    file = "cat /run/broken 2>/dev/null"
    wait_until("nothing was broken", 40, lambda: hosts.driver.states()["one"].state == PAUSED and hosts.ask("two", file) == "two")
    child.send_signal(signal.SIGKILL)
    child.communicate()
    wait_until("the host stayed paused", 30, lambda: hosts.driver.states()["one"].state == RUNNING)
    wait_until("the tasks were not undone", 30, lambda: hosts.ask("two", file) == "")
    # without any guard there is `heal`, which also ends the lock of the dead one
    hosts.driver.kill("two")
    code, said = hosts.run("heal")
    assert code == 0, said
    assert "two: runs again" in said
    assert hosts.left() == ""


def test_a_host_without_power_comes_back_and_is_heard_again(hosts: Hosts, tmp_path: Path) -> None:
    hosts.ask("one", "systemctl enable nginx")
    code, said = hosts.run(str(hosts.drill), "--case", "powerless", "--report-dir", str(tmp_path))
    assert code in (0, 1, 3), said
    run = json.loads((tmp_path / "trial" / "report.json").read_text())["cases"][0]["runs"][0]
    assert [each for each in run["complaints"] if "out of reach" in each or "never" in each] == [], said
    (broken,) = run["broken"]
    assert broken["undone"] - broken["set"] >= 2 - NEAR
    # the order was carried out by then
    assert 0 < broken["took"] < broken["undone"] - broken["set"]
    assert run["outage"] > 1
    # the records from before outlast it; while it is off it holds nothing
    assert any(state == "active" for _, _, state in run["units"]["one"]["nginx"])
    # it had the address when it lost its power, and is seen not to have it from its start on
    assert run["holders"][0][2] == "one"
    assert not any("one" in who.split() for begin, _, who in run["holders"] if begin >= broken["undone"])
    assert "one: machine kill on one: undone" in said
    assert hosts.left() == ""
    assert hosts.ask("one", "ls /etc/systemd/system /etc/systemd/system/sysinit.target.wants | grep muster-drill") == ""
    assert hosts.ask("one", "ls -d /var/lib/muster-drill 2>/dev/null") == ""


def test_an_interrupted_drill_heals_before_it_ends(hosts: Hosts) -> None:
    # as a shell starts a job in the background
    kept = signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = hosts.start(str(hosts.drill), "--case", "long")
    signal.signal(signal.SIGINT, kept)
    wait_until("the freeze never came", 30, lambda: hosts.nginx() == "T")
    child.send_signal(signal.SIGTERM)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 99, said
    assert hosts.nginx() in ("S", "R")
    assert hosts.left() == ""
