"""modprobe: change, no change, check mode, error; messages recorded from kmod 30."""

from runner.target.modules import modprobe
from tests.target.fake_system import FakeSystem

FILES = {
    "/proc/modules": "bridge 421888 0 - Live 0x0\n",
    "/lib/modules/6.1.0/modules.builtin": "kernel/net/core/pktgen-x.ko\n",
    "/etc/modules-load.d/": "",
    "/etc/modprobe.d/": "",
}


def host(files=None, **options):
    commands = {"modprobe br_netfilter": 0, "modprobe -r bridge": 0, "modprobe dummy numdummies=2": 0}
    return FakeSystem(FILES | (files or {}), commands | options.pop("commands", {}), **options)


def test_loads_and_keeps():
    system = host()
    assert system.perform(modprobe, name="br_netfilter", persistent="present")["changed"]
    assert system.text("/etc/modules-load.d/br_netfilter.conf") == "br_netfilter\n"
    again = host({"/etc/modules-load.d/x.conf": "br-netfilter\n", "/sys/module/br_netfilter/": ""})
    assert not again.perform(modprobe, name="br_netfilter", persistent="present")["changed"]
    assert again.ran == []


def test_options_are_kept_and_replaced():
    system = host({"/etc/modprobe.d/dummy.conf": "options dummy numdummies=1\n"})
    system.perform(modprobe, name="dummy", params="numdummies=2", persistent="present")
    assert system.text("/etc/modprobe.d/dummy.conf") == "options dummy numdummies=2\n"


def test_persistent_absent_comments_the_lines():
    system = host({"/etc/modules-load.d/all.conf": "bridge\nbonding\n"})
    result = system.perform(modprobe, name="bridge", state="present", persistent="absent")
    assert result["changed"]
    assert system.text("/etc/modules-load.d/all.conf") == "#bridge\nbonding\n"
    assert system.ran == []


def test_unloads_but_not_what_is_built_in():
    assert host().perform(modprobe, name="bridge", state="absent")["changed"]
    assert not host().perform(modprobe, name="pktgen_x")["changed"]
    assert host().perform(modprobe, name="pktgen_x", state="absent")["msg"] == "pktgen_x is part of this kernel and cannot be unloaded"


def test_check_mode_and_error():
    checked = host(check=True)
    assert checked.perform(modprobe, name="br_netfilter", persistent="present")["changed"]
    assert checked.ran == []
    assert "/etc/modules-load.d/br_netfilter.conf" not in checked.files
    err = "modprobe: FATAL: Module nope not found in directory /lib/modules/6.1.0\n"
    system = host(commands={"modprobe nope": (1, "", err)})
    result = system.perform(modprobe, name="nope", persistent="present")
    assert (result["msg"], result["rc"]) == (err.strip(), 1)
    assert "/etc/modules-load.d/nope.conf" not in system.files
