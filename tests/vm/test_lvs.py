"""The role lvs on a kernel that has IPVS: every forwarding method and scheduler, failures, persistence, failover, and who answers ARP.

The tests build on each other in the order of the file: first the example inventory, then other services in its place, then the tear-down.
"""

import json
import re
import time
from pathlib import Path

import pytest

from tests.vm.conftest import SUBNET, Virtual

pytestmark = [pytest.mark.vm, pytest.mark.slow]

BY_NAT, BY_DR, BY_TUN = 101, 102, 103
REAL = {"real1": "21", "real2": "22", "real3": "23"}
# interval + timeout + retries * (retry_delay + timeout): with the defaults of a check, and with what the inventory says of the third.
BOUND = 2 + 2 + 1 * (1 + 2)
BOUNDS = {BY_NAT: BOUND, BY_DR: BOUND, BY_TUN: 5 + 10 + 1 * (1 + 10)}
# What the emulated machine itself needs to look at its table once.
SLACK = 10

SH, MH, LC, WLC, PERSISTENT, QUORUM = 111, 112, 113, 114, 115, 116
QUIET = {"type": "tcp", "interval": 5}
SCHEDULERS = [
    {"name": "sh", "address": f"{SUBNET}.{SH}", "port": 80, "group": "lvs_real", "method": "dr", "scheduler": "sh", "check": QUIET},
    {
        "name": "mh", "address": f"{SUBNET}.{MH}", "port": 80, "group": "lvs_real", "method": "dr", "scheduler": "mh",
        "scheduler_flags": ["mh-port"], "check": QUIET,
    },
    {"name": "lc", "address": f"{SUBNET}.{LC}", "port": 80, "group": "lvs_real", "method": "dr", "scheduler": "lc", "check": QUIET},
    {
        "name": "wlc", "address": f"{SUBNET}.{WLC}", "port": 80, "group": "lvs_real", "method": "dr", "scheduler": "wlc",
        "weights": {"real1": 4, "real2": 1, "real3": 1}, "check": QUIET,
    },
    {
        "name": "persistent", "address": f"{SUBNET}.{PERSISTENT}", "port": 80, "group": "lvs_real", "method": "dr", "scheduler": "rr",
        "persistence": 300, "check": QUIET,
    },
    {
        "name": "quorum", "address": f"{SUBNET}.{QUORUM}", "port": 80, "group": "lvs_real", "method": "dr", "scheduler": "rr",
        "quorum": 2, "sorry_server": {"address": "127.0.0.1"}, "check": {"type": "http", "path": "/healthz"},
    },
]  # fmt: skip

WHO_HAS = """python3 - <<'PROGRAM'
import socket, struct, time
interface, wanted = "eth0", "ADDRESS"
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
link.bind((interface, 0x0806))
link.settimeout(0.5)
own = link.getsockname()[4]
ask = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, own, socket.inet_aton("OWN"), bytes(6), socket.inet_aton(wanted))
seen = set()
for _ in range(3):
    link.send(b"\\xff" * 6 + own + b"\\x08\\x06" + ask)
    until = time.monotonic() + 2
    while time.monotonic() < until:
        try:
            frame = link.recv(100)
        except socket.timeout:
            continue
        if frame[20:22] == b"\\x00\\x02" and frame[28:32] == socket.inet_aton(wanted):
            seen.add(frame[22:28].hex(":"))
print(*sorted(seen))
PROGRAM
"""
# One connection, a request each second; a line for each answer, a word when the connection ends.
STAYS = """cat > /root/stays.py <<'PROGRAM'
import http.client, time
link = http.client.HTTPConnection("ADDRESS", 80, timeout=60)
link.connect()
mine = link.sock
for _ in range(600):
    link.request("GET", "/")
    answer = link.getresponse()
    answer.read()
    print(answer.getheader("X-Served-By"), flush=True)
    if link.sock is not mine:
        print("closed", flush=True)
        break
    time.sleep(1)
PROGRAM
systemctl stop stays 2>/dev/null; systemctl reset-failed stays 2>/dev/null
rm -f /root/stays.log
systemd-run --quiet --unit stays sh -c 'exec python3 /root/stays.py > /root/stays.log 2>&1'
"""


def asked(virtual: Virtual, last: int) -> list[str]:
    """Return the MAC addresses that answer for an address when a third host asks."""
    return virtual.run("client", WHO_HAS.replace("ADDRESS", virtual.address(last)).replace("OWN", virtual.address(31))).split()


def mac(virtual: Virtual, host: str) -> str:
    return virtual.run(host, "cat /sys/class/net/eth0/address").strip()


def in_the_table(virtual: Virtual, director: str, last: int) -> None:
    virtual.seconds_until(director, last, set(REAL.values()), 60)


def test_a_dry_run_on_fresh_hosts_foretells_and_changes_nothing(virtual: Virtual) -> None:
    played = virtual.play("playbooks/lvs.yml", "--check")
    assert played.code == 0, played.out[-3000:]
    assert sorted(played.changed()) == ["dir1", "dir2", *REAL]
    assert virtual.run("dir1", "ls /etc/sysctl.d /etc/keepalived").count("lvs") == 0
    virtual.run("real1", "test ! -e /usr/local/sbin/lvs-real")


def test_the_playbook_runs_and_a_second_run_changes_nothing(virtual: Virtual) -> None:
    played = virtual.play("playbooks/lvs.yml")
    assert played.code == 0, played.out[-3000:]
    again = virtual.play("playbooks/lvs.yml")
    assert again.code == 0, again.out[-3000:]
    assert sorted(again.hosts()) == ["dir1", "dir2", *REAL]
    assert again.changed() == []


def test_the_verification_that_ships_finds_all_well(virtual: Virtual) -> None:
    verified = virtual.muster("verify", "playbooks/verify/lvs")
    assert verified.code == 0, verified.out[-3000:] + verified.err[-1000:]
    assert "passed" in verified.out
    assert " failed" not in verified.out


def test_the_addresses_are_on_the_first_director_alone(virtual: Virtual) -> None:
    """Which waits for them, as it hears of connections and real servers first."""
    until = time.monotonic() + 120
    while virtual.holder(BY_NAT) != ["dir1"]:
        assert time.monotonic() < until
        time.sleep(1)
    for last in (BY_NAT, BY_DR, BY_TUN):
        assert virtual.holder(last) == ["dir1"]


@pytest.mark.parametrize(
    ("last", "word", "share"),
    [(BY_NAT, "Masq", (10, 10, 10)), (BY_DR, "Route", (15, 10, 5)), (BY_TUN, "Tunnel", (10, 10, 10))],
    ids=["nat", "dr", "tun"],
)
def test_each_method_reaches_the_back_ends_in_proportion(virtual: Virtual, last: int, word: str, share: tuple[int, ...]) -> None:
    in_the_table(virtual, "dir1", last)
    assert virtual.run("dir1", f"ipvsadm -Ln -t {virtual.address(last)}:80").count(f" {word} ") == 3
    assert virtual.servers(last, 30) == dict(zip(REAL, share))


def counters(virtual: Virtual, last: int, connections: int) -> bool:
    """Whether packets of so many connections came back through the director. The kernel adds its counters up every two seconds."""
    until = time.monotonic() + 30
    while True:
        shown = virtual.run("dir1", f"ipvsadm -Ln --stats --exact -t {virtual.address(last)}:80")
        row = re.search(r"(?m)^TCP +\S+ +(\d+) +(\d+) +(\d+)", shown)
        assert row, shown
        if int(row[1]) == connections:
            return int(row[3]) > 0
        assert time.monotonic() < until, shown
        time.sleep(1)


def test_methods_are_what_they_say(virtual: Virtual) -> None:
    """Replies of nat pass the director, those of dr and tun do not; tunnelled packets come out of the tunnel."""
    before = int(virtual.run("real1", "cat /sys/class/net/tunl0/statistics/rx_packets"))
    virtual.servers(BY_TUN, 3)
    assert int(virtual.run("real1", "cat /sys/class/net/tunl0/statistics/rx_packets")) > before
    for last, passes in ((BY_NAT, True), (BY_DR, False), (BY_TUN, False)):
        virtual.run("dir1", f"ipvsadm -Z -t {virtual.address(last)}:80")
        virtual.servers(last, 3)
        assert counters(virtual, last, 3) == passes


def test_only_the_director_answers_for_an_address(virtual: Virtual) -> None:
    for last in (BY_NAT, BY_DR, BY_TUN):
        assert asked(virtual, last) == [mac(virtual, "dir1")]


def test_without_its_settings_a_real_server_would_answer_too(virtual: Virtual) -> None:
    """The test above can fail: this is what it sees when the role's settings are missing."""
    virtual.run("real2", "sysctl -q -w net.ipv4.conf.all.arp_ignore=0 net.ipv4.conf.lo.arp_ignore=0")
    try:
        assert asked(virtual, BY_DR) == sorted([mac(virtual, "dir1"), mac(virtual, "real2")])
    finally:
        virtual.run("real2", "sysctl -q -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.lo.arp_ignore=1")


def test_settings_come_before_the_address_and_survive_a_boot(virtual: Virtual) -> None:
    virtual.driver.power_off("real3")
    virtual.driver.start("real3")
    until = time.monotonic() + 300
    while virtual.driver.execute("real3", ["systemctl", "is-active", "lvs-real", "nginx"]).out.split() != ["active", "active"]:
        assert time.monotonic() < until
        time.sleep(2)
    assert virtual.run("real3", "sysctl -n net.ipv4.conf.all.arp_ignore net.ipv4.conf.all.arp_announce").split() == ["1", "2"]
    shown = virtual.run("real3", "ip -o -4 address show")
    assert f" {virtual.address(BY_DR)}/32" in shown
    assert f" {virtual.address(BY_TUN)}/32" in shown
    assert virtual.run("real3", "ip rule show").count("sport 80") == 1
    in_the_table(virtual, "dir1", BY_DR)


@pytest.mark.parametrize("last", [BY_NAT, BY_DR, BY_TUN], ids=["http", "tcp", "misc"])
def test_a_dead_real_server_leaves_within_its_bound_and_returns(virtual: Virtual, last: int) -> None:
    in_the_table(virtual, "dir1", last)
    virtual.run("real1", "systemctl stop nginx")
    try:
        virtual.seconds_until("dir1", last, {"22", "23"}, BOUNDS[last] + SLACK)
        answered = virtual.servers(last, 6)
        assert sum(answered.values()) == 6
        assert "real1" not in answered
    finally:
        virtual.run("real1", "systemctl start nginx")
    virtual.seconds_until("dir1", last, set(REAL.values()), BOUNDS[last] + SLACK)


def test_a_frozen_real_server_fails_the_check_that_asks_it_something(virtual: Virtual) -> None:
    """Its kernel still takes connections, so that a check that only connects finds nothing; the HTTP check does."""
    virtual.run("real1", "systemctl kill --signal STOP nginx")
    try:
        virtual.seconds_until("dir1", BY_NAT, {"22", "23"}, BOUND + SLACK)
        assert set(virtual.table("dir1", BY_DR)) == set(REAL.values())
    finally:
        virtual.run("real1", "systemctl kill --signal CONT nginx")
    virtual.seconds_until("dir1", BY_NAT, set(REAL.values()), BOUND + SLACK)


@pytest.mark.parametrize("last", [BY_DR, BY_NAT], ids=["dr", "nat"])
def test_a_standing_connection_survives_the_director(virtual: Virtual, last: int) -> None:
    active = virtual.holder(last)
    assert len(active) == 1
    other = "dir2" if active == ["dir1"] else "dir1"
    in_the_table(virtual, other, last)
    virtual.run("client", STAYS.replace("ADDRESS", virtual.address(last)))
    until = time.monotonic() + 120
    while f"{virtual.address(last)}:80" not in virtual.run(other, "ipvsadm -Lcn | grep ESTABLISHED || true"):
        assert time.monotonic() < until, virtual.run(other, "ipvsadm -Lcn; ipvsadm -L --daemon")
        time.sleep(1)
    virtual.driver.panic(active[0])
    try:
        until = time.monotonic() + 60
        while not virtual.holds(other, last):
            assert time.monotonic() < until
            time.sleep(0.5)
        answers = len(virtual.run("client", "cat /root/stays.log").split())
        until = time.monotonic() + 120
        while len(virtual.run("client", "cat /root/stays.log").split()) < answers + 5:
            assert time.monotonic() < until, virtual.run("client", "cat /root/stays.log")
            time.sleep(1)
        said = virtual.run("client", "cat /root/stays.log").split()
        assert len(set(said)) == 1, said
        assert said[0] in REAL
    finally:
        virtual.run("client", "systemctl stop stays || true")
        virtual.driver.start(active[0])
    until = time.monotonic() + 300
    while virtual.holder(last) != ["dir1"]:
        assert time.monotonic() < until
        time.sleep(2)


def test_other_services_take_the_place_of_these(virtual: Virtual, tmp_path: Path) -> None:
    given = tmp_path / "services.json"
    given.write_text(json.dumps({"lvs_services": SCHEDULERS}))
    played = virtual.play("playbooks/lvs.yml", "-e", f"@{given}")
    assert played.code == 0, played.out[-3000:]
    shown = virtual.run("real1", "ip -o -4 address show; ip rule show")
    assert re.findall(rf" lo +inet {re.escape(SUBNET)}\.(\d+)/32", shown) == [str(row["address"]).rpartition(".")[2] for row in SCHEDULERS]
    assert "tunl0" not in shown
    assert "sport" not in shown
    assert set(re.findall(r"(?m)^TCP +\S+\.(\d+):80", virtual.run("dir1", "ipvsadm -Ln"))) == {"111", "112", "113", "114", "115", "116"}


def test_sh_and_persistence_send_a_client_to_one_server(virtual: Virtual) -> None:
    for last in (SH, PERSISTENT):
        in_the_table(virtual, "dir1", last)
        answered = virtual.servers(last, 8)
        assert list(answered.values()) == [8], answered


def test_mh_and_lc_spread_and_wlc_follows_the_weights(virtual: Virtual) -> None:
    for last in (MH, LC, WLC):
        in_the_table(virtual, "dir1", last)
    assert len(virtual.servers(MH, 30)) > 1
    # Ended connections count a little: the least loaded server is always the one that was asked least.
    assert set(virtual.servers(LC, 12).values()) == {4}
    answered = virtual.servers(WLC, 30)
    assert answered["real1"] >= 18, answered
    assert set(answered) == set(REAL)


def test_below_the_quorum_the_sorry_server_answers(virtual: Virtual) -> None:
    in_the_table(virtual, "dir1", QUORUM)
    virtual.run("dir1", "systemctl start nginx")
    url = f"http://{virtual.address(QUORUM)}/"
    try:
        for host in ("real1", "real2"):
            virtual.run(host, "systemctl stop nginx")
        until = time.monotonic() + 2 * BOUND + SLACK
        while "Welcome to nginx" not in virtual.run("client", f"curl -s -m 5 {url} || true"):
            assert time.monotonic() < until, virtual.run("dir1", "ipvsadm -Ln")
            time.sleep(1)
        virtual.run("real1", "systemctl start nginx")
        until = time.monotonic() + 2 * BOUND + SLACK
        while set(virtual.servers(QUORUM, 2)) != {"real1", "real3"}:
            assert time.monotonic() < until, virtual.run("dir1", "ipvsadm -Ln")
    finally:
        for host in ("real1", "real2"):
            virtual.run(host, "systemctl start nginx")
        virtual.run("dir1", "systemctl stop nginx")


def test_a_bad_configuration_is_refused_and_the_old_one_serves(virtual: Virtual, tmp_path: Path) -> None:
    before = virtual.run("dir1", "sha256sum /etc/keepalived/keepalived.conf; systemctl show keepalived --property MainPID")
    given = tmp_path / "services.json"
    given.write_text(json.dumps({"lvs_services": [{**SCHEDULERS[0], "quorum_up": 'a" }'}]}))
    played = virtual.play("playbooks/lvs.yml", "--limit", "lvs_directors", "-e", f"@{given}")
    assert played.code != 0
    assert "keepalived is configured" in played.out
    assert virtual.run("dir1", "sha256sum /etc/keepalived/keepalived.conf; systemctl show keepalived --property MainPID") == before
    assert virtual.servers(SH, 1)


def test_the_tear_down_takes_all_back(virtual: Virtual, tmp_path: Path) -> None:
    given = tmp_path / "services.json"
    given.write_text(json.dumps({"lvs_services": SCHEDULERS}))
    playbook = tmp_path / "down.yml"
    playbook.write_text(
        "- hosts: lvs_directors:lvs_real\n  gather_facts: false\n  tasks:\n"
        "    - setup: {gather_subset: [min, network]}\n"
        "    - include_role: {name: lvs, tasks_from: reset}\n"
    )
    (tmp_path / "roles").symlink_to(Path(__file__).parents[2] / "roles")
    played = virtual.play(str(playbook), "-e", f"@{given}")
    assert played.code == 0, played.out[-3000:]
    shown = virtual.run("real1", "ip -o -4 address show; ip rule show")
    assert re.findall(rf"inet {re.escape(SUBNET)}\.(\d+)/|from {re.escape(SUBNET)}", shown) == ["21"]
    assert virtual.run("real1", "sysctl -n net.ipv4.conf.all.arp_ignore net.ipv4.conf.all.arp_announce").split() == ["0", "0"]
    virtual.run("real1", "test ! -e /etc/lvs-real.conf && test ! -e /etc/systemd/system/lvs-real.service")
    assert "->" not in virtual.run("dir1", "ipvsadm -Ln | grep -v RemoteAddress || true")
    assert virtual.holder(SH) == []
