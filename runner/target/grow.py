"""Finds whether a file system is smaller than its device and which programs make it grow. Source: resize2fs(8), xfs_growfs(8), btrfs(8)."""

import os
import re
from typing import Any, List, NamedTuple, Optional, Tuple

from runner.target import fstab
from runner.target.decision import ModuleFailed
from runner.target.programs import program

# calls: programs to run, in order. before, after: bytes. why: why nothing can be done though there is room.
Growth = NamedTuple("Growth", [("calls", List[List[str]]), ("before", int), ("after", int), ("why", str)])
SUPPORTED = "bcachefs, btrfs, ext2, ext3, ext4, ext4dev, f2fs, lvm, vfat, xfs"


def growth(kind: str, dev: str, system: Any) -> Optional[Growth]:
    """Return how the file system grows to its device; None where it has it whole. Raises ModuleFailed for a type that cannot."""
    at = mount_point(dev, system)
    room = device_size(dev, system)
    if kind in ("ext2", "ext3", "ext4", "ext4dev"):
        count, block = _pair(["dumpe2fs", "-h", dev], r"Block count:\s+(\d+)", r"Block size:\s+(\d+)", system)
        return _result(count * block, room, block, [["resize2fs", dev]])
    if kind == "lvm":
        ran = system.run([program(system, "pvs"), "--noheadings", "--nosuffix", "--units", "b", "-o", "pv_size,vg_extent_size", dev])
        have, unit = ([int(word) for word in ran.out.split()] + [0, 0])[:2]
        return _result(have, room, max(unit, 4 << 20), [["pvresize", dev]])
    if kind == "xfs":
        if at is None:
            return Growth([], 0, room, "%s needs to be mounted for xfs operations" % dev)
        block, count = _pair(["xfs_info", at], r"data\s+=\s+bsize=(\d+)", r"data\s+=\s+bsize=\d+\s+blocks=(\d+)", system)
        return _result(count * block, room, block, [["xfs_growfs", at]])
    if kind == "btrfs":
        if at is None:
            return Growth([], 0, room, "%s needs to be mounted for btrfs operations" % dev)
        have = _number(["btrfs", "filesystem", "show", "--raw", dev], r"size (\d+) used", system)
        return _result(have, room, 4096, [["btrfs", "filesystem", "resize", "max", at]])
    if kind == "f2fs":
        blocks = _number(["dump.f2fs", dev], r"total FS sectors = (\d+)", system)
        return _result(blocks * 512, room, 1 << 21, [["resize.f2fs", dev]])
    if kind == "vfat":
        have = _number(["fatresize", "--info", dev], r"(?:Cur size|Size): *(\d+)", system)
        return _result(have, room, 1 << 16, [["fatresize", "-s", str(room), dev]])
    if kind == "bcachefs":
        have = _number(["bcachefs", "show-super", "-f", "members", dev], r"Size: +(\d+)", system)
        return _result(have, room, 1 << 20, [["bcachefs", "device", "resize", dev, str(room)]])
    raise ModuleFailed("module does not support resizing %s filesystem yet." % kind, supported=SUPPORTED)


def _result(have: int, room: int, unit: int, calls: List[List[str]]) -> Optional[Growth]:
    return Growth(calls, have, room, "") if room - have >= unit else None


def mount_point(dev: str, system: Any) -> Optional[str]:
    """Return where a device is mounted, or None."""
    real = system.realpath(dev)
    for path, source, _kind, _root in fstab.mounts(system.read_text("/proc/self/mountinfo")):
        if source.startswith("/") and system.realpath(source) == real:
            return path
    return None


def device_size(dev: str, system: Any) -> int:
    """Return the bytes of a device or file."""
    if system.is_file(dev):
        return int(system.stat(dev).st_size)
    return _number(["blockdev", "--getsize64", dev], r"(\d+)", system)


def _said(words: List[str], system: Any) -> str:
    ran = system.run([program(system, words[0])] + words[1:], environ={"LC_ALL": "C"})
    if ran.rc != 0:
        raise ModuleFailed("%s failed: %s" % (os.path.basename(words[0]), (ran.err or ran.out).strip()), rc=ran.rc, err=ran.err)
    return str(ran.out)


def _number(words: List[str], pattern: str, system: Any) -> int:
    found = re.search(pattern, _said(words, system))
    if found is None:
        raise ModuleFailed("%s does not tell a size" % " ".join(words))
    return int(found.group(1))


def _pair(words: List[str], first: str, second: str, system: Any) -> Tuple[int, int]:
    text = _said(words, system)
    one, two = re.search(first, text), re.search(second, text)
    if one is None or two is None:
        raise ModuleFailed("%s does not tell a size" % " ".join(words))
    return int(one.group(1)), int(two.group(1))
