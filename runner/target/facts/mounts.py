"""Mounted file systems of devices and of the network, with their sizes."""

import os
import re
import threading

from runner.target.facts.source import link_name, names, text

SIZE_LIMIT = 5.0
REMOTE = ("nfs", "nfs4", "cifs", "smb3", "ceph", "glusterfs", "9p")


def collect(system):
    """Return mounts."""
    uuids = {}
    for uuid in names(system, "/dev/disk/by-uuid"):
        uuids["/dev/%s" % link_name(system, "/dev/disk/by-uuid/" + uuid)] = uuid
    found = []
    for mount in parsed(text(system, "/proc/self/mountinfo")):
        mount["uuid"] = uuids.get(system.realpath(mount["device"]), "N/A") if mount["device"].startswith("/") else "N/A"
        mount.update(sizes(mount["mount"], mount["fstype"]))
        found.append(mount)
    return {"mounts": found}


def parsed(content):
    """Return the mounts in the text of mountinfo (proc(5)) that stand for a device or a remote file system."""
    found = []
    for line in content.splitlines():
        left, _, right = line.partition(" - ")
        fields, rest = left.split(), right.split()
        if len(fields) < 6 or len(rest) < 2:
            continue
        kind, device = rest[0], unescaped(rest[1])
        if kind == "none" or not (device.startswith(("/", "\\")) or ":/" in device):
            continue
        further = rest[2].split(",") if len(rest) > 2 else []
        options = fields[5].split(",") + [each for each in further if each not in ("rw", "ro")]
        # what is mounted is not the top of its file system: a bind mount (or a subvolume)
        if fields[3] != "/" and kind != "btrfs":
            options.append("bind")
        mount = {"mount": unescaped(fields[4]), "device": device, "fstype": kind, "options": ",".join(options)}
        mount.update(dump=0, passno=0)
        found.append(mount)
    return found


def unescaped(word):
    """Return a word of mountinfo with its octal escapes (space, tab, newline, backslash) decoded."""
    return re.sub(r"\\([0-7]{3})", lambda each: chr(int(each.group(1), 8)), word)


def sizes(path, kind):
    """Return the sizes of a mounted file system; a remote one whose server is silent has none."""
    if kind not in REMOTE and not kind.startswith("fuse"):
        return measured(path)
    answer = {}
    worker = threading.Thread(target=lambda: answer.update(measured(path)), daemon=True)
    worker.start()
    worker.join(SIZE_LIMIT)
    return dict(answer) if answer else {"note": "no answer from the file system within %d seconds" % SIZE_LIMIT}


def measured(path):
    """Return the sizes that statvfs(3) gives."""
    try:
        stat = os.statvfs(path)
    except OSError:
        return {}
    return {
        "size_total": stat.f_frsize * stat.f_blocks,
        "size_available": stat.f_frsize * stat.f_bavail,
        "block_size": stat.f_bsize,
        "block_total": stat.f_blocks,
        "block_available": stat.f_bavail,
        "block_used": stat.f_blocks - stat.f_bavail,
        "inode_total": stat.f_files,
        "inode_available": stat.f_favail,
        "inode_used": stat.f_files - stat.f_favail,
    }
