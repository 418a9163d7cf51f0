"""firewalld: with a firewall-cmd that keeps one zone, answering as version 1.3 did; messages are those of ansible.posix's module."""

from typing import Any

import pytest

from runner.target.modules import firewalld
from tests.target.fake_system import FakeSystem


class Firewall(FakeSystem):
    """A host with firewalld. here: what the running one has; kept: the permanent settings (flags such as service=ssh)."""

    def __init__(self, running: bool = True, **task: Any) -> None:
        super().__init__({}, {}, **task)
        self.programs = {"firewall-cmd", "firewall-offline-cmd"}
        self.running = running
        self.here: set[str] = {"service=ssh"}
        self.kept: set[str] = {"service=ssh", "zone=public"}
        self.target = "default"

    def _answer(self, text: str, argv: list[str], stdin: Any, options: dict[str, Any]) -> Any:
        self.commands = {text: self.reply(argv)}
        return super()._answer(text, argv, stdin, options)

    def reply(self, argv: list[str]) -> Any:
        permanent = "--permanent" in argv or argv[0].endswith("offline-cmd")
        place, last = self.kept if permanent else self.here, [word for word in argv if not word.startswith("--timeout")][-1]
        if last == "--state":
            return 0 if self.running else 252
        if last in ("--get-default-zone", "--get-target"):
            return "public\n" if "zone" in last else self.target + "\n"
        if last == "--get-zones":
            return " ".join(each[5:] for each in place if each.startswith("zone="))
        if "nosuch" in last:
            return (101, "", "Error: INVALID_SERVICE: nosuch\n") if "add" in last else 1
        verb, what = last[2:].replace("-from-zone", "").split("-", 1)
        if verb == "query":
            return 0 if what in place else 1
        if verb == "set":
            self.target = last.split("=")[1]
            return "success\n"
        if what.startswith("zone"):
            verb = "add" if verb == "new" else "remove"
        (place.discard if verb in ("remove", "delete") else place.add)(what)
        return "success\n"


def test_now_and_after_a_reload() -> None:
    host = Firewall(diff=True)
    first = host.perform(firewalld, service="http", state="enabled", permanent=True, immediate=True)
    assert first["msg"] == "Permanent and Non-Permanent(immediate) operation, Changed service http to enabled"
    assert first["diff"]["after"] == "now: true\npermanent: true\n"
    assert "service=http" in host.kept & host.here
    second = host.perform(firewalld, service="http", state="enabled", permanent=True, immediate=True)
    assert (second["changed"], second["msg"]) == (False, "Permanent and Non-Permanent(immediate) operation")
    assert host.perform(firewalld, service="http", state="disabled")["msg"] == "Non-permanent operation, Changed service http to disabled"
    assert "service=http" in host.kept - host.here


@pytest.mark.parametrize(
    ("args", "said", "kept"),
    [
        ({"port": "8081/tcp"}, "Changed port 8081/tcp to enabled", "port=8081/tcp"),
        ({"source": "192.0.2.0/24"}, "Added 192.0.2.0/24 to zone public", "source=192.0.2.0/24"),
        ({"interface": "eth2"}, "Changed eth2 to zone public", "interface=eth2"),
        ({"masquerade": "true"}, "Added masquerade to zone public", "masquerade"),
        ({"masquerade": "false", "state": "disabled"}, "Added masquerade to zone public", "masquerade"),
        ({"icmp_block": "echo-request"}, "Changed icmp-block echo-request to enabled", "icmp-block=echo-request"),
        ({"rich_rule": "rule accept"}, "Changed rich_rule rule accept to enabled", "rich-rule=rule accept"),
        (
            {"port_forward": [{"port": "444", "proto": "tcp", "toport": "8444"}]},
            "Changed port_forward port=444:proto=tcp:toport=8444:toaddr= to enabled",
            "forward-port=port=444:proto=tcp:toport=8444:toaddr=",
        ),
        ({"zone": "custom", "state": "present"}, "Added zone custom, Changed zone custom to present", "zone=custom"),
    ],
)
def test_kinds(args: dict[str, Any], said: str, kept: str) -> None:
    host = Firewall()
    asked = {"state": "enabled", "permanent": True, **args}
    assert Firewall(check=True).perform(firewalld, **asked)["changed"]
    assert host.perform(firewalld, **asked)["msg"] == "Permanent operation, " + said
    assert kept in host.kept - host.here
    assert not host.perform(firewalld, **asked)["changed"]


def test_targets() -> None:
    host = Firewall()
    asked = {"zone": "public", "target": "DROP", "permanent": True}
    assert host.perform(firewalld, state="present", **asked)["msg"] == "Permanent operation, Set zone public target to DROP"
    assert not host.perform(firewalld, state="absent", **{**asked, "target": "ACCEPT"})["changed"]
    assert host.perform(firewalld, state="absent", **asked)["changed"]
    assert host.target == "default"


def test_a_firewall_that_does_not_run() -> None:
    host = Firewall(running=False)
    result = host.perform(firewalld, service="http", state="enabled", permanent=True)
    assert result["msg"].endswith("Changed service http to enabled, (offline operation: only on-disk configs were altered)")
    assert "service=http" in host.kept
    assert host.perform(firewalld, service="http", state="disabled", permanent=True)["changed"]
    assert "--remove-service-from-zone=http" in host.ran[-1]
    assert "not currently running" in host.perform(firewalld, service="http", state="enabled")["msg"]
    assert "offline cannot" in host.perform(firewalld, service="http", state="enabled", offline=True)["msg"]


def test_complaints() -> None:
    host = Firewall()
    unknown = host.perform(firewalld, service="nosuch", state="enabled", permanent=True)
    assert "INVALID_SERVICE: nosuch Permanent operation" in unknown["msg"]
    assert "missing protocol" in host.perform(firewalld, port="80", state="enabled")["msg"]
    assert "Zone operations must be permanent" in host.perform(firewalld, zone="x", state="present")["msg"]
    assert "zone level operations" in host.perform(firewalld, service="http", state="present", permanent=True)["msg"]
