"""kernel_blacklist: lines of a file."""

from runner.target.modules import kernel_blacklist
from tests.target.fake_system import FakeSystem

PATH = "/etc/modprobe.d/blacklist-ansible.conf"


def test_added_once_and_removed() -> None:
    system = FakeSystem({PATH: "# c\nblacklist b\n"}, diff=True)
    made = system.perform(kernel_blacklist, name="nouveau")
    assert made["changed"]
    assert made["lines"] == ["# c", "blacklist b", "blacklist nouveau"]
    assert made["diff"]["before"] == {"lines": ["# c", "blacklist b"]}
    assert not system.again().perform(kernel_blacklist, name="nouveau")["changed"]
    assert system.again(check=True).perform(kernel_blacklist, name="b", state="absent")["changed"]
    assert system.again().perform(kernel_blacklist, name="b", state="absent")["is_blacklisted"] is False
    assert system.text(PATH) == "# c\nblacklist nouveau\n"


def test_file_is_made() -> None:
    system = FakeSystem({"/etc/modprobe.d/": ""})
    assert system.perform(kernel_blacklist, name="x")["changed"]
    assert system.text(PATH) == "blacklist x\n"
    assert not FakeSystem().perform(kernel_blacklist, name="x", state="absent")["changed"]
