"""selinux: the configuration file and the mode now, on a host in memory."""

from typing import Any

from runner.target.modules import selinux
from tests.target.fake_system import FakeSystem

PATH = "/etc/selinux/config"
TEXT = "# This file\nSELINUX=enforcing\nSELINUXTYPE=targeted\n"


def host(text: str = TEXT, now: str | None = "1", **task: Any) -> FakeSystem:
    files = {PATH: text} if now is None else {PATH: text, "/sys/fs/selinux/enforce": now}
    commands: dict[Any, Any] = {"setenforce 0": "", "setenforce 1": "", "grubby --info=ALL": 'args="ro quiet"\n'}
    return FakeSystem(files, {**commands, "grubby --update-kernel=ALL --args=selinux=0": ""}, **task)


def test_permissive_now_and_later() -> None:
    system = host()
    result = system.perform(selinux, state="permissive", policy="targeted")
    assert result["changed"]
    assert not result["reboot_required"]
    assert system.text(PATH) == "# This file\nSELINUX=permissive\nSELINUXTYPE=targeted\n"
    assert system.ran == [["/usr/bin/setenforce", "0"]]
    assert not host().perform(selinux, state="enforcing", policy="targeted")["changed"]


def test_disabled_needs_a_boot() -> None:
    system = host(diff=True)
    result = system.perform(selinux, state="disabled", update_kernel_param=True)
    assert result["reboot_required"]
    assert "SELINUX=disabled" in result["diff"]["after"]
    assert ["/usr/bin/setenforce", "0"] in system.ran
    assert system.ran[-1][1:] == ["--update-kernel=ALL", "--args=selinux=0"]
    off = host("SELINUX=disabled\nSELINUXTYPE=targeted\n", None)
    assert not off.perform(selinux, state="disabled")["changed"]
    assert off.again().perform(selinux, state="enforcing", policy="targeted")["reboot_required"]


def test_check_mode_and_complaints() -> None:
    system = host(check=True)
    assert system.perform(selinux, state="permissive", policy="mls")["changed"]
    assert system.text(PATH) == TEXT
    assert system.ran == []
    assert host().perform(selinux, state="permissive")["msg"] == "Policy is required if state is not 'disabled'"
    assert FakeSystem().perform(selinux, state="disabled")["msg"] == f"Unable to find file {PATH}"


def test_a_file_without_the_settings() -> None:
    system = host("# nothing", "0")
    assert system.perform(selinux, state="permissive", policy="targeted")["changed"]
    assert system.text(PATH) == "# nothing\nSELINUXTYPE=targeted\nSELINUX=permissive\n"
