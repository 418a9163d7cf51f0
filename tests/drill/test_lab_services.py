"""A drill on real hosts whose services are heard: keepalived's states, who noticed a fault, pings; and faults at their offsets."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from runner.lab.driver import Driver
from tests.drill.running import drill
from tests.own_lab import own_lab

pytestmark = pytest.mark.lab

LAB = """\
name: drillheard
network: {subnet: 172.30.245.0/24}
variables: {drill_target: true}
groups: {pair: {hosts: [one, two]}}
hosts:
  one: {address: 172.30.245.11}
  two: {address: 172.30.245.12}
  three: {address: 172.30.245.13}
"""
KEEPALIVED = """\
vrrp_instance front {
    state BACKUP
    version 3
    interface eth0
    virtual_router_id 7
    priority %d
    advert_int 1
    unicast_src_ip 172.30.245.%d
    unicast_peer {
        172.30.245.%d
    }
    virtual_ipaddress {
        172.30.245.100/24
    }
}
"""
DRILL = """\
name: heard
hosts: pair
load:
  - {name: ping, from: three, icmp: {host: 172.30.245.100}, rate: 20, timeout: 2}
  - {name: name, from: three, dns: {name: a.example, server: 172.30.245.12, answer: 10.0.0.1}, rate: 10, timeout: 2}
observe: {address: 172.30.245.100, units: [keepalived], keepalived: {}}
before: 2
after: 4
cooldown: 0
cases:
  - name: stopped
    faults:
      - {hosts: pair, where: "ip -o address show | grep -qF 172.30.245.100/", for: 3, service: {name: keepalived, action: stop}}
    expect: {max_outage: 15, max_detect: 15, max_two_masters: 15, max_no_master: 15, masters_at_end: 1, max_take_over: 15}
  - name: ordered
    faults:
      - {hosts: one, for: 4, command: {set: touch /run/first, undo: rm -f /run/first}}
      - {hosts: two, at: 1, for: 2, command: {set: touch /run/beside, undo: rm -f /run/beside}}
      - {hosts: one, at: 1.5, for: 2, command: {set: touch /run/within, undo: rm -f /run/within}}
      - {hosts: one, at: 5, for: 2, command: {set: touch /run/after, undo: rm -f /run/after}}
    expect: {max_outage: 15, masters_at_end: 1}
"""
# answers every query about a name with 10.0.0.1, and each tenth one twice
NAMES = """\
import socket
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.bind(("172.30.245.12", 53))
number = 0
while True:
    query, where = link.recvfrom(512)
    number += 1
    said = query[:2] + bytes.fromhex("81800001000100000000") + query[12:] + bytes.fromhex("c00c000100010000003c00040a000001")
    for _ in range(1 + (number % 10 == 0)):
        link.sendto(said, where)
"""


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    place = tmp_path_factory.mktemp("heard")
    (place / "heard.yml").write_text(DRILL)
    with own_lab(LAB, place) as made:
        prepare(made.driver)
        code, said = drill(str(place / "heard.yml"), "--report-dir", str(place), "-i", str(made.folder.inventory))
        report = json.loads((place / "heard" / "report.json").read_text())
        yield {"said": said, "code": code, "page": (place / "heard" / "report.html").read_text(), **{c["name"]: c for c in report["cases"]}}


def prepare(driver: Driver) -> None:
    """Two hosts with keepalived, of which the first is preferred, and a server of names on the second."""
    for host, priority, own, other in (("one", 200, 11, 12), ("two", 100, 12, 11)):
        text = KEEPALIVED % (priority, own, other)
        driver.execute(host, ["sh", "-c", f"cat > /etc/keepalived/keepalived.conf <<'END'\n{text}END\nsystemctl restart keepalived"])
    driver.execute("two", ["sh", "-c", f"cat > /run/names.py <<'END'\n{NAMES}END\nsystemd-run --quiet python3 /run/names.py"])
    until = time.monotonic() + 30
    while "172.30.245.100/" not in driver.execute("one", ["ip", "-o", "address", "show"]).out:
        assert time.monotonic() < until, "keepalived never took the address"
        time.sleep(0.2)


def test_keepalived_is_heard_and_the_other_one_notices(cases: dict[str, Any]) -> None:
    stopped = cases["stopped"]
    # a host that is held up may leave something unknown; nothing may fail
    assert "failed" not in {each["verdict"] for each in stopped["findings"]}, cases["said"]
    run = stopped["runs"][0]
    # only the holder was stopped
    assert [each["host"] for each in run["broken"]] == ["one"]
    assert (run["detected_by"]["host"], run["detected_by"]["source"]) == ("two", "keepalived")
    assert 0 < run["detect"] <= run["take_over"] + 0.1
    states = {host: [value for _, _, value in said["keepalived front"]] for host, said in run["said"].items()}
    assert states["one"][:2] == ["MASTER", "STOPPING"]
    assert states["two"][:2] == ["BACKUP", "MASTER"]
    assert run["unheard"] == {}


def test_pings_and_queries_are_sent_and_second_answers_are_counted(cases: dict[str, Any]) -> None:
    probes = cases["ordered"]["runs"][0]["probes"]
    assert probes["ping"]["sent"] > 150
    assert probes["ping"]["duplicated"] == 0
    for name in ("ping", "name"):
        assert probes[name]["lost"] < probes[name]["sent"] / 2
    assert 1 <= probes["name"]["duplicated"] <= probes["name"]["sent"] / 10 + 1


def test_faults_are_not_there_before_their_time(cases: dict[str, Any]) -> None:
    """A busy host may be late, by how much nobody knows; tests/drill/test_order.py looks at the times exactly."""
    run = cases["ordered"]["runs"][0]
    planned = run["begin"] + 2
    wanted = {"touch /run/first": (0, 4), "touch /run/beside": (1, 3), "touch /run/within": (1.5, 3.5), "touch /run/after": (5, 7)}
    for each in run["broken"]:
        name = each["title"].rpartition(" on ")[0]
        begin, end = wanted.pop(name)
        assert each["set"] - planned > begin - 0.1, name
        assert each["undone"] - planned > end - 0.1, name
        assert each["set"] < each["undone"], name
        assert f'data-lane="{each["host"]}: {name}"' in cases["page"]
    assert wanted == {}
    assert {each["name"]: each["why"] for each in cases["ordered"]["findings"]}["faults"] == "", cases["said"]
