"""Every host: the units that the inventory asks for are there, in their state, bounded, and come back when killed."""

import re
import time

import pytest

testinfra_hosts = ["all"]


def show(host, unit, *properties):
    """Return systemd's view of a unit as a dict."""
    words = " ".join(f"--property={name}" for name in properties)
    lines = host.check_output(f"systemctl show {words} -- %s", unit).splitlines()
    return dict(line.partition("=")[::2] for line in lines)


def wait_until(condition, seconds=10.0):
    """Return what `condition` gives as soon as it is true, or its last value when time is up."""
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.2)
    return found


def wanted(host_vars):
    """Return the names of the units that must run, instances included."""
    names = []
    for unit in host_vars.get("systemd_units", []):
        if unit.get("state") == "started":
            instances = unit.get("instances")
            names += [unit["name"].replace("@.", f"@{each}.") for each in instances] if instances else [unit["name"]]
    return names


def test_started_units_are_active(host, host_vars):
    states = {name: show(host, name, "ActiveState")["ActiveState"] for name in wanted(host_vars)}
    assert states
    assert set(states.values()) == {"active"}, states


def test_enabled_units_start_with_the_host(host, host_vars):
    enabled = [unit["name"] for unit in host_vars.get("systemd_units", []) if unit.get("enabled") and "instances" not in unit]
    states = {name: show(host, name, "UnitFileState")["UnitFileState"] for name in enabled}
    assert states
    assert set(states.values()) == {"enabled"}, states


def test_no_unit_has_failed(host):
    assert host.check_output("systemctl list-units --state=failed --plain --no-legend") == ""


def test_masked_units_cannot_start(host):
    assert show(host, "debug-shell.service", "LoadState", "UnitFileState") == {"LoadState": "masked", "UnitFileState": "masked"}


def test_the_heartbeat_beats(host):
    age = int(host.check_output("echo $(( $(date +%s) - $(cat /run/muster-heartbeat/last) ))"))
    assert 0 <= age <= 5


def test_limits_are_in_effect(host):
    seen = show(host, "muster-heartbeat.service", "MemoryMax", "CPUQuotaPerSecUSec", "TasksMax", "LimitNOFILE", "Slice")
    assert seen == {
        "MemoryMax": str(64 * 1024 * 1024),
        "CPUQuotaPerSecUSec": "200ms",
        "TasksMax": "16",
        "LimitNOFILE": "1024",
        "Slice": "muster.slice",
    }
    assert show(host, "muster.slice", "MemoryMax")["MemoryMax"] == str(256 * 1024 * 1024)


def test_the_running_process_has_its_limits_and_sandbox(host):
    pid = show(host, "muster-heartbeat.service", "MainPID")["MainPID"]
    limits = host.check_output("cat /proc/%s/limits", pid)
    status = dict(line.partition(":\t")[::2] for line in host.check_output("cat /proc/%s/status", pid).splitlines())
    assert any(line.split()[:4] == ["Max", "open", "files", "1024"] for line in limits.splitlines())
    assert host.check_output("cat /proc/%s/oom_score_adj", pid) == "500", "the drop-in `override` is not in effect"
    assert status["NoNewPrivs"] == "1"
    assert status["CapBnd"].strip("0") == ""
    assert status["Uid"].split()[0] != "0"


def test_dropins_are_read(host):
    assert "/etc/systemd/system/ssh.service.d/limits.conf" in show(host, "ssh.service", "DropInPaths")["DropInPaths"]
    assert show(host, "ssh.service", "TasksMax")["TasksMax"] == "1024"
    assert show(host, "ssh.service", "NeedDaemonReload")["NeedDaemonReload"] == "no"


def test_a_killed_service_comes_back(host):
    before = show(host, "muster-heartbeat.service", "MainPID")["MainPID"]
    host.run_expect([0], "kill -9 %s", before)

    def other_pid():
        seen = show(host, "muster-heartbeat.service", "MainPID", "ActiveState")
        return seen["ActiveState"] == "active" and seen["MainPID"] not in (before, "0")

    assert wait_until(other_pid)


def test_timers_are_scheduled_and_have_run(host):
    timer = show(host, "muster-report.timer", "NextElapseUSecMonotonic", "NextElapseUSecRealtime", "LastTriggerUSec", "Unit")
    assert timer["Unit"] == "muster-report.service"
    assert timer["NextElapseUSecMonotonic"] not in ("", "infinity") or timer["NextElapseUSecRealtime"]
    assert timer["LastTriggerUSec"] not in ("", "n/a")
    assert "1024-blocks" in host.file("/var/lib/muster-report/disks").content_string


def test_a_path_starts_its_service(host):
    host.run_expect([0], "touch /var/lib/muster-inbox/new/verify")
    done = host.file("/var/lib/muster-inbox/done/verify")
    try:
        assert wait_until(lambda: done.exists)
        assert wait_until(lambda: host.check_output("ls /var/lib/muster-inbox/new") == "")
    finally:
        host.run("rm -f /var/lib/muster-inbox/new/verify /var/lib/muster-inbox/done/verify")


def test_a_socket_starts_an_instance(host):
    talk = (
        "import socket; s = socket.socket(socket.AF_UNIX); s.settimeout(5); s.connect('/run/muster-echo.sock'); "
        "s.sendall(b'muster'); s.shutdown(socket.SHUT_WR); print(s.recv(99).decode())"
    )
    assert host.check_output("python3 -c %s", talk) == "muster"


def test_mounts_are_mounted(host):
    mount = host.mount_point("/var/lib/muster-scratch")
    assert mount.exists
    assert mount.filesystem == "tmpfs"
    assert host.file("/var/lib/muster-scratch").mode == 0o750


@pytest.mark.parametrize(("setting", "value"), [("SystemMaxUse", "64M"), ("RuntimeMaxUse", "32M"), ("RateLimitBurst", "10000")])
def test_the_journal_is_configured(host, setting, value):
    lines = host.check_output("systemd-analyze cat-config systemd/journald.conf").splitlines()
    assert [line for line in lines if line.startswith(f"{setting}=")][-1] == f"{setting}={value}"


def test_the_journal_runs_with_its_settings(host):
    """journald says at its start how large it may grow; the last start must have had the limit."""
    host.run("journalctl --sync")
    told = host.check_output("journalctl --boot --unit=systemd-journald.service --output=cat --no-pager").splitlines()
    sizes = [line for line in told if "Journal (" in line and "max " in line]
    assert sizes, "the journal says nothing of its size"
    # systemd 256 and newer leaves the zero out.
    assert re.search(r"max (32|64)(\.0)?M", sizes[-1]), sizes[-1]


def test_the_manager_has_its_settings(host):
    assert host.check_output("systemctl show --property=DefaultTasksMax --value") == "2048"
