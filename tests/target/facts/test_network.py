"""Network facts from answers of a kernel, recorded in a container with two more addresses on its interface."""

from pathlib import Path

from runner.target.facts import netlink, network
from tests.target.fake_system import FakeSystem

CASES = Path(__file__).parents[2] / "cases" / "facts"


def recorded(name: str) -> bytes:
    return bytes.fromhex((CASES / f"{name}.hex").read_text().replace("\n", ""))


LINKS = {
    "eth0": {"device": "eth0", "macaddress": "02:42:ac:11:00:03", "mtu": 1500, "type": "ether"},
    "lo": {"device": "lo", "mtu": 65536, "type": "loopback"},
    "br-a.b": {"device": "br-a.b"},
}


def described() -> dict:
    addresses = netlink.parsed_addresses(recorded("netlink_addresses"))
    route = netlink.parsed_routes(recorded("netlink_route"))[0]
    eth0 = next(each["index"] for each in addresses if each["label"] == "eth0")
    return network.described(LINKS, {1: "lo", eth0: "eth0", 99: "br-a.b"}, addresses, {"ipv4": route, "ipv6": None})


def test_addresses_are_told_by_interface():
    facts = described()
    assert facts["eth0"]["ipv4"] == {
        "address": "172.17.0.3",
        "broadcast": "172.17.255.255",
        "netmask": "255.255.0.0",
        "network": "172.17.0.0",
        "prefix": "16",
    }
    assert facts["eth0"]["ipv4_secondaries"] == [
        {"address": "10.9.9.9", "broadcast": "", "netmask": "255.255.255.255", "network": "10.9.9.9", "prefix": "32"}
    ]
    assert facts["eth0_1"]["ipv4"]["address"] == "10.9.9.10"
    assert facts["interfaces"] == ["br-a.b", "eth0", "eth0_1", "lo"]
    assert facts["br_a.b"] == {"device": "br-a.b"}


def test_all_addresses_leave_out_the_loopback():
    facts = described()
    assert facts["all_ipv4_addresses"] == ["172.17.0.3", "10.9.9.9", "10.9.9.10"]
    assert facts["all_ipv6_addresses"] == []
    assert facts["lo"]["ipv4"]["address"] == "127.0.0.1"


def test_default_address_follows_the_route():
    assert described()["default_ipv4"] == {
        "interface": "eth0",
        "alias": "eth0",
        "gateway": "172.17.0.1",
        "address": "172.17.0.3",
        "broadcast": "172.17.255.255",
        "netmask": "255.255.0.0",
        "network": "172.17.0.0",
        "prefix": "16",
        "macaddress": "02:42:ac:11:00:03",
        "mtu": 1500,
        "type": "ether",
    }
    assert described()["default_ipv6"] == {}


def test_own_addresses_are_the_local_routes():
    routes = netlink.parsed_routes(recorded("netlink_local_routes"))
    own = [route["to"] for route in routes if (route["table"], route["type"]) == (netlink.LOCAL_TABLE, netlink.LOCAL_ROUTE)]
    assert own == ["10.9.9.9", "10.9.9.10", "127.0.0.0/8", "127.0.0.1", "172.17.0.3"]


def test_broken_answers_end_without_a_loop():
    assert netlink.messages(b"\0" * 40) == []
    assert netlink.parsed_addresses(recorded("netlink_addresses")[:10]) == []


def test_interface_files():
    folder = "/sys/class/net/bond0/"
    system = FakeSystem(
        {
            folder + "operstate": "up\n",
            folder + "address": "02:00:00:00:00:01\n",
            folder + "mtu": "9000\n",
            folder + "speed": "-1\n",
            folder + "type": "1\n",
            folder + "flags": "0x1103\n",
            folder + "bonding/slaves": "eth0 eth1\n",
            folder + "bonding/mode": "802.3ad 4\n",
            folder + "bonding/miimon": "100\n",
            folder + "bonding/all_slaves_active": "0\n",
        }
    )
    assert network.interface(system, "bond0") == {
        "device": "bond0",
        "active": True,
        "macaddress": "02:00:00:00:00:01",
        "mtu": 9000,
        "speed": -1,
        "type": "bonding",
        "promisc": True,
        "slaves": ["eth0", "eth1"],
        "mode": "802.3ad",
        "miimon": "100",
        "all_slaves_active": False,
    }
