"""sysctl: change, no change, check mode, errors; messages recorded from procps 4 in a container."""

import pytest

from runner.target.modules import sysctl
from tests.target.fake_system import FakeSystem

PATH = "/etc/sysctl.d/60-vip.conf"
READ_ONLY = 'sysctl: permission denied on key "net.ipv4.ip_forward"\n'


def host(text=None, kernel="0\n", **options):
    files = {"/etc/sysctl.d/": ""} | ({PATH: text} if text is not None else {})
    commands = {"sysctl -n net.ipv4.ip_forward": kernel, "sysctl -w net.ipv4.ip_forward=1": 0, f"sysctl -p {PATH}": 0}
    return FakeSystem(files, commands | options.pop("commands", {}), **options)


def test_writes_loads_and_sets():
    system = host("# ours\n")
    result = system.perform(sysctl, name="net.ipv4.ip_forward", value="yes", sysctl_file=PATH, sysctl_set=True)
    assert result["changed"]
    assert system.text(PATH) == "# ours\nnet.ipv4.ip_forward=1\n"
    assert [argv[1] for argv in system.ran] == ["-n", "-w", "-p"]
    again = system.again()
    again.commands["sysctl -n net.ipv4.ip_forward"] = "1\n"
    assert not again.perform(sysctl, name="net.ipv4.ip_forward", value="1", sysctl_file=PATH, sysctl_set=True)["changed"]
    assert [argv[1] for argv in again.ran] == ["-n"]


def test_check_mode_shows_the_file():
    system = host(check=True, diff=True)
    result = system.perform(sysctl, name="net.ipv4.ip_forward", value="1", sysctl_file=PATH)
    assert result["changed"]
    assert result["diff"][0]["after"] == "net.ipv4.ip_forward=1\n"
    assert PATH not in system.files


def test_a_value_the_kernel_refuses_does_not_stay_in_the_file():
    for text in (None, "# ours\n"):
        system = host(text, commands={f"sysctl -p {PATH}": (1, "", READ_ONLY)})
        result = system.perform(sysctl, name="net.ipv4.ip_forward", value="1", sysctl_file=PATH)
        assert result["msg"].startswith("Failed to reload sysctl: ")
        assert "container" in result["msg"]
        assert (system.text(PATH) if text else system.exists(PATH)) == (text or False)


def test_errors_can_be_ignored():
    system = host(commands={f"sysctl -e -p {PATH}": (1, "", READ_ONLY)})
    assert system.perform(sysctl, name="net.ipv4.ip_forward", value="1", sysctl_file=PATH, ignoreerrors=True)["changed"]


def test_a_setting_the_kernel_does_not_have():
    err = "sysctl: cannot stat /proc/sys/a/b: No such file or directory\n"
    result = FakeSystem(commands={"sysctl -n a.b": (255, "", err)}).perform(sysctl, name="a.b", value="1", sysctl_set=True)
    assert result["msg"].startswith("This kernel has no setting a.b: ")
    # a dry run, as a module of the kernel may bring it
    dry = FakeSystem(commands={"sysctl -n a.b": (255, "", err)}, check=True)
    result = dry.perform(sysctl, name="a.b", value="1", sysctl_set=True)
    assert result["changed"]
    assert "unless a task before brings it" in result["warnings"][0]


@pytest.mark.parametrize(
    ("before", "name", "value", "after"),
    [
        ("a.b = 1   2\n", "a.b", "1 2", "a.b = 1   2\n"),
        ("a.b = 1\n# x\na.b=3\n", "a.b", "2", "a.b=2\n# x\n"),
        ("net/ipv4/conf/eth0.1/rp_filter=1\n", "net.ipv4.conf.eth0/1.rp_filter", "0", "net.ipv4.conf.eth0/1.rp_filter=0\n"),
        ("-a.b=1\n;a.b=5\n", "a.b", None, ";a.b=5\n"),
        ("", "a.b", None, ""),
    ],
)
def test_lines(before, name, value, after):
    assert sysctl.with_setting(before, name, value) == after


@pytest.mark.parametrize(("text", "plain"), [("32768\t60999\n", "32768 60999"), ("Yes", "1"), ("off", "0"), (" 5 ", "5")])
def test_values(text, plain):
    assert sysctl.plain_value(text) == plain
