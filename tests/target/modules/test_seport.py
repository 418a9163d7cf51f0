"""seport: with a semanage that lists as its manual says; no host with SELinux was there to record from."""

from typing import Any

from runner.target.modules import seport
from tests.target.fake_system import FakeSystem

LIST = "http_port_t                    tcp      81, 80, 443, 8000-8100\nssh_port_t                     tcp      22\ndns_port_t   udp 53\n"
ON = {"/sys/fs/selinux/enforce": "1"}


def host(**task: Any) -> FakeSystem:
    commands: dict[Any, Any] = {"semanage port --list --noheading": LIST}
    for words in ("--add --type http_port_t --proto tcp 8888", "--modify --type http_port_t --proto tcp 22", "--delete --proto tcp 81"):
        commands["semanage port " + words] = ""
    return FakeSystem(ON, commands, **task)


def test_present() -> None:
    system = host()
    result = system.perform(seport, ports=["8888", "80,8000-8100", "22", "8888"], proto="tcp", setype="http_port_t", reload=True)
    assert result["changed"]
    assert [words[2:] for words in system.ran[1:]] == [
        ["--add", "--type", "http_port_t", "--proto", "tcp", "8888"],
        ["--modify", "--type", "http_port_t", "--proto", "tcp", "22"],
    ]
    assert not host().perform(seport, ports=["443", "80-80"], proto="tcp", setype="http_port_t")["changed"]


def test_absent_check_and_diff() -> None:
    assert host().perform(seport, ports=["81"], proto="tcp", setype="http_port_t", state="absent")["changed"]
    assert not host().perform(seport, ports=["22"], proto="tcp", setype="http_port_t", state="absent")["changed"]
    dry = host(check=True, diff=True)
    result = dry.perform(seport, ports=["8888"], proto="tcp", setype="http_port_t")
    assert result["changed"]
    assert result["diff"]["after"] == "8888: tcp http_port_t\n"
    assert len(dry.ran) == 1


def test_complaints() -> None:
    off = FakeSystem({}, {"semanage port --list --noheading": LIST})
    assert off.perform(seport, ports=["1"], proto="tcp", setype="x")["msg"] == "SELinux is disabled on this host."
    assert "neither a port" in host().perform(seport, ports=["ssh"], proto="tcp", setype="x")["msg"]
    refused = FakeSystem(ON, {"semanage port --list --noheading": "", "semanage port --add --type x --proto udp 7": (1, "", "no type x\n")})
    assert refused.perform(seport, ports=["7"], proto="udp", setype="x", reload=True)["msg"] == "semanage: no type x"
