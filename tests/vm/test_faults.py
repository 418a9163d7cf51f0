"""Faults that containers of this machine cannot have, or have otherwise: traffic by netem, a wrong clock, machines that are lost.

What a fault says of itself is not believed: pings, pages and clocks are looked at from outside, while it lasts and afterwards.
"""

import signal
import statistics
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from runner.lab.driver import PAUSED, RUNNING, STOPPED
from tests.vm.conftest import machine_of
from tests.vm.fault_site import LAB, LOOK, NAME, NET, Site, drill_of, lost, overtaken, requests, trips, wait_until

pytestmark = [pytest.mark.vm, pytest.mark.slow]

PROBES = [
    {"name": "two", "from": "one", "icmp": {"host": f"{NET}.12"}, "rate": 10, "timeout": 2},
    {"name": "large", "from": "one", "icmp": {"host": f"{NET}.12", "size": 1400}, "rate": 4, "timeout": 2},
    {"name": "gateway", "from": "one", "icmp": {"host": f"{NET}.1"}, "rate": 10, "timeout": 2},
]
SHAPES: dict[str, dict[str, Any]] = {
    "delayed": {"delay": 0.2},
    "jittered": {"delay": 0.2, "jitter": 0.1},
    "lossy": {"loss": 40},
    "reordered": {"delay": 0.25, "reorder": 50},
    "doubled": {"duplicate": 50},
    "damaged": {"corrupt": 60},
    "slow": {"to": "two", "rate": "100kbit"},
    "one-peer": {"to": "two", "delay": 0.3},
}
LASTS = 6.0
# What an emulated processor may be late by, in seconds; twice the ordinary is not rare.
LATE = 0.1
BY = 3600
LOST = {"pause": "pause", "power-off": "power_off", "no-power": "kill", "panic": "panic"}

TRAFFIC = drill_of(
    "traffic",
    "all",
    {
        **{name: {"hosts": "one", "for": LASTS, "traffic": {"interface": "eth0", **shape}} for name, shape in SHAPES.items()},
        "for-long": {"hosts": "one", "for": 300, "traffic": {"interface": "eth0", "delay": 0.2}},
    },
    PROBES,
    4,
)
CLOCK = drill_of(
    "clock",
    "machine",
    {name: {"hosts": "machine", "for": seconds, "clock": {"by": BY}} for name, seconds in (("ahead", 20), ("for-long", 25))},
    [],
    5,
)
MACHINES = drill_of(
    "machines",
    "all",
    {
        **{name: {"hosts": "two", "for": 12, "machine": {"action": action}} for name, action in LOST.items()},
        "for-long": {"hosts": "two", "for": 300, "machine": {"action": "panic"}},
    },
    [
        {"name": "ping", "from": "one", "icmp": {"host": f"{NET}.12"}, "rate": 5, "timeout": 1},
        {"name": "page", "from": "one", "http": {"url": f"http://{NET}.12/"}, "rate": 2, "timeout": 2},
    ],
    35,
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with machine_of(LAB, NAME) as made:
        found = Site(made, tmp_path_factory.mktemp("faults"))
        # of a lab that was kept, and tests that were ended
        found.run("heal")
        yield found


@pytest.fixture(scope="module")
def machine(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The machine itself in an inventory of its own: the hosts in it are containers, whose clock is its."""
    made = Site(site.virtual, tmp_path_factory.mktemp("machine"))
    folder = site.virtual.folder
    known = f"-o UserKnownHostsFile={folder.path / 'machine_known_hosts'} -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes"
    reach = {
        "ansible_host": f"{NET}.254",
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(folder.key),
        "ansible_ssh_common_args": known,
        "ansible_timeout": 60,
        "drill_target": True,
    }
    made.inventory.write_text(yaml.safe_dump({"all": {"hosts": {"machine": reach}}}, width=1000))
    return made


@pytest.fixture(scope="module")
def shaped(site: Site) -> dict[str, dict[str, Any]]:
    assert site.left("one") == ""
    return site.drilled(TRAFFIC, *SHAPES)


def added(run: dict[str, Any], probe: str = "two") -> float:
    """By how much the median ping is slower while the fault lasts, in seconds."""
    return statistics.median(trips(run, probe, during=True)) - statistics.median(trips(run, probe, during=False))


def test_traffic_is_as_before_when_a_fault_is_over(shaped: dict[str, dict[str, Any]], site: Site) -> None:
    for name, run in shaped.items():
        assert lost(run, "two", during=False) < 0.05, name
        assert statistics.median(trips(run, "two", during=False)) < LATE, name
        (broken,) = run["broken"]
        assert LASTS - 1 < broken["undone"] - broken["set"] < LASTS + 2, name
    assert site.left("one") == ""
    assert "netem" not in site.virtual.run("one", "tc qdisc show")


def test_delay_and_jitter(shaped: dict[str, dict[str, Any]]) -> None:
    assert 0.2 - LATE / 4 < added(shaped["delayed"]) < 0.2 + LATE
    usual = statistics.median(trips(shaped["jittered"], "two", during=False))
    times = [each - usual for each in trips(shaped["jittered"], "two", during=True)]
    # evenly from 0.1 to 0.3 s, plus what the machine is late
    assert 0.09 < times[0] < 0.15
    assert times[-1] > 0.25
    assert 0.2 - LATE / 2 < statistics.median(times) < 0.2 + LATE


def test_loss_and_damage(shaped: dict[str, dict[str, Any]]) -> None:
    # 40 % of about 40: three standard deviations are 24 %
    assert 0.15 < lost(shaped["lossy"], "two", during=True) < 0.65
    # a wrong bit in a source address of Ethernet is noticed by nobody
    assert 0.25 < lost(shaped["damaged"], "two", during=True) < 0.85


def test_reorder_sends_some_at_once(shaped: dict[str, dict[str, Any]]) -> None:
    run = shaped["reordered"]
    times = trips(run, "two", during=True)
    soon = sum(each < 0.125 for each in times) / len(times)
    assert 0.25 < soon < 0.75
    assert overtaken(run, during=True) > 5
    assert overtaken(run, during=False) < 3


def test_duplicates_are_counted(shaped: dict[str, dict[str, Any]]) -> None:
    run = shaped["doubled"]
    (broken,) = run["broken"]
    twice = run["probes"]["two"]["duplicates"]
    assert 0.25 * 10 * LASTS < len(twice) < 0.75 * 10 * LASTS
    assert all(broken["set"] - 0.1 < when < broken["undone"] + 2 for when in twice)


def test_bandwidth_is_felt_by_large_packets_and_only_towards_the_peer(shaped: dict[str, dict[str, Any]]) -> None:
    run = shaped["slow"]
    # 1,442 bytes at 100 kbit a second are 115 ms
    assert 0.09 < added(run, "large") < 0.115 + LATE
    assert added(run, "two") < LATE
    for name in ("slow", "one-peer"):
        assert abs(added(shaped[name], "gateway")) < LATE / 2, name
    assert 0.3 - LATE / 4 < added(shaped["one-peer"]) < 0.3 + LATE


def test_traffic_of_a_killed_controller_is_healed(site: Site) -> None:
    child = site.start(str(site.file(TRAFFIC)), "--case", "for-long")
    wait_until("no packet was delayed", 90, site.netem)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert site.pinged() > 0.18
    code, said = site.run("heal")
    assert code == 0, said
    assert "one: undone: undo-0" in said
    assert not site.netem()
    assert site.pinged() < LATE
    assert site.left("one") == ""
    assert site.left("two") == ""


def test_a_clock_is_wrong_and_right_again(machine: Site) -> None:
    """chrony stands for what would put it right: it is stopped meanwhile."""
    unit = "[Service]\nExecStart=/bin/sleep infinity\n"
    machine.virtual.driver.on_machine(["tee", "/run/systemd/system/chrony.service"], stdin=unit)
    machine.virtual.driver.on_machine(["systemctl", "start", "chrony"])
    before = machine.ahead()
    child = machine.start(str(machine.file(CLOCK)), "--case", "ahead")
    try:
        wait_until("the clock was never wrong", 90, lambda: machine.ahead() > before + BY / 2)
        assert abs(machine.ahead() - before - BY) < 2
        assert machine.virtual.driver.on_machine(["systemctl", "is-active", "chrony"]).out.strip() != "active"
    finally:
        said, _ = child.communicate(timeout=120)
    assert child.returncode == 0, said
    assert abs(machine.ahead() - before) < 1
    assert machine.virtual.driver.on_machine(["systemctl", "is-active", "chrony"]).out.strip() == "active"


def test_the_clock_of_a_killed_controller_comes_right_by_itself(machine: Site) -> None:
    before = machine.ahead()
    child = machine.start(str(machine.file(CLOCK)), "--case", "for-long")
    wait_until("the clock was never wrong", 90, lambda: machine.ahead() > before + BY / 2)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    wait_until("the clock stayed wrong", 60, lambda: abs(machine.ahead() - before) < 1)
    code, said = machine.run("heal")
    assert code == 0, said
    assert machine.virtual.driver.on_machine(["sh", "-c", LOOK]).out.strip() == ""


def test_a_clock_of_containers_is_refused(site: Site) -> None:
    drill = {**CLOCK, "name": "clock-of-a-container", "hosts": "two"}
    drill["cases"] = [{"name": "ahead", "faults": [{"hosts": "two", "for": 5, "clock": {"by": BY}}]}]
    code, said = site.run(str(site.file(drill)))
    assert code == 1
    assert "its clock is that of its machine" in said
    assert site.left("two") == ""


@pytest.fixture(scope="module")
def machines(site: Site) -> dict[str, dict[str, Any]]:
    site.virtual.run("two", "systemctl enable --now nginx")
    return site.drilled(MACHINES, *LOST)


@pytest.mark.parametrize("name", LOST)
def test_a_lost_machine_is_felt_until_it_is_back(machines: dict[str, dict[str, Any]], name: str) -> None:
    run = machines[name]
    (broken,) = run["broken"]
    assert 11 < broken["undone"] - broken["set"] < 20
    silent = [each for each in run["probes"]["page"]["outages"] if each[0] < broken["undone"] and each[1] > broken["set"]]
    assert silent
    # `set` is when the machine was asked to
    assert silent[0][0] < broken["set"] + broken["took"] + 1
    assert silent[-1][1] > broken["undone"] - 2.5
    # and nginx answers again before the records end
    assert silent[-1][1] < run["end"] - 1
    pings = [outcome for sent, _, outcome in requests(run, "ping", during=True) if sent > broken["set"] + broken["took"]]
    part = sum(outcome == "ok" for outcome in pings) / len(pings)
    # the kernel of a paused host answers; it is the machine's
    assert part > 0.9 if name == "pause" else part == 0


def test_machines_run_again_and_nothing_is_left(machines: dict[str, dict[str, Any]], site: Site) -> None:
    assert site.virtual.driver.states()["two"].state == RUNNING
    assert site.virtual.run("two", "systemctl is-active nginx").strip() == "active"
    assert site.left("one") == ""
    assert site.left("two") == ""
    early = "ls /etc/systemd/system /etc/systemd/system/sysinit.target.wants | grep muster-drill || true"
    assert site.virtual.run("two", early).strip() == ""


def test_a_machine_of_a_killed_controller_is_switched_on_again(site: Site) -> None:
    child = site.start(str(site.file(MACHINES)), "--case", "for-long")
    wait_until("the machine was never lost", 120, lambda: site.virtual.driver.states()["two"].state == STOPPED)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    wait_until("the machine stayed off", 200, lambda: site.virtual.driver.states()["two"].state == RUNNING)
    wait_until("its page stayed away", 120, lambda: "nginx" in site.virtual.run("one", f"curl -s -m 5 http://{NET}.12/ || true"))
    site.virtual.driver.pause("two")
    assert site.virtual.driver.states()["two"].state == PAUSED
    code, said = site.run("heal")
    assert code == 0, said
    assert "two: runs again" in said
    assert site.virtual.driver.states()["two"].state == RUNNING
    assert site.left("one") == ""
    assert site.left("two") == ""
