"""Returns every service of the host as `ansible_facts.services`: systemd units, scripts of System V init and of OpenRC."""

import re
from typing import Any, Dict, List

from runner.target import systemctl

ARGUMENTS: Dict[str, Any] = {"type": "object", "properties": {}}
RETURNS = {
    "ansible_facts.services": "name -> name, state (running, stopped, active, inactive, failed, unknown), "
    "status (enabled, disabled, static, masked, not-found, failed ...; systemd and OpenRC only), source (systemd, sysv, openrc)",
}
EXAMPLES = """
- name: Learn which services there are
  service_facts:

- name: Say so when the web server is not running
  debug: {msg: down}
  when: ansible_facts.services['nginx.service'].state != 'running'
"""
_BAD = ("not-found", "masked", "failed")


def parse_status_all(text: str) -> Dict[str, Dict[str, Any]]:
    """Return the services of `service --status-all`: [ + ] runs, [ - ] does not; [ ? ] cannot tell and is left out."""
    found = {}
    for sign, name in re.findall(r"^\s*\[ ([-+]) \]\s+(\S+)\s*$", text, re.M):
        found[name] = {"name": name, "state": "running" if sign == "+" else "stopped", "source": "sysv"}
    return found


def parse_rc_status(text: str) -> Dict[str, Dict[str, Any]]:
    """Return the services of OpenRC's `rc-status -a -s -m`: lines of ` name [ started ]`."""
    found = {}
    for name, state in re.findall(r"^\s*(\S+)\s+\[\s*(\w+)[^\]]*\]\s*$", text, re.M):
        running = "running" if state == "started" else "stopped"
        found[name] = {"name": name, "state": running, "status": state, "source": "openrc"}
    return found


def merge(rows: List[Dict[str, str]], files: Dict[str, str]) -> Dict[str, Dict[str, Any]]:
    """Return loaded units and unit files as services; those not loaded are inactive, templates unknown, aliases None."""
    found: Dict[str, Dict[str, Any]] = {}
    for row in rows:
        if not row["unit"].endswith(".service"):
            continue
        words = (row["load"], row["active"], row["sub"])
        status = next((bad for bad in _BAD if bad in words), row["active"])
        state = "running" if row["sub"] == "running" else "stopped"
        found[row["unit"]] = {"name": row["unit"], "state": state, "status": status, "source": "systemd"}
    for name, status in files.items():
        known = found.get(name)
        if known is None:
            state_of_file = None if status == "alias" else "inactive"
            if name.endswith("@.service"):
                state_of_file = "unknown"
            found[name] = {"name": name, "state": state_of_file, "status": status, "source": "systemd"}
        elif known["status"] not in _BAD:
            known["status"] = status
    return found


def _alias_states(services: Dict[str, Dict[str, Any]], system: Any) -> None:
    """An alias is not a loaded unit by that name: ask for all of them at once what they lead to."""
    names = [name for name, each in services.items() if each["state"] is None]
    if not names:
        return
    answer = system.run(["systemctl", "show", "--property=ActiveState"] + names)
    states = [line.partition("=")[2] for line in answer.out.splitlines() if line.startswith("ActiveState=")]
    for index, name in enumerate(names):
        services[name]["state"] = states[index] if len(states) == len(names) else "unknown"


def _systemd(system: Any) -> Dict[str, Dict[str, Any]]:
    units = system.run(["systemctl", "list-units", "--no-pager", "--type", "service", "--all", "--plain", "--no-legend"])
    files = system.run(["systemctl", "list-unit-files", "--no-pager", "--type", "service", "--no-legend"])
    if units.rc != 0 and files.rc != 0:
        return {}
    services = merge(systemctl.parse_units(units.out), systemctl.parse_unit_files(files.out))
    _alias_states(services, system)
    return services


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return the services of every init system that the host has."""
    services: Dict[str, Dict[str, Any]] = {}
    if system.which("service") and system.exists("/etc/init.d"):
        services.update(parse_status_all(system.run(["service", "--status-all"]).out))
    if system.which("rc-status"):
        services.update(parse_rc_status(system.run(["rc-status", "-a", "-s", "-m"]).out))
    if system.which("systemctl") and system.exists("/run/systemd/system"):
        services.update(_systemd(system))
    if not services:
        system.warn("No service was found: the host has neither systemd nor OpenRC running, nor scripts in /etc/init.d.")
    return {"ansible_facts": {"services": services}}
