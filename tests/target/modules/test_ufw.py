"""ufw: with a ufw that answers as version 0.36 did on a real host; the module was compared with community.general's there."""

from typing import Any

import pytest

from runner.target import ufw as talk
from runner.target.modules import ufw
from tests.target.fake_system import FakeSystem

STATUS = "Status: active\nLogging: on (low)\nDefault: deny (incoming), allow (outgoing), disabled (routed)\nNew profiles: skip\n"
SSH = "### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in\n"
SSH6 = "### tuple ### allow tcp 22 ::/0 any ::/0 in\n"
DRY = f"*filter\n:ufw-user-input - [0:0]\n{SSH}COMMIT\n*filter\n:ufw6-user-input - [0:0]\n{SSH6}COMMIT\nRules updated\n"
NUMBERED = "Status: active\n\n[ 1] 22/tcp  ALLOW IN  Anywhere\n[ 2] 23  DENY IN  Anywhere\n[ 3] 22/tcp (v6)  ALLOW IN  Anywhere (v6)\n"
ALLOW_SSH = "allow from any to any port 22 proto tcp"


class Firewall(FakeSystem):
    """A host whose ufw adds the rule for ssh when told."""

    def __init__(self, rules: bool = False, **task: Any) -> None:
        files = {"/etc/ufw/user.rules": SSH if rules else "", "/etc/ufw/user6.rules": SSH6 if rules else ""}
        commands: dict[Any, Any] = {
            "ufw status verbose": STATUS,
            f"ufw --dry-run {ALLOW_SSH}": "Skipping adding existing rule\n" * 2 if rules else DRY,
            f"ufw {ALLOW_SSH}": self._add,
            "ufw -f disable": "",
            "ufw default deny outgoing": "",
            "ufw deny from any to any app Nowhere": (1, "", "ERROR: Could not find a profile matching 'Nowhere'\n"),
        }
        super().__init__(files, commands, **task)

    def _add(self, _argv: Any, _stdin: Any) -> str:
        self.files["/etc/ufw/user.rules"].data = SSH.encode()
        return "Rule added\n"


def test_a_rule_is_added_once() -> None:
    first = Firewall(diff=True).perform(ufw, rule="allow", to_port="22", proto="tcp")
    assert first["changed"]
    assert SSH in first["diff"]["after"]
    assert first["commands"][1] == f"/usr/bin/ufw {ALLOW_SSH}"
    assert first["msg"] == STATUS.rstrip()
    assert not Firewall(rules=True).perform(ufw, rule="allow", to_port="22", proto="tcp")["changed"]


@pytest.mark.parametrize(
    ("args", "changed"),
    [
        ({"state": "enabled"}, False),
        ({"state": "disabled"}, True),
        ({"state": "reloaded"}, True),
        ({"default": "deny"}, False),
        ({"default": "deny", "direction": "outgoing"}, True),
        ({"default": "allow", "direction": "routed"}, False),
        ({"logging": "on"}, False),
        ({"logging": "low"}, False),
        ({"logging": "high"}, True),
        ({"logging": "off"}, True),
        ({"rule": "allow", "to_port": "22", "proto": "tcp"}, True),
    ],
)
def test_check_mode_foretells(args: dict[str, Any], changed: bool) -> None:
    system = Firewall(check=True)
    assert system.perform(ufw, **args)["changed"] is changed
    assert all("--dry-run" in words or "status" in words for words in system.ran)
    if "rule" in args:
        assert not Firewall(rules=True, check=True).perform(ufw, **args)["changed"]


def test_places() -> None:
    assert talk.place(5, "zero", "") == 5
    assert talk.place(0, "first-ipv4", NUMBERED) == 1
    assert talk.place(0, "last-ipv4", NUMBERED) == 2
    assert talk.place(0, "first-ipv6", NUMBERED) == 3
    assert talk.place(0, "last-ipv6", NUMBERED) == 3
    assert talk.place(1, "last-ipv6", NUMBERED) is None
    assert talk.place(0, "first-ipv4", "Status: active\n") is None


def test_complaints() -> None:
    assert "Could not find a profile" in Firewall().perform(ufw, rule="deny", name="Nowhere")["msg"]
    assert "default goes with" in Firewall().perform(ufw, default="deny", direction="in")["msg"]
    assert "a rule goes with" in Firewall().perform(ufw, rule="deny", direction="incoming")["msg"]
    both = Firewall().perform(ufw, rule="deny", interface_in="a", interface_out="b")
    assert both["msg"] == "Only route rules can combine interface_in and interface_out"
    assert "ufw" in FakeSystem().perform(ufw, state="enabled")["msg"]
