"""Which program starts the services of this host, and the version of systemd."""

import re

from runner.target.facts.source import link_name, text

SYSTEMD_RUNS = ("/run/systemd/system", "/dev/.run/systemd", "/dev/.systemd")
NAMES = {"procd": "openwrt_init", "runit-init": "runit", "svscan": "svc", "openrc-init": "openrc"}


def collect(system):
    """Return service_mgr."""
    first = text(system, "/proc/1/comm").rpartition("/")[2]
    if first and first != "init" and not first.endswith("sh"):
        return {"service_mgr": NAMES.get(first, first)}
    if any(system.exists(path) for path in SYSTEMD_RUNS):
        return {"service_mgr": "systemd"}
    if system.exists("/run/openrc") or system.exists("/sbin/openrc"):
        return {"service_mgr": "openrc"}
    if link_name(system, "/sbin/init") == "systemd":
        return {"service_mgr": "systemd"}
    return {"service_mgr": "sysvinit" if system.exists("/etc/init.d") else "service"}


def systemd(system):
    """Return systemd: version and features, where it runs."""
    program = system.which("systemctl")
    if program is None or not any(system.exists(path) for path in SYSTEMD_RUNS):
        return {}
    done = system.run([program, "--version"])
    return {"systemd": parsed(done.out)} if done.rc == 0 else {}


def parsed(content):
    """Return version and features for what `systemctl --version` writes."""
    lines = content.splitlines() or [""]
    version = re.search(r"systemd (\d+)", lines[0])
    return {"version": int(version.group(1)) if version else 0, "features": lines[1].strip() if len(lines) > 1 else ""}
