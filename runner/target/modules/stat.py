"""Tells what a path is: kind, owner, permissions, times, checksum, type of content and chattr flags."""

import os

from runner.target.attributes import chattr_flags
from runner.target.decision import ModuleFailed
from runner.target.status_fields import status_fields

ALGORITHMS = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]
ARGUMENTS = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "format": "path", "aliases": ["dest", "name"], "description": "The path to look at."},
        "follow": {"type": "boolean", "default": False, "description": "Look at what a symlink leads to."},
        "get_checksum": {"type": "boolean", "default": True, "description": "Compute the checksum of a regular file."},
        "checksum_algorithm": {
            "type": "string",
            "enum": ALGORITHMS,
            "default": "sha1",
            "aliases": ["checksum", "checksum_algo"],
            "description": "How to compute it.",
        },
        "get_mime": {
            "type": "boolean",
            "default": True,
            "aliases": ["mime", "mime_type", "mime-type"],
            "description": "Ask file(1) for the type of the content.",
        },
        "get_attributes": {
            "type": "boolean",
            "default": True,
            "aliases": ["attr", "attributes"],
            "description": "Ask lsattr(1) for the chattr flags.",
        },
    },
    "required": ["path"],
}
RETURNS = {"stat": "exists; and when it does: path mode isreg isdir islnk ... uid gid size mtime checksum mimetype charset attributes"}
EXAMPLES = """
- stat: {path: /etc/kubernetes/kubelet.conf}
  register: joined
"""

# Letters of lsattr(1) and the names Ansible gives them.
FLAGS = {
    "A": "noatime",
    "a": "append",
    "c": "compressed",
    "C": "nocow",
    "d": "nodump",
    "D": "dirsync",
    "e": "extents",
    "E": "encrypted",
    "h": "blocksize",
    "i": "immutable",
    "I": "indexed",
    "j": "journalled",
    "N": "inline",
    "s": "zero",
    "S": "synchronous",
    "t": "notail",
    "T": "blockroot",
    "u": "undelete",
    "X": "compressedraw",
    "Z": "compresseddirty",
}


def run(args, system):
    path = args["path"]
    status = system.stat(path) if args["follow"] else system.lstat(path)
    if status is None:
        _refuse_below_a_file(path, system)
        return {"stat": {"exists": False}}
    found = described(path, status)
    for name, letter in (("readable", "r"), ("writeable", "w"), ("executable", "x")):
        found[name] = system.may(path, letter)
    user, group = system.user(status.st_uid), system.group(status.st_gid)
    if user:
        found["pw_name"] = user.pw_name
    if group:
        found["gr_name"] = group.gr_name
    if found["islnk"]:
        found["lnk_target"] = system.readlink(path)
        found["lnk_source"] = system.realpath(path)
    if found["isreg"] and found["readable"] and args["get_checksum"]:
        found["checksum"] = _checksum(path, args["checksum_algorithm"], system)
    if args["get_mime"]:
        found["mimetype"], found["charset"] = _mime(path, args["follow"], system)
    if args["get_attributes"]:
        found["attr_flags"], version = chattr_flags(path, system)
        found["version"] = version
        found["attributes"] = [FLAGS[letter] for letter in found["attr_flags"] if letter in FLAGS]
    return {"stat": found}


def _refuse_below_a_file(path, system):
    """Raise ModuleFailed when a part of the path is no directory: that is a mistake, not a file that is missing."""
    above = os.path.dirname(path.rstrip("/"))
    while above not in ("", "/") and not system.exists(above):
        above = os.path.dirname(above)
    if above and not system.is_dir(above):
        raise ModuleFailed("Not a directory")


def _checksum(path, algorithm, system):
    try:
        return system.digest(path, algorithm)
    except (OSError, ValueError):
        # A file that vanished, or an algorithm this host forbids (FIPS)
        return None


def described(path, status):
    """Return what an `os.stat_result` says, in Ansible's keys (pure)."""
    found = dict({"exists": True, "path": path}, **status_fields(status))
    for name, field in (("blocks", "st_blocks"), ("block_size", "st_blksize"), ("device_type", "st_rdev")):
        if hasattr(status, field):
            found[name] = getattr(status, field)
    return found


def _mime(path, follow, system):
    program = system.which("file")
    if program is None:
        return "unknown", "unknown"
    ran = system.run([program, "--brief", "--mime-type", "--mime-encoding", *(["--dereference"] if follow else []), "--", path])
    kind, _, charset = ran.out.strip().partition(";")
    if ran.rc != 0 or "/" not in kind:
        return "unknown", "unknown"
    return kind.strip(), charset.strip().replace("charset=", "", 1) or "unknown"
