"""service_facts: recorded from systemd 252 on Debian 12; compared with Ansible's module on the same host."""

from runner.target.modules import service_facts
from tests.target.fake_system import FakeSystem

UNITS = """auditd.service                       not-found inactive dead    auditd.service
console-getty.service                masked    inactive dead    console-getty.service
cron.service                         loaded    active   running Regular background program processing daemon
getty@tty1.service                   loaded    inactive dead    Getty on tty1
ssh.service                          loaded    failed   failed  OpenBSD Secure Shell server
systemd-journal-flush.service        loaded    active   exited  Flush Journal to Persistent Storage
"""
FILES = """autovt@.service                        alias           -
console-getty.service                  masked          disabled
cron.service                           enabled         enabled
debug-shell.service                    disabled        disabled
getty@.service                         enabled         enabled
sshd.service                           alias           -
ssh.service                            enabled         enabled
systemd-journal-flush.service          static          -
"""
STATUS_ALL = " [ + ]  cron\n [ ? ]  hwclock.sh\n [ - ]  nginx\n"


def host(**options):
    commands = {
        "systemctl list-units --no-pager --type service --all --plain --no-legend": UNITS,
        "systemctl list-unit-files --no-pager --type service --no-legend": FILES,
        "systemctl show --property=ActiveState sshd.service": "ActiveState=failed\n",
        "service --status-all": STATUS_ALL,
    }
    return FakeSystem({"/run/systemd/system/": "", "/etc/init.d/": ""}, commands, **options)


def test_every_source():
    result = host().perform(service_facts)
    services = result["ansible_facts"]["services"]
    assert not result["changed"]
    seen = {name: (each["state"], each.get("status"), each["source"]) for name, each in services.items()}
    assert seen == {
        "cron": ("running", None, "sysv"),
        "nginx": ("stopped", None, "sysv"),
        "auditd.service": ("stopped", "not-found", "systemd"),
        "console-getty.service": ("stopped", "masked", "systemd"),
        "cron.service": ("running", "enabled", "systemd"),
        "getty@tty1.service": ("stopped", "inactive", "systemd"),
        "ssh.service": ("stopped", "failed", "systemd"),
        "sshd.service": ("failed", "alias", "systemd"),
        "systemd-journal-flush.service": ("stopped", "static", "systemd"),
        "autovt@.service": ("unknown", "alias", "systemd"),
        "getty@.service": ("unknown", "enabled", "systemd"),
        "debug-shell.service": ("inactive", "disabled", "systemd"),
    }
    assert all(each["name"] == name for name, each in services.items())


def test_openrc():
    found = service_facts.parse_rc_status(" sshd                 [ started ]\n crond                [ stopped ]\n")
    assert found["sshd"] == {"name": "sshd", "state": "running", "status": "started", "source": "openrc"}
    assert found["crond"]["state"] == "stopped"


def test_a_host_without_services_says_so():
    result = FakeSystem().perform(service_facts)
    assert result["ansible_facts"] == {"services": {}}
    assert result["warnings"]


def test_check_mode_gathers_as_well():
    assert host(check=True).perform(service_facts)["ansible_facts"]["services"]
