"""systemd: recorded from systemd 252 on Debian 12."""

import pytest

from runner.target import systemctl
from runner.target.modules import systemd
from tests.target.fake_system import FakeSystem

CRON = """ExecStart={ path=/usr/sbin/cron ; argv[]=/usr/sbin/cron -f $EXTRA_OPTS ; status=0/0 }
Id=cron.service
LoadState=loaded
ActiveState=%s
SubState=%s
UnitFileState=%s
NeedDaemonReload=no
"""
NOSUCH = """Id=nosuch.service
LoadState=not-found
LoadError=org.freedesktop.systemd1.NoSuchUnit "Unit nosuch.service not found."
ActiveState=inactive
SubState=dead
"""
NOT_ENABLED = (1, "", "Failed to get unit file state for nosuch.service: No such file or directory\n")
FILES = "cron.service enabled enabled\nhaproxy.service disabled enabled\nnginx.service disabled enabled\n"


class Unit:
    """A unit that obeys systemctl's verbs."""

    def __init__(self, active="active", enabled="enabled"):
        self.active, self.enabled = active, enabled

    def host(self, **options):
        commands = {"systemctl show cron": self.show}
        verbs = {
            "start": "active",
            "stop": "inactive",
            "restart": "active",
            "enable": "enabled",
            "disable": "disabled",
            "reload": "active",
        }
        for verb, becomes in verbs.items():
            commands[f"systemctl {verb} cron"] = self.verb(verb, becomes)
        return FakeSystem({"/run/systemd/system/": ""}, commands | options.pop("commands", {}), **options)

    def show(self, _argv, _stdin):
        return CRON % (self.active, "running" if self.active == "active" else "dead", self.enabled)

    def verb(self, verb, becomes):
        def act(_argv, _stdin):
            setattr(self, "enabled" if "able" in verb else "active", becomes)
            return 0

        return act


def verbs(system):
    return [argv[1] for argv in system.ran]


def test_starts_and_enables_once():
    unit = Unit("inactive", "disabled")
    system = unit.host(diff=True)
    result = system.perform(systemd, name="cron", state="started", enabled=True)
    assert result["changed"]
    assert (result["state"], result["enabled"], result["status"]["ActiveState"]) == ("started", True, "inactive")
    assert verbs(system) == ["show", "enable", "start"]
    assert result["diff"]["before"] == "enabled: false\nstate: stopped\n"
    assert result["diff"]["after"] == "enabled: true\nstate: started\n"
    again = system.again(diff=True)
    second = again.perform(systemd, name="cron", state="started", enabled=True)
    assert not second["changed"]
    assert "diff" not in second
    assert verbs(again) == ["show"], "one look is enough"


def test_check_mode_runs_no_verb():
    system = Unit("active").host(check=True)
    assert system.perform(systemd, name="cron", state="restarted", daemon_reload=True)["changed"]
    assert verbs(system) == ["show"]


@pytest.mark.parametrize(
    ("active", "state", "verb", "said"),
    [
        ("active", "restarted", "restart", "started"),
        ("inactive", "restarted", "start", "started"),
        ("inactive", "reloaded", "start", "started"),
        ("active", "reloaded", "reload", "started"),
        ("failed", "started", "start", "started"),
        ("activating", "started", None, "started"),
        ("deactivating", "stopped", "stop", "stopped"),
        ("inactive", "stopped", None, "stopped"),
    ],
)
def test_state_to_verb(active, state, verb, said):
    system = Unit(active).host()
    result = system.perform(systemd, name="cron", state=state)
    assert verbs(system) == ["show", *([verb] if verb else [])]
    assert result["state"] == said
    assert result["changed"] == (verb is not None)


def missing(**options):
    commands = {
        "systemctl show nosuch": NOSUCH,
        "systemctl is-enabled nosuch --full": NOT_ENABLED,
        "systemctl list-unit-files --no-legend --no-pager": FILES,
    }
    return FakeSystem({"/run/systemd/system/": ""}, commands, **options)


def test_a_missing_unit_fails_in_check_mode_too():
    for check in (False, True):
        result = missing(check=check).perform(systemd, name="nosuch", state="stopped")
        assert result["failed"]
        assert result["msg"].startswith("Could not find the requested service nosuch: host")


def test_a_check_run_takes_a_missing_unit_that_is_to_start_as_a_change_to_come():
    result = missing(check=True).perform(systemd, name="nosuch", state="started", enabled=True)
    assert result["changed"]
    assert "not on the host yet" in result["warnings"][0]
    assert missing().perform(systemd, name="nosuch", state="started", enabled=True)["failed"]


def test_the_nearest_unit_is_named():
    commands = {
        "systemctl show ngnix": NOSUCH,
        "systemctl is-enabled ngnix --full": NOT_ENABLED,
    }
    files = {"/run/systemd/system/": "", "/lib/systemd/system/nginx.service": "", "/lib/systemd/system/cron.service": ""}
    result = FakeSystem(files, commands).perform(systemd, name="ngnix", state="stopped")
    assert result["msg"].endswith("The host has: nginx")


def test_a_failed_start_gives_systemctls_words():
    err = "Job for cron.service failed because the control process exited with error code.\n"
    result = Unit("inactive").host(commands={"systemctl start cron": (1, "", err)}).perform(systemd, name="cron", state="started")
    assert result["msg"] == "Unable to start service cron: " + err
    assert result["status"]["LoadState"] == "loaded"


def test_a_static_unit_can_be_neither_enabled_nor_disabled():
    for wanted in (True, False):
        system = Unit("active", "static").host()
        assert not system.perform(systemd, name="cron", enabled=wanted)["changed"]
        assert verbs(system) == ["show"]


def test_mask_and_failure_to_mask():
    system = Unit("inactive").host(commands={"systemctl mask cron": 0})
    assert system.perform(systemd, name="cron", masked=True)["changed"]
    err = "Failed to mask unit: File /etc/systemd/system/cron.service already exists.\n"
    result = Unit("inactive").host(commands={"systemctl mask cron": (1, "", err)}).perform(systemd, name="cron", masked=True)
    assert result["msg"].startswith("Failed to mask the service (cron): ")
    assert not result["changed"]


def test_only_a_reload_changes_nothing():
    system = FakeSystem(commands={"systemctl daemon-reload": 0})
    result = system.perform(systemd, daemon_reload=True)
    assert (result["changed"], result["name"], result["status"]) == (False, None, {})
    failing = FakeSystem({"/run/systemd/system/": ""}, {"systemctl daemon-reload": (1, "", "Access denied\n")})
    assert failing.perform(systemd, daemon_reload=True)["msg"] == "failure 1 during daemon-reload: Access denied\n"


def test_in_a_chroot_enabling_works_and_starting_only_warns():
    ignored = (0, "", "Running in chroot, ignoring command 'show'\n")
    commands = {
        "systemctl show cron": ignored,
        "systemctl is-enabled cron --full": (1, "disabled\n", ""),
        "systemctl enable cron": 0,
    }
    system = FakeSystem(commands=commands)
    result = system.perform(systemd, name="cron", state="started", enabled=True)
    assert result["changed"]
    assert result["warnings"] == [systemctl.OFFLINE_WARNING]
    assert verbs(system) == ["show", "is-enabled", "enable"]


def test_scope_user_finds_its_manager():
    system = FakeSystem(commands={"systemctl --user --no-block show cron": CRON % ("active", "running", "enabled")}, uid=1000)
    assert not system.perform(systemd, name="cron", state="started", scope="user", no_block=True)["changed"]


def test_patterns_are_refused():
    assert "glob patterns, found '*'" in FakeSystem().perform(systemd, name="cron*", state="started")["msg"]


def test_a_unit_that_cannot_be_loaded():
    text = 'LoadState=bad-setting\nLoadError=org.freedesktop.systemd1.BadUnitSetting "Unit x.service has a bad unit file setting."\n'
    result = FakeSystem(commands={"systemctl show x": text}).perform(systemd, name="x", state="started")
    assert result["msg"].startswith("Error loading unit file 'x': ")


def test_show_keeps_exec_values_that_stretch_over_lines():
    text = "ExecStart={ path=/bin/sh ; argv[]=/bin/sh -c a\nb=c ; status=0/0 }\nId=x.service\n"
    assert systemctl.parse_show(text) == {
        "ExecStart": "{ path=/bin/sh ; argv[]=/bin/sh -c a\nb=c ; status=0/0 }",
        "Id": "x.service",
    }


@pytest.mark.parametrize(
    ("rc", "out", "enabled"),
    [
        (0, "enabled\n  /etc/systemd/system/multi-user.target.wants/cron.service\n", True),
        (0, "indirect\n", False),
        (0, "indirect\n  /etc/systemd/system/sockets.target.wants/dummy.socket\n", True),
        (0, "enabled-runtime\n  /run/systemd/system/default.target.wants/baz.service\n", False),
        (0, "alias\n", False),
        (0, "static\n", True),
        (1, "disabled\n", False),
    ],
)
def test_is_enabled(rc, out, enabled):
    assert systemctl.enabled_from_listing(rc, out) is enabled
