"""LVS: each address is on one director, requests are answered by the real servers, and nobody else answers ARP for an address."""

import re
import time

import pytest

testinfra_hosts = ["lvs_directors", "lvs_real"]

WORDS = {"nat": "Masq", "dr": "Route", "tun": "Tunnel"}
WHO_HAS = """
import socket, struct, sys, time
interface, own_ip, wanted = sys.argv[1:]
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
link.bind((interface, 0x0806))
link.settimeout(0.3)
own = link.getsockname()[4]
ask = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, own, socket.inet_aton(own_ip), bytes(6), socket.inet_aton(wanted))
link.send(bytes([255] * 6) + own + bytes([8, 6]) + ask)
seen, until = set(), time.monotonic() + 2
while time.monotonic() < until:
    try:
        frame = link.recv(100)
    except socket.timeout:
        continue
    if frame[20:22] == bytes([0, 2]) and frame[28:32] == socket.inet_aton(wanted):
        seen.add(frame[22:28].hex())
print(*sorted(seen))
"""


@pytest.fixture
def services(host_vars):
    return host_vars["lvs_services"]


@pytest.fixture
def third(inventory_hosts):
    """A host that is neither director nor real server, from which a client would ask."""
    members = {*inventory_hosts.matching("lvs_directors"), *inventory_hosts.matching("lvs_real")}
    others = [name for name in inventory_hosts if name not in members]
    if not others:
        pytest.skip("the inventory has no host that could be a client")
    return inventory_hosts[others[0]]


def is_director(name, inventory_hosts):
    return name in inventory_hosts.matching("lvs_directors")


def only_directors(name, inventory_hosts):
    if not is_director(name, inventory_hosts):
        pytest.skip("a matter of directors")


def test_services_run_and_start_with_the_host(host, verified_name, inventory_hosts):
    service = host.service("keepalived" if is_director(verified_name, inventory_hosts) else "lvs-real")
    assert service.is_running
    assert service.is_enabled


def test_each_address_is_on_one_director(verified_name, inventory_hosts, services):
    only_directors(verified_name, inventory_hosts)
    directors = inventory_hosts.matching("lvs_directors")
    holders: dict[str, list[str]] = {}
    # They are asked one after the other, and a director that has just come back takes over lvs_preempt_delay seconds later.
    for _ in range(5):
        shown = {name: host.check_output("ip -o -4 address show") for name, host in directors.items()}
        wanted = {service["address"] for service in services}
        holders = {address: [name for name, text in shown.items() if f" {address}/" in text] for address in wanted}
        if all(len(names) == 1 for names in holders.values()):
            return
        time.sleep(2)
    raise AssertionError(holders)


def test_the_table_has_the_real_servers_by_the_methods(host, verified_name, inventory_hosts, services):
    """On the standby too: it takes over with what it knows."""
    only_directors(verified_name, inventory_hosts)
    for service in services:
        kind = service.get("protocol", "tcp")
        shown = host.check_output(f"ipvsadm -Ln --{kind}-service {service['address']}:{service['port']}")
        rows = re.findall(r"-> ([0-9.]+):\d+ +(\w+) +(\d+)", shown)
        known = {inventory_hosts.variables(name)["ansible_host"] for name in inventory_hosts.matching(service["group"])}
        assert {address for address, _, weight in rows if int(weight)} == known, service["name"]
        assert {word for _, word, _ in rows} == {WORDS[service.get("method", "nat")]}, service["name"]
        assert re.search(rf"(?m)^{kind.upper()} +\S+ {service.get('scheduler', 'wlc')}\b", shown), service["name"]


def test_connections_are_told_to_the_other_director(host, verified_name, inventory_hosts):
    only_directors(verified_name, inventory_hosts)
    if len(inventory_hosts.matching("lvs_directors")) == 1:
        pytest.skip("there is one director")
    assert re.search(r"(master|backup) sync daemon", host.check_output("ipvsadm --list --daemon"))


def test_a_real_server_has_the_addresses_and_is_quiet_about_them(host, verified_name, inventory_hosts, services):
    if is_director(verified_name, inventory_hosts):
        pytest.skip("a matter of real servers")
    here = [service for service in services if verified_name in inventory_hosts.matching(service["group"])]
    shown = host.check_output("ip -o -4 address show")
    for service in here:
        method = service.get("method", "nat")
        device = {"nat": None, "dr": "lo", "tun": "tunl0"}[method]
        found = re.findall(rf"(?m)^\d+: (\S+) +inet {re.escape(service['address'])}/", shown)
        assert found == ([device] if device else []), service["name"]
    if any(service.get("method", "nat") != "nat" for service in here):
        for name, value in (("arp_ignore", 1), ("arp_announce", 2)):
            assert host.sysctl(f"net.ipv4.conf.all.{name}") == value


def test_a_client_is_answered(third, verified_name, inventory_hosts, services):
    only_directors(verified_name, inventory_hosts)
    for service in services:
        if service.get("protocol", "tcp") == "tcp":
            command = f"exec 3<>/dev/tcp/{service['address']}/{service['port']}"
            assert third.run("timeout 20 bash -c %s", command).rc == 0, service["name"]


def test_one_host_answers_arp(third, verified_name, inventory_hosts, services):
    only_directors(verified_name, inventory_hosts)
    macs = {
        host.check_output("cat /sys/class/net/$(ip -o -4 address show | grep -F %s | cut -d' ' -f2)/address", f" {services[0]['address']}/")
        for host in inventory_hosts.matching("lvs_directors").values()
        if f" {services[0]['address']}/" in host.check_output("ip -o -4 address show")
    }
    for address in {service["address"] for service in services}:
        route = third.check_output(f"ip -o route get {address}")
        if " via " in route:
            pytest.skip("the client is on another network")
        device, own = re.search(r"dev (\S+) src (\S+)", route).groups()
        seen = third.check_output("python3 -c %s %s %s %s", WHO_HAS, device, own, address).split()
        assert [":".join(re.findall("..", each)) for each in seen] == sorted(macs), address
