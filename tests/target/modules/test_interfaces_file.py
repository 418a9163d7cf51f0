"""interfaces_file: options of stanzas, commands, methods; the texts were compared with community.general's module on a real host."""

from typing import Any

import pytest

from runner.target.modules import interfaces_file
from tests.target.fake_system import FakeSystem

PATH = "/etc/network/interfaces"
FILE = """# the loopback
auto lo
iface lo inet loopback

allow-hotplug eth0
iface eth0 inet static
    address 192.0.2.5
    up ip route add 198.51.100.0/24 via 192.0.2.1
    up  logger up

iface eth0 inet6 auto
mapping eth1
    script /bin/map
iface eth2 inet dhcp"""


def edit(**args: Any) -> tuple[dict[str, Any], str]:
    system = FakeSystem({PATH: FILE})
    result = system.perform(interfaces_file, **args)
    return result, system.text(PATH)


@pytest.mark.parametrize(
    ("args", "old", "new"),
    [
        ({"option": "address", "value": "192.0.2.6"}, "192.0.2.5", "192.0.2.6"),
        ({"option": "mtu", "value": "9000", "address_family": "inet"}, "logger up\n", "logger up\n    mtu 9000\n"),
        ({"option": "accept_ra", "value": "2", "address_family": "inet6"}, "inet6 auto\n", "inet6 auto\n    accept_ra 2\n"),
        ({"option": "up", "value": "true"}, "logger up\n", "logger up\n    up true\n"),
        ({"option": "up", "value": "logger up", "state": "absent"}, "    up  logger up\n", ""),
        ({"option": "method", "value": "manual", "address_family": "inet"}, "inet static", "inet manual"),
        ({"iface": "eth2", "option": "mtu", "value": "1400"}, "inet dhcp", "inet dhcp\n    mtu 1400"),
    ],
)
def test_changes(args: dict[str, Any], old: str, new: str) -> None:
    result, text = edit(**{"iface": "eth0", **args})
    assert result["changed"]
    assert text == FILE.replace(old, new)
    again = FakeSystem({PATH: text})
    assert not again.perform(interfaces_file, **{"iface": "eth0", **args})["changed"]
    assert again.text(PATH) == text


def test_all_commands_go_without_a_value() -> None:
    result, text = edit(iface="eth0", option="up", state="absent")
    assert result["changed"]
    assert "up " not in text


def test_reads() -> None:
    result, text = edit()
    assert not result["changed"]
    assert text == FILE
    assert result["ifaces"]["eth2"] == {"address_family": "inet", "method": "dhcp", "pre-up": [], "up": [], "post-up": [], "down": []}
    assert result["ifaces"]["eth0"]["address_family"] == "inet6"  # the last stanza of a name is the one shown


def test_check_diff_and_backup() -> None:
    dry = FakeSystem({PATH: FILE}, check=True, diff=True)
    result = dry.perform(interfaces_file, iface="eth0", option="address", value="192.0.2.6")
    assert result["changed"]
    assert "192.0.2.6" in result["diff"][0]["after"]
    assert dry.text(PATH) == FILE
    kept = FakeSystem({PATH: FILE})
    copy = kept.perform(interfaces_file, iface="eth0", option="address", value="192.0.2.6", backup=True)["backup_file"]
    assert kept.text(copy) == FILE


def test_complaints() -> None:
    assert edit(iface="eth9", option="mtu", value="1")[0]["msg"] == "the file has no interface eth9"
    assert edit(iface="eth0", option="mtu")[0]["msg"] == "an option that is to be present needs a value"
    assert "no such file" in edit(dest="/nowhere")[0]["msg"]
    broken = FakeSystem({PATH: "address 1\n"})
    assert broken.perform(interfaces_file)["msg"].startswith("line 1: option address 1")
