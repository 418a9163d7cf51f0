"""Owner, group, mode, chattr flags and SELinux label of a path: the arguments many modules share, and what they change."""

import os
import stat
from typing import Any, Dict, List, Optional

from runner.target.decision import ModuleFailed
from runner.target.mode import BadMode, parse_mode

FILE_ARGUMENTS: Dict[str, Dict[str, Any]] = {
    "mode": {"format": "mode", "description": "Permissions, octal (quote it: '0644') or symbolic (u=rw,g=r)."},
    "owner": {"type": "string", "description": "Name (or number) of the user that owns the path."},
    "group": {"type": "string", "description": "Name (or number) of the group that owns the path."},
    "attributes": {
        "type": "string",
        "aliases": ["attr"],
        "description": "Flags as chattr(1) takes them; = is assumed, + and - add and remove.",
    },
    "seuser": {"type": "string", "description": "User part of the SELinux label; _default takes it from the policy."},
    "serole": {"type": "string", "description": "Role part of the SELinux label; _default takes it from the policy."},
    "setype": {"type": "string", "description": "Type part of the SELinux label; _default takes it from the policy."},
    "selevel": {"type": "string", "description": "Level part of the SELinux label; _default takes it from the policy."},
    "unsafe_writes": {
        "type": "boolean",
        "environment": "ANSIBLE_UNSAFE_WRITES",
        "description": "Where a file cannot be replaced in one step (a bind mount), write into it instead of failing.",
    },
}

LABEL = "security.selinux"
LABEL_PARTS = ("seuser", "serole", "setype", "selevel")
# Flags the file system itself keeps; chattr cannot sensibly change them, so "=" does not compare them.
KERNEL_FLAGS = frozenset("eEhINVm")


class Present:
    """How a path is now, and the numbers behind the names that are wanted.

    status: `os.stat_result`, or None when there is nothing. uid, gid: wanted numbers or None. flags: chattr letters, or
    None when nobody asked. label: SELinux label or None; wanted_label: the one asked for, or None.
    """

    def __init__(self, path, status):
        self.path = path
        self.status = status
        self.uid: Optional[int] = None
        self.gid: Optional[int] = None
        self.umask = 0o022
        self.flags: Optional[str] = None
        self.label: Optional[str] = None
        self.wanted_label: Optional[str] = None


class Change:
    """One attribute that differs. name: owner, group, mode, attributes or secontext."""

    def __init__(self, name: str, before: Any, after: Any) -> None:
        self.name = name
        self.before = before
        self.after = after


def look_attributes(path, args, system, follow=False):
    """Return the `Present` of a path. Raises ModuleFailed when a wanted user or group does not exist."""
    present = Present(path, system.stat(path) if follow else system.lstat(path))
    present.uid = _number(args.get("owner"), system.user, "user", system, path)
    present.gid = _number(args.get("group"), system.group, "group", system, path)
    if args.get("mode") is not None:
        present.umask = system.umask()
    if present.status is not None and args.get("attributes"):
        present.flags = chattr_flags(path, system)[0]
    if any(args.get(part) for part in LABEL_PARTS):
        _look_label(present, args, system)
    return present


def _number(name, find, kind, system, path):
    """Return the number of a user or group, None when nobody asked. One that is not there (yet) is a warning in check mode."""
    if name is None or name == "":
        return None
    try:
        number = int(name)
    except ValueError:
        number = None
    entry = find(str(name) if number is None else number)
    if entry is not None:
        return entry[2]
    what = kind if number is None else "%s with %s" % (kind, "uid" if kind == "user" else "gid")
    if system.check:
        system.warn("failed to look up %s %s; check mode goes on as if it were there" % (what, name))
    elif number is None:
        verb = "chown" if kind == "user" else "chgrp"
        raise ModuleFailed("%s failed: failed to look up %s %s" % (verb, what, name), path=path)
    return number


def chattr_flags(path, system):
    """Return (letters, version) as lsattr(1) shows them for a path; empty text where the file system has none."""
    program = system.which("lsattr")
    if program is None:
        return "", None
    ran = system.run([program, "-vd", path])
    words = ran.out.split()
    if ran.rc == 0 and len(words) > 1:
        return words[1].replace("-", ""), words[0]
    # tmpfs has flags but no version
    ran = system.run([program, "-d", path])
    return ran.out.split()[0].replace("-", "") if ran.rc == 0 and ran.out.split() else "", None


def _look_label(present, args, system):
    if not system.is_dir("/sys/fs/selinux") or not system.listdir("/sys/fs/selinux"):
        return
    present.label = read_label(present.path, system)
    wanted = (present.label or "system_u:object_r:unlabeled_t:s0").split(":", 3)
    default = None
    for index, name in enumerate(LABEL_PARTS):
        value = args.get(name)
        if value == "_default":
            default = default or _policy_label(present.path, system)
            value = default[index] if len(default) > index else None
        if value and index < len(wanted):
            wanted[index] = value
    present.wanted_label = ":".join(wanted)


def read_label(path, system):
    """Return the SELinux label of a path, or None."""
    try:
        return os.getxattr(path, LABEL, follow_symlinks=False).decode("utf-8", "replace").rstrip("\0")
    except (OSError, AttributeError):
        return None


def _policy_label(path, system):
    program = system.which("matchpathcon")
    if program is None:
        return []
    return system.run([program, "-n", path]).out.strip().split(":", 3)


def mode_text(mode):
    """Return permission bits as Ansible prints them: 0644, 01777."""
    return "0%03o" % mode


def wanted_mode(args, present, path):
    """Return the permission bits `args["mode"]` asks for, or None. Raises ModuleFailed for a text that is no mode."""
    if args.get("mode") is None:
        return None
    status = present.status
    now = stat.S_IMODE(status.st_mode) if status is not None else 0o666 & ~present.umask
    is_directory = status is not None and stat.S_ISDIR(status.st_mode)
    try:
        return parse_mode(args["mode"], now, is_directory, present.umask)
    except BadMode as error:
        raise ModuleFailed("mode must be in octal or symbolic form", details=str(error), path=path)


def attribute_changes(args: Dict[str, Any], present: Present) -> List[Change]:
    """Return what of a path differs from what is asked for (pure). A path that does not exist has no changes."""
    mode = wanted_mode(args, present, present.path)
    if present.status is None:
        return []
    status = present.status
    changes = []
    if present.uid is not None and present.uid != status.st_uid:
        changes.append(Change("owner", status.st_uid, present.uid))
    if present.gid is not None and present.gid != status.st_gid:
        changes.append(Change("group", status.st_gid, present.gid))
    now = stat.S_IMODE(status.st_mode)
    if mode is not None and mode != now and not stat.S_ISLNK(status.st_mode):
        changes.append(Change("mode", mode_text(now), mode_text(mode)))
    flags = _flags_after(args.get("attributes"), present.flags)
    if flags is not None:
        changes.append(Change("attributes", present.flags, flags))
    if present.wanted_label is not None and present.wanted_label != present.label:
        changes.append(Change("secontext", _label_list(present.label), _label_list(present.wanted_label)))
    return changes


def _label_list(label):
    return label.split(":", 3) if label else []


def _flags_after(wanted: Optional[str], now: Optional[str]) -> Optional[str]:
    if not wanted or now is None:
        return None
    sign, letters = (wanted[0], wanted[1:]) if wanted[0] in "+-=" else ("=", wanted)
    if sign == "+":
        differs = bool(set(letters) - set(now))
    elif sign == "-":
        differs = bool(set(letters) & set(now))
    else:
        differs = set(letters) - KERNEL_FLAGS != set(now) - KERNEL_FLAGS
    return sign + letters if differs else None


def apply_attributes(path: str, changes: List[Change], system: Any, follow: bool = False) -> None:
    """Make the changes, in their order: owner before mode, since chown(2) clears set-id bits."""
    for change in changes:
        if change.name in ("owner", "group"):
            is_owner = change.name == "owner"
            try:
                system.chown(path, change.after if is_owner else -1, -1 if is_owner else change.after, follow)
            except PermissionError as error:
                raise ModuleFailed("chown failed" if is_owner else "chgrp failed", details=str(error), path=path)
        elif change.name == "mode":
            try:
                system.chmod(path, int(change.after, 8))
            except PermissionError as error:
                raise ModuleFailed("chmod failed", details=str(error), path=path)
        elif change.name == "secontext":
            os.setxattr(path, LABEL, ":".join(change.after).encode() + b"\0", follow_symlinks=follow)
        elif change.name == "attributes":
            system.run(["chattr", change.after, path], fail="chattr failed")


def ensure_attributes(path: str, args: Dict[str, Any], system: Any, follow: bool = False) -> List[Change]:
    """Look at a path, make what differs as asked, and return the changes made."""
    changes = attribute_changes(args, look_attributes(path, args, system, follow))
    if not system.check:
        apply_attributes(path, changes, system, follow)
    return changes


def merge_diff(diff: Dict[str, Any], changes: List[Change]) -> Dict[str, Any]:
    """Put attribute changes in a diff whose before and after are mappings, and return it."""
    for change in changes:
        diff.setdefault("before", {})[change.name] = change.before
        diff.setdefault("after", {})[change.name] = change.after
    return diff


def path_info(path: str, system: Any) -> Dict[str, Any]:
    """Return uid, gid, owner, group, mode, state and size of a path; nothing when it does not exist."""
    status = system.lstat(path)
    if status is None:
        return {}
    user, group = system.user(status.st_uid), system.group(status.st_gid)
    info = {
        "uid": status.st_uid,
        "gid": status.st_gid,
        "owner": user.pw_name if user else str(status.st_uid),
        "group": group.gr_name if group else str(status.st_gid),
        "mode": mode_text(stat.S_IMODE(status.st_mode)),
        "state": kind_of(status),
        "size": status.st_size,
    }
    label = read_label(path, system)
    if label:
        info["secontext"] = label
    return info


def kind_of(status: Any) -> str:
    """Return absent, link, directory, hard (a file with more than one name) or file."""
    if status is None:
        return "absent"
    if stat.S_ISLNK(status.st_mode):
        return "link"
    if stat.S_ISDIR(status.st_mode):
        return "directory"
    return "hard" if status.st_nlink > 1 else "file"
