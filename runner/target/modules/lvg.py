"""Ensures a volume group of LVM, its physical volumes, and whether its volumes are active. Source: vgcreate(8), vgchange(8)."""

import shlex
from typing import Any, Dict, List

from runner.target import lvm
from runner.target.decision import Decision, ModuleFailed
from runner.target.option import option
from runner.target.state_diff import state_diff

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "vg": option("str", "The volume group."),
        "pvs": option("strs", "Its devices."),
        "pesize": option("str", "Size of an extent of a new group: megabytes, or with a unit (k, m, g).", "4"),
        "pv_options": option("str", "Further words for pvcreate.", ""),
        "vg_options": option("str", "Further words for vgcreate.", ""),
        "pvresize": option("bool", "Physical volumes take all of their devices.", False),
        "remove_extra_pvs": option("bool", "Devices that are not listed leave the group.", True),
        "reset_pv_uuid": option("bool", "Its physical volumes get new UUIDs, each time.", False),
        "reset_vg_uuid": option("bool", "It gets a new UUID, each time.", False),
        "force": option("bool", "It may be removed with its logical volumes.", False),
        "state": option(
            "str",
            "present, absent; active or inactive: there, with its volumes in that state, now and after a boot.",
            "present",
            enum=["absent", "present", "active", "inactive"],
        ),
    },
    "required": ["vg"],
}
RETURNS = {"msg": "in check mode, what would be done"}
EXAMPLES = """
- lvg: {vg: data, pvs: [/dev/vdb, /dev/vdc], pesize: 32}
"""
INTERRUPT = "finish"
Call = List[str]


def look(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return the group (None: there is none), whose each device is (path -> group), and the devices asked for by their real paths."""
    owners = {system.realpath(row["pv_name"]): row["vg_name"] for row in lvm.rows(system, "pvs", "pv_name,vg_name")}
    groups = {row["vg_name"]: row for row in lvm.rows(system, "vgs", "vg_name,lv_count")}
    asked = []
    for text in args["pvs"] or []:
        for device in [each.strip() for each in str(text).split(",") if each.strip()]:
            if not system.exists(device):
                raise ModuleFailed("Device %s not found." % device)
            asked.append(system.realpath(device))
    group = groups.get(args["vg"])
    return {"group": group, "owners": owners, "asked": asked, "active": _active(args, system, group), "grown": _grown(args, system, asked)}


def _active(args: Dict[str, Any], system: Any, group: Any) -> Any:
    """Return how many volumes are active and whether they become so at boot; nothing where nobody asks."""
    if group is None or args["state"] not in ("active", "inactive"):
        return None
    lvs = [row["lv_active"] == "active" for row in lvm.rows(system, "lvs", "lv_name,lv_active", args["vg"])]
    auto = lvm.rows(system, "vgs", "autoactivation", args["vg"])
    return {"volumes": lvs, "boot": bool(auto and auto[0]["autoactivation"].strip())}


def _grown(args: Dict[str, Any], system: Any, asked: List[str]) -> List[str]:
    """Return the devices that have grown by an extent or more since they became physical volumes."""
    if not args["pvresize"]:
        return []
    fields = "pv_name,dev_size,pv_size,pe_start,vg_extent_size"
    grown = []
    for row in lvm.rows(system, "pvs", fields, units="b"):
        device, size, have, start, extent = (row[name] for name in fields.split(","))
        if system.realpath(device) in asked and int(extent or 0) and int(size) - int(have) - int(start) >= int(extent):
            grown.append(system.realpath(device))
    return grown


def decide(args: Dict[str, Any], state: Dict[str, Any]) -> Decision:
    """Return what LVM has to do (pure)."""
    name, group = args["vg"], state["group"]
    if args["state"] == "absent":
        calls = _removal(args, group)
    else:
        foreign = [(path, state["owners"][path]) for path in state["asked"] if state["owners"].get(path) not in (None, "", name)]
        if foreign:
            raise ModuleFailed("%s is already in %s volume group" % foreign[0])
        if group is None and not state["asked"]:
            raise ModuleFailed("No physical volumes given.")
        calls = (_creation(args, state) if group is None else _devices(args, state) + _activity(args, state)) + _uuids(args, state)
    mine = sorted(path for path, owner in state["owners"].items() if owner == name)
    after = mine if not state["asked"] else sorted(set(state["asked"]) | set([] if args["remove_extra_pvs"] else mine))
    before = None if group is None else {"pvs": mine}
    diff = state_diff(before, None if args["state"] == "absent" else {"pvs": after}, name) if calls else None
    return Decision(bool(calls), {}, diff, calls)


def _removal(args: Dict[str, Any], group: Any) -> List[Call]:
    if group is None:
        return []
    if int(group["lv_count"]) and not args["force"]:
        raise ModuleFailed("Refuse to remove non-empty volume group %s without force=true" % args["vg"])
    return [["vgremove", "--force", args["vg"]]]


def _pvcreate(args: Dict[str, Any], state: Dict[str, Any], devices: List[str]) -> List[Call]:
    return [["pvcreate"] + shlex.split(args["pv_options"]) + ["-f", path] for path in devices if path not in state["owners"]]


def _creation(args: Dict[str, Any], state: Dict[str, Any]) -> List[Call]:
    words = ["vgcreate"] + shlex.split(args["vg_options"]) + ["-s", args["pesize"], args["vg"]] + state["asked"]
    calls = _pvcreate(args, state, state["asked"]) + [words]
    if args["state"] == "inactive":
        calls.append(["vgchange", "--activate", "n", args["vg"]])
    return calls


def _devices(args: Dict[str, Any], state: Dict[str, Any]) -> List[Call]:
    name, asked = args["vg"], state["asked"]
    mine = [path for path, owner in state["owners"].items() if owner == name]
    new = [path for path in asked if path not in mine]
    extra = [path for path in mine if path not in asked] if asked and args["remove_extra_pvs"] else []
    calls = [["pvresize", path] for path in state["grown"]] + _pvcreate(args, state, new)
    calls += [["vgextend", name] + new] if new else []
    return calls + ([["vgreduce", "--force", name] + extra] if extra else [])


def _activity(args: Dict[str, Any], state: Dict[str, Any]) -> List[Call]:
    now = state["active"]
    if now is None:
        return []
    on = args["state"] == "active"
    word = "y" if on else "n"
    calls = [["vgchange", "--activate", word, args["vg"]]] if any(each != on for each in now["volumes"]) else []
    return calls + ([["vgchange", "--setautoactivation", word, args["vg"]]] if now["boot"] != on else [])


def _uuids(args: Dict[str, Any], state: Dict[str, Any]) -> List[Call]:
    group = state["group"]
    calls = [["vgchange", "-u", args["vg"]]] if args["reset_vg_uuid"] and group is not None else []
    mine = [path for path, owner in state["owners"].items() if owner == args["vg"]]
    old = mine if not state["asked"] else [path for path in state["asked"] if path in state["owners"]]
    return calls + ([["pvchange", "-u"] + old] if args["reset_pv_uuid"] and old else [])


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> None:
    """Run LVM's programs."""
    for call in decision.plan:
        lvm.tell(system, "%s of %s failed" % (call[0], args["vg"]), *call)
