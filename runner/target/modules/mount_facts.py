"""Tells what is mounted, and what would be, from the sources and with the filters one asks for. Source: fstab(5), proc(5), mount(8)."""

import fnmatch
import os
import re
import threading
from typing import Any, Dict, List, Optional

from runner.target.decision import ModuleFailed
from runner.target.facts.mounts import measured
from runner.target.fstab import unescape
from runner.target.option import option
from runner.target.processes import CommandTimeout

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "devices": option("strs", "Patterns of devices; only these mounts."),
        "fstypes": option("strs", "Patterns of types; only these mounts."),
        "sources": option("strs", "Files, mount, or the words all, static, dynamic; all unless given."),
        "mount_binary": option("raw", "The program that lists mounts where no file does; null: none.", "mount"),
        "timeout": option("float", "Seconds that the sizes of one mount, or the program, may take."),
        "on_timeout": option("str", "What happens then.", "error", enum=["error", "warn", "ignore"]),
        "include_aggregate_mounts": option("bool", "Also list every mount; unless false, a mount point found twice is warned of."),
    },
}
RETURNS = {"ansible_facts": "mount_points: mount point -> what is mounted; aggregate_mounts: all of them, in order"}
EXAMPLES = """
- mount_facts: {fstypes: [nfs, nfs4], timeout: 10, on_timeout: warn}
"""
DYNAMIC = ["/etc/mtab", "/proc/mounts", "/etc/mnttab"]
STATIC = ["/etc/fstab", "/etc/vfstab", "/etc/filesystems"]
# what mount(8) prints: on Linux, and on BSD
_LINUX = re.compile(r"^(?P<device>.*) on (?P<mount>.*) type (?P<fstype>\S+) \((?P<options>.*)\)$")
_BSD = re.compile(r"^(?P<device>.*) on (?P<mount>.*) \((?P<fstype>[^,)]+)(?:, )?(?P<options>.*)\)$")
Mount = Dict[str, Any]


def table(text: str, source: str) -> List[Mount]:
    """Return the mounts in the lines of an fstab or a table of mounts."""
    found = []
    for line in text.splitlines():
        words = line.split("#", 1)[0].split() if line.lstrip().startswith("#") else line.split()
        if len(words) < 3:
            continue
        numbers = [int(word) if word.isdigit() else word for word in words[4:6]]
        mount: Mount = {"device": unescape(words[0]), "mount": unescape(words[1]), "fstype": words[2]}
        mount.update(zip(("options", "dump", "passno"), [words[3] if len(words) > 3 else ""] + numbers))
        found.append(dict(mount, ansible_context={"source": source, "source_data": line}))
    return found


def listing(text: str, source: str) -> List[Mount]:
    """Return the mounts that the program mount prints."""
    found = []
    for line in text.splitlines():
        match = _LINUX.match(line) or _BSD.match(line)
        if match is not None:
            found.append(dict(match.groupdict(), ansible_context={"source": source, "source_data": line}))
    return found


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Gather the mounts."""
    if args["timeout"] is not None and args["timeout"] <= 0:
        raise ModuleFailed("argument 'timeout' must be a positive number or null, not %s" % args["timeout"])
    every = [mount for mount in _every(args, system) if _wanted(mount, args)]
    uuids = _uuids(system)
    for mount in every:
        device = mount["device"]
        mount["uuid"] = uuids.get(system.realpath(device)) if device.startswith("/") else None
        if device.startswith("UUID="):
            mount["uuid"] = device[5:].strip('"')
        mount.update(_sizes(mount["mount"], args, system))
    points: Dict[str, Mount] = {}
    twice: List[str] = []
    for mount in every:
        if mount["mount"] in points and mount["mount"] not in twice:
            twice.append(mount["mount"])
        points.setdefault(mount["mount"], mount)
    facts: Dict[str, Any] = {"mount_points": points, "aggregate_mounts": every if args["include_aggregate_mounts"] else []}
    if args["include_aggregate_mounts"] is None and twice:
        system.warn("mount_facts: ignoring duplicate mounts in the following sources' mount points: %s; include_aggregate_mounts "
                    "lists them all, or false silences this" % ", ".join(twice))  # fmt: skip
    return {"ansible_facts": facts}


def _sources(args: Dict[str, Any]) -> List[Optional[str]]:
    """Return the sources in order; None stands for the program where no file told anything."""
    found: List[Optional[str]] = []
    for word in args["sources"] or ["all"]:
        if word == "":
            raise ModuleFailed("sources contains an empty string")
        found += (DYNAMIC + [None]) if word in ("dynamic", "all") else []
        found += STATIC if word in ("static", "all") else []
        found += [word] if word not in ("dynamic", "static", "all") else []
    return found


def _every(args: Dict[str, Any], system: Any) -> List[Mount]:
    """Return the mounts of all sources; a file that was read under another name is passed over."""
    every: List[Mount] = []
    read: List[str] = []
    dynamic = False
    for source in _sources(args):
        if source is None or source == args["mount_binary"]:
            every += [] if source is None and (dynamic or not args["mount_binary"]) else _by_program(args, system)
            continue
        real = system.realpath(source)
        # Linux has another file of that name
        if real in read or source == "/etc/filesystems" or not system.is_file(source):
            continue
        read.append(real)
        rows = table(system.read_text(source), source)
        dynamic = dynamic or (source in DYNAMIC and bool(rows))
        every += rows
    return every


def _by_program(args: Dict[str, Any], system: Any) -> List[Mount]:
    name = str(args["mount_binary"])
    path = system.which(name)
    if path is None:
        return []
    try:
        return listing(system.run([path], timeout=args["timeout"]).out, name)
    except CommandTimeout as error:
        _late(args, system, str(error))
        return []


def _late(args: Dict[str, Any], system: Any, text: str) -> None:
    if args["on_timeout"] == "error":
        raise ModuleFailed(text)
    if args["on_timeout"] == "warn":
        system.warn(text)


def _wanted(mount: Mount, args: Dict[str, Any]) -> bool:
    pairs = (("device", args["devices"]), ("fstype", args["fstypes"]))
    return all(not patterns or any(fnmatch.fnmatch(mount[key], pattern) for pattern in patterns) for key, patterns in pairs)


def _uuids(system: Any) -> Dict[str, str]:
    folder = "/dev/disk/by-uuid"
    names = system.listdir(folder) if system.is_dir(folder) else []
    return {system.realpath(os.path.join(folder, name)): name for name in names}


def _sizes(path: str, args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return the sizes; in a thread of its own, for a server that is silent holds statvfs(3) for ever."""
    answer: Dict[str, Any] = {}
    if args["timeout"] is None:
        return dict(measured(path))
    worker = threading.Thread(target=lambda: answer.update(measured(path)), daemon=True)
    worker.start()
    worker.join(args["timeout"])
    if worker.is_alive():
        _late(args, system, "Timed out getting mount size for mount %s after %s seconds" % (path, args["timeout"]))
        return {}
    return dict(answer)
