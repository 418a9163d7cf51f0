"""SELinux, from its file system and its configuration."""

import re

from runner.target.facts.source import text

FOLDER = "/sys/fs/selinux/"


def collect(system):
    """Return selinux. `selinux_python_present` is true: nothing we do needs Python bindings."""
    return {"selinux_python_present": True, "selinux": described(system)}


def described(system):
    """Return status, mode, config_mode, policyvers and type; only the status when SELinux is off."""
    enforcing = text(system, FOLDER + "enforce")
    if not enforcing:
        return {"status": "disabled"}
    version, config = text(system, FOLDER + "policyvers"), text(system, "/etc/selinux/config")
    return {
        "status": "enabled",
        "mode": "enforcing" if enforcing == "1" else "permissive",
        "policyvers": int(version) if version.isdigit() else "unknown",
        "config_mode": configured(config, "SELINUX"),
        "type": configured(config, "SELINUXTYPE"),
    }


def configured(content, key):
    """Return a setting of /etc/selinux/config."""
    found = re.search(r"^\s*%s\s*=\s*(\w+)" % key, content, re.MULTILINE)
    return found.group(1) if found else "unknown"
