"""sysvinit: change, no change, check mode, errors; status lines of scripts on Debian 12."""

import pytest

from runner.target.modules import sysvinit
from tests.target.fake_system import FakeSystem

FILES = {"/etc/init.d/nginx": "#!/bin/sh\n", "/etc/rc3.d/K01nginx": "", "/etc/rc2.d/": ""}


def host(status=(3, "nginx is not running ... failed!\n", ""), files=None, **options):
    commands = {
        "service nginx status": status,
        "service nginx start": 0,
        "service nginx stop": 0,
        "service nginx reload": 0,
        "update-rc.d nginx defaults": 0,
        "update-rc.d nginx enable": 0,
    }
    return FakeSystem(FILES | (files or {}), commands | options.pop("commands", {}), **options)


def test_starts_and_enables():
    system = host()
    result = system.perform(sysvinit, name="nginx", state="started", enabled=True)
    assert result["changed"]
    assert [argv[-1] for argv in system.ran] == ["status", "defaults", "enable", "start"]
    assert result["status"]["start"]["rc"] == 0


def test_no_change():
    system = host("nginx is running.\n", {"/etc/rc3.d/S01nginx": ""})
    assert not system.perform(sysvinit, name="nginx", state="started", enabled=True)["changed"]
    assert len(system.ran) == 1


def test_a_restart_waits_between_stop_and_start():
    system = host("nginx is running.\n")
    assert system.perform(sysvinit, name="nginx", state="restarted", sleep=4)["changed"]
    assert [argv[-1] for argv in system.ran] == ["status", "stop", "start"]
    assert system.time == 1_700_000_004.0


def test_check_mode_and_errors():
    system = host(check=True)
    assert system.perform(sysvinit, name="nginx", state="started")["changed"]
    assert len(system.ran) == 1
    failing = host(commands={"service nginx start": (1, "", "no config\n")}).perform(sysvinit, name="nginx", state="started")
    assert failing["msg"] == "Failed to start nginx: no config"
    assert "Could not find the requested service nope: host" in host().perform(sysvinit, name="nope", state="started")["msg"]


def test_a_script_without_status_is_looked_for_in_the_process_list():
    table = "root 1 0.0 /sbin/init\nwww 77 0.0 nginx: master process\n"
    system = host(commands={"ps auxww": table})
    assert not system.perform(sysvinit, name="nginx", state="started", pattern="nginx: master")["changed"]


def test_openrc():
    commands = {
        "rc-service nginx status": " * status: stopped\n",
        "rc-update show": " nginx | boot\n",
        "rc-update add nginx default": 0,
    }
    system = FakeSystem(FILES, commands)
    assert system.perform(sysvinit, name="nginx", enabled=True, runlevels=["default"])["changed"]
    assert not system.again().perform(sysvinit, name="nginx", state="stopped")["changed"]


@pytest.mark.parametrize(
    ("rc", "out", "runs"),
    [(0, "", True), (3, "", False), (0, "x is not running", False), (0, "x is running (pid 5)", True), (1, "dead", False)],
)
def test_status_words(rc, out, runs):
    assert sysvinit.running(rc, out) is runs
