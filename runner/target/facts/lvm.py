"""Volume groups, logical and physical volumes, where LVM is in use and we may ask it."""

from typing import Any, Dict

from runner.target.facts.source import names

SEPARATOR = ["--noheadings", "--nosuffix", "--units", "g", "--separator", ","]


def collect(system):
    """Return lvm: {"vgs", "lvs", "pvs"}, or "N/A" where we are not root or LVM is not installed."""
    if system.euid() != 0 or system.which("vgs") is None:
        return {"lvm": "N/A"}
    facts: Dict[str, Any] = {"vgs": {}, "lvs": {}, "pvs": {}}
    # asking takes three commands: only where something was ever set up
    if not (names(system, "/etc/lvm/backup") or any(name.startswith("dm-") for name in names(system, "/sys/block"))):
        return {"lvm": facts}
    for group, count, volumes, size, free in rows(system, "vgs", "vg_name,pv_count,lv_count,vg_size,vg_free"):
        facts["vgs"][group] = {"size_g": size, "free_g": free, "num_lvs": volumes, "num_pvs": count}
    for name, group, size in rows(system, "lvs", "lv_name,vg_name,lv_size"):
        facts["lvs"][name] = {"size_g": size, "vg": group}
    for device, group, size, free in rows(system, "pvs", "pv_name,vg_name,pv_size,pv_free"):
        facts["pvs"][device] = {"size_g": size, "free_g": free, "vg": group}
    return {"lvm": facts}


def rows(system, program, columns):
    """Return the rows of one of LVM's reports."""
    done = system.run([system.which(program)] + SEPARATOR + ["-o", columns])
    lines = (line.strip().split(",") for line in done.out.splitlines())
    return [row for row in lines if len(row) == columns.count(",") + 1]
