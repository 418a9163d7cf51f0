"""Ensures a file system on a device or in a file, its size, or that there is none. Source: mkfs(8), blkid(8), wipefs(8)."""

import os
import shlex
from typing import Any, Dict, List, Optional

from runner.target import grow
from runner.target.decision import Decision, ModuleFailed
from runner.target.option import option
from runner.target.programs import program
from runner.target.state_diff import state_diff

TYPES = "bcachefs btrfs ext2 ext3 ext4 ext4dev f2fs lvm ocfs2 reiserfs xfs vfat swap ufs".split()
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "dev": option("path", "The device, or a file.", aliases=["device"]),
        "fstype": option("str", "The type; ufs is FreeBSD's.", aliases=["type"], enum=TYPES),
        "state": option("str", "present: made where none is; absent: its signatures are wiped.", "present", enum=["present", "absent"]),
        "force": option("bool", "Also over a file system that is there.", False),
        "resizefs": option("bool", "It grows to the size of its device.", False),
        "opts": option("str", "Further words for mkfs."),
        "uuid": option("str", "Its UUID: one, or random (ext, lvm) or generate (xfs). It is set each time."),
    },
    "required": ["dev"],
    "required_if": [["state", "present", ["fstype"]]],
    "mutually_exclusive": [["resizefs", "uuid"]],
}
RETURNS = {"msg": "what resizing said"}
EXAMPLES = """
- filesystem: {dev: /dev/vdb1, fstype: ext4, resizefs: true}
"""
INTERRUPT = "finish"
# how mkfs is told not to ask: at all, and with something there
_MAKE = {
    "bcachefs": (["mkfs.bcachefs"], ["--force"]),
    "btrfs": (["mkfs.btrfs"], ["-f"]),
    "ext2": (["mkfs.ext2"], ["-F"]),
    "ext3": (["mkfs.ext3"], ["-F"]),
    "ext4": (["mkfs.ext4"], ["-F"]),
    "ext4dev": (["mkfs.ext4"], ["-F"]),
    "f2fs": (["mkfs.f2fs"], ["-f"]),
    "lvm": (["pvcreate"], ["-f"]),
    "ocfs2": (["mkfs.ocfs2", "-Fx"], []),
    "reiserfs": (["mkfs.reiserfs", "-q"], []),
    "swap": (["mkswap"], ["-f"]),
    "vfat": (["mkfs.vfat"], []),
    "xfs": (["mkfs.xfs"], ["-f"]),
}
# mkfs of these asks, or refuses, on a whole file of any kind
_ALWAYS = ("ext2", "ext3", "ext4", "ext4dev", "lvm")
_UUID = ("bcachefs", "ext2", "ext3", "ext4", "ext4dev", "lvm", "xfs")
_NAMES = {"xfs": "XFS", "vfat": "VFAT", "lvm": "LVM"}
_AS_BLKID = {"LVM2_member": "lvm", "ext4dev": "ext4"}


def look(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return the type that is there ("" none, "?" one that blkid has no name for), the mount point, and the calls that make it grow."""
    dev, wanted = args["dev"], args["fstype"]
    if not system.exists(dev):
        if args["state"] == "absent":
            return {"have": "", "there": False, "growth": None}
        raise ModuleFailed("Device %s not found." % dev)
    if args["state"] == "present":
        _check(args, system)
    have = system.run([program(system, "blkid"), "-c", os.devnull, "-o", "value", "-s", "TYPE", dev]).out.strip()
    if not have and args["state"] == "absent":
        have = "?" if system.run([program(system, "wipefs"), "--no-act", dev]).out.strip() else ""
    growth = None
    if args["resizefs"] and args["state"] == "present" and _AS_BLKID.get(have, have) == _AS_BLKID.get(wanted, wanted):
        growth = grow.growth(wanted, dev, system)
    return {"have": have, "there": True, "growth": growth}


def _check(args: Dict[str, Any], system: Any) -> None:
    wanted = args["fstype"]
    if wanted not in _MAKE:
        raise ModuleFailed("module does not support this filesystem (%s) on this host yet." % wanted)
    if wanted == "lvm" and system.is_file(args["dev"]):
        raise ModuleFailed("Device %s is not a block device: lvm needs one." % args["dev"])
    if args["uuid"] and wanted not in _UUID:
        raise ModuleFailed("module does not support UUID option for this filesystem (%s) yet." % wanted)


def decide(args: Dict[str, Any], state: Dict[str, Any]) -> Decision:
    """Return the calls (pure). Raises ModuleFailed for another file system that is there, unless forced."""
    dev, wanted, have = args["dev"], args["fstype"], state["have"]
    if args["state"] == "absent":
        if not state["there"]:
            return Decision(False, {"msg": "Device %s not found." % dev})
        calls = [["wipefs", "--all", dev]] if have else []
        return Decision(bool(calls), {}, state_diff({"fstype": have}, None, dev) if calls else None, {"calls": calls})
    same = _AS_BLKID.get(have, have) == _AS_BLKID.get(wanted, wanted)
    if args["resizefs"] and same and not args["force"]:
        return _grow(args, state)
    if same and args["uuid"] and not args["force"]:
        calls = [_new_uuid(wanted, args["uuid"], dev)]
        return Decision(True, {}, state_diff({"uuid": "as it was"}, {"uuid": args["uuid"]}, dev), {"calls": calls, "tells": True})
    if same and not args["force"]:
        return Decision(False)
    if have and not args["force"]:
        raise ModuleFailed("'%s' is already used as %s, use force=true to overwrite" % (dev, have), rc=0, err="")
    calls = [_make(args)] + _uuid_after(args)
    return Decision(True, {}, state_diff({"fstype": have} if have else None, {"fstype": wanted}, dev), {"calls": calls})


def _make(args: Dict[str, Any]) -> List[str]:
    words, forced = _MAKE[args["fstype"]]
    call = words + (forced if args["force"] or args["fstype"] in _ALWAYS else []) + shlex.split(args["opts"] or "")
    if args["uuid"] and args["fstype"].startswith("ext") and not {"-U", "-E"} & set(call):
        call += ["-U", args["uuid"]]
    return call + [args["dev"]]


def _uuid_after(args: Dict[str, Any]) -> List[List[str]]:
    """Return the call that sets the UUID of what mkfs cannot give one."""
    if not args["uuid"] or args["fstype"].startswith("ext"):
        return []
    return [_new_uuid(args["fstype"], args["uuid"], args["dev"])]


def _new_uuid(kind: str, uuid: str, dev: str) -> List[str]:
    if kind == "lvm":
        return ["pvchange", "-u", dev]
    if kind == "xfs":
        return ["xfs_admin", "-U", uuid, dev]
    return ["bcachefs", "set-uuid", uuid, dev] if kind == "bcachefs" else ["tune2fs", "-U", uuid, dev]


def _grow(args: Dict[str, Any], state: Dict[str, Any]) -> Decision:
    growth: Optional[grow.Growth] = state["growth"]
    name = _NAMES.get(args["fstype"], args["fstype"].capitalize())
    if growth is None or not growth.calls:
        said = "%s filesystem is using the whole device %s" % (name, args["dev"])
        return Decision(False, {"msg": growth.why if growth is not None and growth.why else said})
    said = "resizing filesystem %s on device %s" % (name, args["dev"])
    diff = state_diff({"size": growth.before}, {"size": growth.after}, args["dev"])
    return Decision(True, {"msg": said}, diff, {"calls": growth.calls, "tells": True})


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> Dict[str, Any]:
    """Run the programs; what a program says that changes what is there is the message."""
    said = ""
    for call in decision.plan["calls"]:
        ran = system.run([program(system, call[0])] + call[1:])
        if ran.rc != 0:
            raise ModuleFailed("%s failed on %s: %s" % (call[0], args["dev"], (ran.err or ran.out).strip()), rc=ran.rc, err=ran.err)
        said = ran.out
    return {"msg": said} if decision.plan.get("tells") else {}
