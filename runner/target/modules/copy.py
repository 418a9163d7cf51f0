"""Ensures that a file or directory of the host is as one of the control machine, as a text, or as another of the host."""

import os
from typing import Any, Dict

from runner.target import copy_file, copy_tree
from runner.target.attributes import path_info
from runner.target.decision import ModuleFailed
from runner.target.replace_file import CONTENT_ARGUMENTS

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        CONTENT_ARGUMENTS,
        src={"type": "string", "description": "File or directory to copy; a directory with / at its end means what it holds."},
        content={"format": "raw", "description": "The content itself, instead of src. A mapping or list is written as JSON."},
        dest={"type": "string", "format": "path", "description": "Where it goes. With / at its end it is a directory."},
        force={
            "type": "boolean",
            "default": True,
            "description": "Replace a file that differs; false: only make it when missing.",
        },
        directory_mode={"format": "mode", "description": "Mode of directories that are made."},
        remote_src={"type": "boolean", "default": False, "description": "src is a path on the managed host."},
        follow={"type": "boolean", "default": False, "description": "Write through a symlink at dest instead of replacing it."},
        local_follow={
            "type": "boolean",
            "description": "Follow symlinks in the source. Default: yes on the control machine, no with remote_src.",
        },
        checksum={"type": "string", "description": "SHA-1 that the content must have."},
        decrypt={"type": "boolean", "default": True, "description": "Decrypt a vault file before it is sent."},
        _original_basename={"type": "string", "description": "Name to take inside a directory (internal)."},
        _checksum={"type": "string", "description": "SHA-1 of the content on the control machine (internal)."},
        _md5sum={"type": "string", "description": "MD5 of the content of _checksum (internal)."},
        _blocks={"type": "integer", "description": "Size of the blocks of the old file that shall be told of (internal)."},
        _delta={"format": "raw", "description": "What the content is made of besides what is sent (internal)."},
        _source={"type": "string", "description": "Where the content is from, for result and diff (internal)."},
        _tree={"format": "raw", "description": "What a directory holds (internal)."},
        _sent={"format": "raw", "description": "Entries of _tree whose content is sent along (internal)."},
    ),
    "required": ["dest"],
}
RETURNS = {
    "dest": "path of the file",
    "src": "where it is from (of the control machine: only if the content changed)",
    "path": "path of the file (its content did not change)",
    "checksum": "SHA-1 of the content",
    "md5sum": "MD5 of the content (changed)",
    "backup_file": "copy of the old file (backup, changed)",
    "owner": "user name",
    "group": "group name",
    "uid": "user number",
    "gid": "group number",
    "mode": "permissions, octal text",
    "size": "bytes",
    "state": "file or directory",
}
EXAMPLES = """
- name: A configuration file, checked before it is used
  copy:
    src: sudoers.d/ops
    dest: /etc/sudoers.d/ops
    mode: '0440'
    validate: visudo -cf %s
- name: A small file from a variable
  copy:
    dest: /etc/docker/daemon.json
    content: "{{ daemon_settings | to_nice_json }}"
"""


def look(args, system):
    """Return what is there: a `copy_file.Seen`, or the list of `copy_tree.look`."""
    if args["remote_src"]:
        args["src"] = system.expand(args["src"])
        if system.is_dir(args["src"]):
            _into(args, system)
    if _is_tree(args, system):
        return copy_tree.look(args, system)
    return copy_file.look(args, system, copy_file.received(args, system))


def _is_tree(args, system):
    return args["_tree"] is not None or (args["remote_src"] and system.is_dir(args["src"]))


def _into(args, system):
    """Make `dest` the directory that becomes like `src`: inside dest by its name, unless src ends with a slash."""
    if system.lstat(args["dest"]) is not None and not system.is_dir(args["dest"]):
        raise ModuleFailed("cannot copy a directory over %s: it is not a directory" % args["dest"])
    if not args["src"].endswith("/"):
        args["dest"] = os.path.join(args["dest"], os.path.basename(args["src"]))


def decide(args, seen):
    """Return the decision of the kind of copy this is."""
    return copy_tree.decide(args, seen) if isinstance(seen, list) else copy_file.decide(args, seen)


def apply(args, decision, system):
    """Carry it out."""
    if "steps" not in decision.plan:
        return copy_file.apply(args, decision, system)
    copy_tree.apply(args, decision, system)
    return dict(path_info(args["dest"], system), checksum=None, md5sum=None) if args["remote_src"] else None
