"""Ensures a logical volume of LVM, a snapshot, a thin pool or a thin volume: its size and whether it is active. Source: lvcreate(8)."""

import re
import shlex
from typing import Any, Dict, List, Optional, Tuple

from runner.target import lvm
from runner.target.decision import Decision, ModuleFailed
from runner.target.option import option
from runner.target.state_diff import state_diff

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "vg": option("str", "The volume group."),
        "lv": option("str", "The volume; with snapshot, the one the snapshot is of."),
        "size": option("str", "Megabytes, or with a unit, or a share such as 100%FREE; + and - extend and reduce by that."),
        "opts": option("str", "Further words for lvcreate."),
        "state": option("str", "Whether it is there.", "present", enum=["absent", "present"]),
        "force": option("bool", "It may shrink, or go.", False),
        "shrink": option("bool", "A volume larger than asked shrinks.", True),
        "active": option("bool", "The host sees it.", True),
        "snapshot": option("str", "Name of a snapshot."),
        "pvs": option("strs", "Devices of the group that it lies on."),
        "thinpool": option("str", "The thin pool; with lv, of a thin volume."),
        "resizefs": option("bool", "Its file system takes the new size too.", False),
    },
    "required": ["vg"],
    "required_one_of": [["lv", "thinpool"]],
}
RETURNS = {"lv": "the volume", "vg": "the group", "size": "megabytes it had, where it changed", "msg": "why nothing was done"}
EXAMPLES = """
- lvol: {vg: data, lv: db, size: 80%VG, resizefs: true}
- lvol: {vg: data, lv: db, state: absent, force: true}
"""
INTERRUPT = "finish"
_UNITS = "bskmgtpe"
_BYTES = {"b": 1.0, "s": 512.0, "k": 2.0**10, "m": 2.0**20, "g": 2.0**30, "t": 2.0**40, "p": 2.0**50, "e": 2.0**60}
Size = Tuple[str, float, str]  # sign, number, and a unit or %SHARE


def parse_size(text: str) -> Size:
    """Return sign ("", + or -), number and unit (m unless said) or share (%VG, %PVS, %FREE, %ORIGIN). Raises ModuleFailed."""
    found = re.match(r"^([+-]?)(\d+(?:\.\d+)?)(%\s*[A-Za-z]+|[a-zA-Z]?)$", text.strip())
    unit = found.group(3) if found else "?"
    if found is None or (unit and not unit.startswith("%") and unit.lower() not in _UNITS):
        raise ModuleFailed("Bad size specification of '%s'" % text)
    if unit.startswith("%"):
        share = unit.upper().replace(" ", "")
        if share not in ("%VG", "%PVS", "%FREE", "%ORIGIN"):
            raise ModuleFailed("Specify extents as a percentage of VG, PVS, FREE or ORIGIN, not of %s" % share[1:])
        if float(found.group(2)) > 100 and share != "%ORIGIN":
            raise ModuleFailed("Size percentage cannot be larger than 100%")
        return found.group(1), float(found.group(2)), share
    return found.group(1), float(found.group(2)), unit or "m"


def look(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return the group (None: none of that name) and its volumes by name; sizes in megabytes."""
    groups = {row["vg_name"]: row for row in lvm.rows(system, "vgs", "vg_name,vg_size,vg_free,vg_extent_size")}
    group = groups.get(args["vg"])
    volumes = [] if group is None else lvm.rows(system, "lvs", "lv_name,lv_size,lv_active,segtype", "-a", args["vg"])
    return {"group": group, "lvs": {row["lv_name"].strip("[]"): row for row in volumes}}


def decide(args: Dict[str, Any], state: Dict[str, Any]) -> Decision:
    """Return the calls (pure)."""
    size = parse_size(args["size"]) if args["size"] else None
    if state["group"] is None:
        missing = "Volume group %s does not exist." % args["vg"]
        if args["state"] == "absent":
            return Decision(False, {"stdout": missing})
        raise ModuleFailed(missing)
    name = args["snapshot"] or args["lv"] or args["thinpool"]
    row = state["lvs"].get(name)
    if args["snapshot"] and args["lv"] not in state["lvs"] and args["state"] == "present":
        raise ModuleFailed("Snapshot origin LV %s does not exist in volume group %s." % (args["lv"], args["vg"]))
    if args["state"] == "absent":
        return _removal(args, name, row)
    if row is None:
        return _creation(args, name, size)
    return _existing(args, name, row, size, state)


def _removal(args: Dict[str, Any], name: str, row: Any) -> Decision:
    if row is None:
        return Decision(False)
    if not args["force"]:
        raise ModuleFailed("Sorry, no removal of logical volume %s without force=true." % name)
    diff = state_diff({"size": row["lv_size"]}, None, "%s/%s" % (args["vg"], name))
    return Decision(True, {}, diff, [["lvremove", "--force", "%s/%s" % (args["vg"], name)]])


def _words(size: Size) -> List[str]:
    sign, number, unit = size
    text = "%s%s%s" % (sign, int(number) if number == int(number) else number, unit)
    return ["-l" if unit.startswith("%") else "-L", text]


def _creation(args: Dict[str, Any], name: str, size: Optional[Size]) -> Decision:
    if size is None and not args["snapshot"]:
        raise ModuleFailed("No size given.")
    if size is not None and size[0]:
        raise ModuleFailed("Bad size specification of '%s': a volume that is not there cannot be extended or reduced" % args["size"])
    vg, words = args["vg"], ["lvcreate", "--yes"]
    words += [] if args["active"] or args["snapshot"] else ["-an"]
    amount = _words(size) if size is not None else []
    further = shlex.split(args["opts"] or "")
    if args["snapshot"]:
        words += amount + ["-s", "-n", name] + further + ["%s/%s" % (vg, args["lv"])]
    elif args["thinpool"] and args["lv"]:
        if amount[0] == "-l":
            raise ModuleFailed("Thin volume sizing with percentage not supported.")
        words += ["-n", name, "-V", amount[1]] + further + ["-T", "%s/%s" % (vg, args["thinpool"])]
    elif args["thinpool"]:
        words += amount + further + ["-T", "%s/%s" % (vg, name)]
    else:
        words += ["-n", name] + amount + further + [vg] + (args["pvs"] or [])
    return Decision(True, {}, state_diff(None, {"size": args["size"]}, "%s/%s" % (vg, name)), [words])


def wanted_megabytes(size: Size, row: Dict[str, str], state: Dict[str, Any]) -> float:
    """Return the size that a volume shall have.

    A share is seldom a whole number of extents, and LVM rounds it up when a volume grows and down when it shrinks: a volume within
    one extent of its share of the group has it.
    """
    sign, number, unit = size
    group, have = state["group"], float(row["lv_size"])
    if unit.startswith("%"):
        whole = float(group["vg_free" if unit == "%FREE" else "vg_size"])
        amount = number * whole / 100
        if unit == "%VG" and not sign and abs(amount - have) < float(group["vg_extent_size"]):
            return have
    else:
        amount = number * _BYTES[unit.lower()] / _BYTES["m"]
    return have + amount if sign == "+" else have - amount if sign == "-" else amount


def _existing(args: Dict[str, Any], name: str, row: Dict[str, str], size: Optional[Size], state: Dict[str, Any]) -> Decision:
    have, path = float(row["lv_size"]), "%s/%s" % (args["vg"], name)
    calls: List[List[str]] = []
    if size is not None:
        wanted, extent = wanted_megabytes(size, row, state), float(state["group"]["vg_extent_size"])
        if wanted > have + (0 if size[0] else 0.005) and _more_extents(wanted, have, extent):
            calls.append(["lvextend"] + (["--resizefs"] if args["resizefs"] else []) + _words(size) + [path] + (args["pvs"] or []))
        elif args["shrink"] and wanted < have and _more_extents(have, wanted, extent):
            if wanted <= 0:
                raise ModuleFailed("Sorry, no shrinking of %s to 0 permitted." % name)
            if not args["force"]:
                raise ModuleFailed("Sorry, no shrinking of %s without force=true." % name)
            calls.append(["lvreduce", "--force"] + (["--resizefs"] if args["resizefs"] else []) + _words(size) + [path])
    result: Dict[str, Any] = {"vg": args["vg"], "lv": name, "size": have} if calls else {}
    before, after = {"size": "%sm" % row["lv_size"]}, {"size": args["size"] if calls else "%sm" % row["lv_size"]}
    active = row["lv_active"] == "active"
    if not args["snapshot"] and active != args["active"]:
        calls.append(["lvchange", "-ay" if args["active"] else "-an", path])
        before["active"], after["active"] = str(active), str(args["active"])
    return Decision(bool(calls), result, state_diff(before, after, path) if calls else None, calls)


def _more_extents(larger: float, smaller: float, extent: float) -> bool:
    """Tell whether two sizes differ once both are rounded up to whole extents, as LVM does."""
    return -(-larger // extent) > -(-smaller // extent)


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> None:
    """Run LVM's programs."""
    for call in decision.plan:
        verb = {"lvcreate": "Creating", "lvremove": "Removing", "lvchange": "Changing"}.get(call[0], "Resizing")
        name = args["snapshot"] or args["lv"] or args["thinpool"]
        lvm.tell(system, "%s logical volume '%s' failed" % (verb, name), *call)
        if call[0] == "lvcreate" and "-an" in call:
            _take_down(args["vg"], name, system)


def _take_down(vg: str, name: str, system: Any) -> None:
    """Make a new volume inactive that came up all the same: udev may activate what it sees come, after lvcreate is through."""
    if system.which("udevadm"):
        system.run(["udevadm", "settle", "--timeout=10"])
    found = {row["lv_name"].strip("[]"): row["lv_active"] for row in lvm.rows(system, "lvs", "lv_name,lv_active", vg)}
    if found.get(name) == "active":
        lvm.tell(system, "Changing logical volume '%s' failed" % name, "lvchange", "-an", "%s/%s" % (vg, name))
