"""The role keepalived on two hosts: multicast, version 2 with a password, sync groups, notify commands that fail or hang."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from runner.lab.driver import Driver
from tests.own_lab import own_lab

pytestmark = pytest.mark.lab

ROOT = Path(__file__).parents[2]
LAB = """\
name: vrrptest
network: {subnet: 172.30.245.0/24}
groups:
  balancers: {hosts: [one, two]}
hosts:
  one: {address: 172.30.245.11}
  two: {address: 172.30.245.12}
"""
# A second card with the default route, as the NAT card of a Vagrant machine: the members know each other by the other one.
PLAY = """\
- hosts: balancers
  gather_facts: false
  tasks:
    - name: A second card, with the default route, and one that an instance watches
      shell: |
        ip link show nat0 || {
          ip link add nat0 type veth peer name nat1
          ip link add watched0 type veth peer name watched1
          for each in nat0 nat1 watched0 watched1; do ip link set $each up; done
          ip address add 10.99.0.15/24 dev nat0
          ip route replace default via 10.99.0.2 dev nat0
        }
        printf '#!/bin/sh\\necho "$@" >> /run/notified\\nexit 1\\n' > /usr/local/sbin/fails
        printf '#!/bin/sh\\necho "$@" >> /run/notified\\nexec sleep 1000\\n' > /usr/local/sbin/hangs
        chmod 0755 /usr/local/sbin/fails /usr/local/sbin/hangs
      changed_when: false
- hosts: balancers
  gather_facts: false
  serial: 1
  order: reverse_inventory
  pre_tasks:
    - setup: {gather_subset: [min, network]}
  roles:
    - role: keepalived
      keepalived_script_user: root
      keepalived_instances:
        - name: outer
          virtual_router_id: 11
          addresses: [172.30.245.101/24]
          advert_int: 0.3
          unicast: false
          notify: /usr/local/sbin/fails
        - name: inner
          virtual_router_id: 12
          addresses: [172.30.245.102/24]
          advert_int: 0.3
          notify_master: /usr/local/sbin/hangs inner
          track_interfaces: [watched0]
        - {name: old, virtual_router_id: 13, addresses: [172.30.245.103/24], version: 2, password: eightchr, advert_int: 1}
        - {name: slow, virtual_router_id: 14, addresses: [172.30.245.104/24], advert_int: 0.3, preempt_delay: 8}
        - {name: moving, virtual_router_id: 15, addresses: [172.30.245.105/24], advert_int: 0.3, use_vmac: true}
      keepalived_sync_groups: [{name: both, instances: [outer, inner]}]
"""
OUTER, INNER, OLD, SLOW, MOVING = 101, 102, 103, 104, 105
ALL = (OUTER, INNER, OLD, SLOW, MOVING)


@dataclass(frozen=True)
class Members:
    """Two members on which the role has run."""

    driver: Driver
    play: Callable[..., str]

    def run(self, host: str, command: str) -> str:
        done = self.driver.execute(host, ["sh", "-c", command])
        assert done.ok, f"{host}: {command}: {done.err}"
        return str(done.out)

    def holders(self, last: int) -> list[str]:
        return [name for name in ("one", "two") if f" 172.30.245.{last}/" in self.run(name, "ip -o -4 address show")]

    def wait(self, wanted: dict[int, str], seconds: float = 30) -> None:
        """Wait until each address is on one member, this one."""
        until = time.monotonic() + seconds
        while (found := {last: self.holders(last) for last in wanted}) != {last: [name] for last, name in wanted.items()}:
            assert time.monotonic() < until, f"{found}, not {wanted}"
            time.sleep(0.2)


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Members]:
    place = tmp_path_factory.mktemp("vrrp")
    (place / "play.yml").write_text(PLAY)
    (place / "roles").symlink_to(ROOT / "roles")
    with own_lab(LAB, place) as made:

        def play(code: int = 0, *words: str) -> str:
            argv = [sys.executable, "-m", "runner", "play", "-i", str(made.folder.inventory), str(place / "play.yml"), *words]
            done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=300)
            assert done.returncode == code, done.stdout[-3000:] + done.stderr
            return done.stdout

        play()
        yield Members(made.driver, play)


def test_each_address_has_one_holder_and_a_second_run_changes_nothing(members: Members) -> None:
    members.wait(dict.fromkeys(ALL, "one"))
    assert re.findall(r"(?m)^(\w+) +: ok=\d+ +changed=(\d+)", members.play()) == [("one", "0"), ("two", "0")]
    members.wait(dict.fromkeys(ALL, "one"))


def test_the_interface_is_the_one_by_which_members_know_each_other(members: Members) -> None:
    assert "default via 10.99.0.2 dev nat0" in members.run("one", "ip route show")
    for name in ("one", "two"):
        assert set(re.findall(r"(?m)^ +interface (\S+)", members.run(name, "cat /etc/keepalived/keepalived.conf"))) == {"eth0"}
        assert "224.0.0.18" in members.run(name, "ip maddress show dev eth0")


def test_what_a_healed_split_and_a_moved_address_need_is_set(members: Members) -> None:
    """A master says again and again where the address is, and answers one of lower priority that was a master too."""
    wanted = {"master_refresh": 60, "lower_prio_repeat": 5, "master_delay": 5, "master_repeat": 5}
    for name in ("one", "two"):
        text = members.run(name, "cat /etc/keepalived/keepalived.conf")
        for each, value in wanted.items():
            assert f"vrrp_garp_{each} {value}\n" in text
        assert "vrrp_higher_prio_send_advert true\n" in text


def test_a_change_is_taken_by_a_reload_and_moves_no_address(members: Members) -> None:
    """The same daemons, before and after; the backup took it before the master."""
    look, said = "systemctl show -p MainPID --value keepalived", "journalctl -u keepalived --no-pager -o short-unix"
    before = [members.run(name, look) for name in ("one", "two")]
    elected = [members.run(name, f"{said} | grep -c 'Entering MASTER' || :") for name in ("one", "two")]
    members.play(0, "-e", "keepalived_garp_master_delay=4")
    assert [members.run(name, look) for name in ("one", "two")] == before
    assert [members.run(name, f"{said} | grep -c 'Entering MASTER' || :") for name in ("one", "two")] == elected
    master, backup = (float(members.run(name, f"{said} | grep 'eloading' | tail -1").split()[0]) for name in ("one", "two"))
    assert backup < master
    members.wait(dict.fromkeys(ALL, "one"))
    members.play()


def test_an_address_takes_its_own_mac_address_along(members: Members) -> None:
    """The MAC address of router 15 (RFC 9568, 7.3): a neighbour need not learn anything new."""
    learned = "ip neighbour flush to 172.30.245.105; ping -c 1 -W 2 172.30.245.105 > /dev/null; ip neighbour show 172.30.245.105"
    assert "172.30.245.105/24" in members.run("one", "ip -o -4 address show dev vrrp.15")
    assert "00:00:5e:00:01:0f" in members.run("two", learned)
    members.run("one", "systemctl stop keepalived")
    members.wait({MOVING: "two"})
    assert "00:00:5e:00:01:0f" in members.run("one", learned)
    members.run("one", "systemctl start keepalived")
    members.wait(dict.fromkeys((OUTER, INNER, OLD, MOVING), "one"))
    members.wait({SLOW: "one"})


def test_instances_of_a_group_move_together(members: Members) -> None:
    """Only the inner one sees the lost link, and both go; the others stay."""
    members.run("one", "ip link set watched0 down")
    try:
        members.wait({OUTER: "two", INNER: "two", OLD: "one", SLOW: "one", MOVING: "one"})
    finally:
        members.run("one", "ip link set watched0 up")
    members.wait(dict.fromkeys(ALL, "one"))


def test_a_notify_command_that_fails_or_hangs_makes_no_second_master(members: Members) -> None:
    members.run("two", "rm -f /run/notified")
    members.driver.pause("one")
    try:
        until = time.monotonic() + 30
        while not all(f" 172.30.245.{last}/" in members.run("two", "ip -o -4 address show") for last in ALL):
            assert time.monotonic() < until
            time.sleep(0.2)
    finally:
        members.driver.unpause("one")
    # The returned member was frozen with the addresses: it gives them up or takes them over, and never are both masters for long.
    members.wait({OUTER: "one", INNER: "one", OLD: "one"})
    told = members.run("two", "cat /run/notified")
    assert re.search(r"(?m)^INSTANCE outer MASTER \d+$", told), told
    assert "inner" in told
    assert members.run("two", "systemctl is-active keepalived").strip() == "active"
    assert "sleep" in members.run("two", "ps -C sleep -o comm= || true")


def test_a_returning_member_waits_for_its_delay(members: Members) -> None:
    members.run("one", "systemctl stop keepalived")
    members.wait(dict.fromkeys(ALL, "two"))
    members.run("one", "systemctl start keepalived")
    members.wait({OUTER: "one", INNER: "one", OLD: "one"})
    assert members.holders(SLOW) == ["two"]
    members.wait({SLOW: "one"}, 30)


def test_a_password_that_differs_is_not_followed_and_the_gate_sees_two_masters(members: Members) -> None:
    change = "sed -i 's/auth_pass {}/auth_pass {}/' /etc/keepalived/keepalived.conf && systemctl reload keepalived"
    members.run("one", change.format("eightchr", "another1"))
    heard = "journalctl -u keepalived --no-pager -o cat | grep -c 'invalid passw' || true"
    until = time.monotonic() + 30
    while members.run("two", heard).strip() == "0" or members.holders(OLD) != ["one", "two"]:
        assert time.monotonic() < until, members.run("two", "journalctl -u keepalived --no-pager -o cat | tail -20")
        time.sleep(0.5)
    assert "172.30.245.103 is on 2 members (one, two) instead of one." in members.play(2)
    members.run("one", change.format("another1", "eightchr"))
    members.wait({OLD: "one"})


def test_a_killed_daemon_leaves_no_address_behind(members: Members) -> None:
    members.run("one", "systemctl kill --signal KILL keepalived")
    until = time.monotonic() + 20
    while (held := {last: members.holders(last) for last in ALL}) != {last: ["two"] for last in ALL}:
        # It may be back already, as the unit starts it again.
        if all(len(names) == 1 for names in held.values()):
            break
        assert time.monotonic() < until, held
        time.sleep(0.2)
    members.wait({OUTER: "one", INNER: "one", OLD: "one"})


NEW = {"name": "outer", "virtual_router_id": 11, "addresses": ["172.30.245.101/24"], "advert_int": 0.3, "unicast": False}
ALONE = {"keepalived_sync_groups": []}


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({**ALONE, "keepalived_instances": [{**NEW, "addresses": ["10.9.9.9/24"]}]}, "10.9.9.9/24 is no host's address of a network that"),
        ({**ALONE, "keepalived_instances": [{**NEW, "interface": "eth9"}]}, "has no interface eth9"),
        ({**ALONE, "keepalived_instances": [{**NEW, "notify": "/sbin/none x"}]}, "/sbin/none: there is no such program"),
        ({"keepalived_daemon_options": "--nonsense"}, "nonsense"),
    ],
)
def test_what_cannot_be_is_told_and_the_old_configuration_runs_on(members: Members, given: dict[str, object], complaint: str) -> None:
    files = "/etc/keepalived/keepalived.conf /etc/default/keepalived /etc/systemd/system/keepalived.service.d/*"
    look = f"cat {files}; systemctl show -p MainPID keepalived"
    before = [members.run(name, look) for name in ("one", "two")]
    assert complaint in " ".join(members.play(2, "-e", json.dumps(given)).split())
    assert [members.run(name, look) for name in ("one", "two")] == before
