"""seboolean: with programs that answer as their manuals say; no host with SELinux was there to record from."""

from typing import Any

from runner.target.modules import seboolean
from tests.target.fake_system import FakeSystem

ON = {"/sys/fs/selinux/enforce": "1"}


def host(now: str = "off", later: str = "off", **task: Any) -> FakeSystem:
    commands: dict[Any, Any] = {
        "getsebool b": f"b --> {now}\n",
        "getsebool c": (1, "", "Error getting active value for c\n"),
        "semanage boolean --list --noheading": f"a   (on   ,   on)  A\nb                              ({now}   ,  {later})  Allow b\n",
        "setsebool b on": "",
        "setsebool -P b on": "",
    }
    return FakeSystem(ON, commands, **task)


def test_now_only() -> None:
    system = host()
    assert system.perform(seboolean, name="b", state=True)["changed"]
    assert system.ran[-1][1:] == ["b", "on"]
    assert not host("on").perform(seboolean, name="b", state=True)["changed"]


def test_persistent_and_check() -> None:
    system = host("on", diff=True)
    result = system.perform(seboolean, name="b", state=True, persistent=True)
    assert result["changed"]
    assert result["diff"]["before"] == "later: false\nnow: true\n"
    assert system.ran[-1][1:] == ["-P", "b", "on"]
    assert not host("on", "on").perform(seboolean, name="b", state=True, persistent=True)["changed"]
    dry = host(check=True)
    assert dry.perform(seboolean, name="b", state=True, persistent=True)["changed"]
    assert "setsebool" not in " ".join(word for words in dry.ran for word in words)


def test_complaints() -> None:
    assert host().perform(seboolean, name="c", state=True)["msg"] == "SELinux boolean c does not exist."
    assert FakeSystem().perform(seboolean, name="b", state=True)["msg"] == "SELinux is disabled on this host."
