"""Ensures that a path is a file, directory, symlink or hard link with an owner and a mode, or that it does not exist."""

import os
from typing import Any, Dict, List

from runner.target.attributes import (
    FILE_ARGUMENTS,
    apply_attributes,
    attribute_changes,
    ensure_attributes,
    kind_of,
    look_attributes,
    merge_diff,
    path_info,
)
from runner.target.decision import Decision, ModuleFailed
from runner.target.path_state import DECIDE, initial_diff
from runner.target.replace_file import make_parents
from runner.target.timestamps import DEFAULT_FORMAT, set_times, time_changes, wanted_times

ARGUMENTS = {
    "type": "object",
    "properties": dict(
        FILE_ARGUMENTS,
        path={"type": "string", "format": "path", "aliases": ["dest", "name"], "description": "The path to manage."},
        state={
            "type": "string",
            "enum": ["absent", "directory", "file", "hard", "link", "touch"],
            "description": "What it shall be. Default: what it is now, else directory with recurse, else file.",
        },
        recurse={"type": "boolean", "default": False, "description": "Give owner and mode to all a directory holds, too."},
        src={"type": "string", "format": "path", "description": "What a link or hard link leads to."},
        follow={"type": "boolean", "default": True, "description": "Follow a symlink at path."},
        force={"type": "boolean", "default": False, "description": "Make links to nothing, and replace files by links."},
        access_time={"type": "string", "description": "preserve, now or a date. Default: now for touch, else preserve."},
        access_time_format={"type": "string", "default": DEFAULT_FORMAT, "description": "strptime format of access_time."},
        modification_time={"type": "string", "description": "preserve, now or a date. Default: now for touch, else preserve."},
        modification_time_format={
            "type": "string",
            "default": DEFAULT_FORMAT,
            "description": "strptime format of modification_time.",
        },
        _original_basename={"type": "string", "description": "Name to take inside a directory (internal)."},
        _diff_peek={"type": "string", "description": "Internal."},
    ),
    "required": ["path"],
}
RETURNS = {
    "path": "the path (file, directory, absent)",
    "dest": "the path (touch, link, hard)",
    "src": "what the link leads to",
    "state": "what the path is",
    "mode": "permissions, octal text",
    "owner": "user name",
    "group": "group name",
    "uid": "user number",
    "gid": "group number",
    "size": "bytes",
}
EXAMPLES = """
- name: A directory for certificates
  file: {path: /etc/docker/certs.d/cache.example:5000, state: directory, mode: '0755'}
- name: A symlink
  file: {src: /opt/app-1.2, dest: /opt/app, state: link}
- name: Gone
  file: {path: /etc/cron.d/old, state: absent}
"""


class Seen:
    """What is at the path. state: what it shall be; kind: what it is; path, follow: where attributes go."""

    path: Any = None
    kind: Any = None
    state: Any = None
    src: Any = None
    check: Any = None
    content: Any = None
    links: Any = None
    times: Any = None
    link: Any = None
    target_exists: Any = None
    entries: Any = None
    source: Any = None
    source_status: Any = None
    path_status: Any = None
    follow: Any = None
    present: Any = None
    inner: Any = None
    info: Any = None

    def __init__(self, **values):
        self.__dict__.update(values)


def look(args, system):
    path = _inside(args, system)
    kind = kind_of(system.lstat(path))
    state = args["state"] or (kind if kind != "absent" else "directory" if args["recurse"] else "file")
    if state in ("file", "directory") and kind == "link" and args["follow"]:
        path = system.realpath(path)
        kind = kind_of(system.lstat(path))
    seen = Seen(path=path, kind=kind, state=state, src=args["src"], check=system.check, content=None, links=None)
    seen.times = wanted_times(args, "now" if state == "touch" else "preserve", system.now())
    seen.link = system.readlink(path) if kind == "link" else None
    seen.target_exists = _followed(path, system) is not None
    seen.entries = system.listdir(path) if kind == "directory" and state in ("link", "hard") else []
    if kind == "directory" and state == "absent" and system.diff:
        seen.content = _content(path, system)
    _look_source(args, seen, system)
    follow = args["follow"] and seen.target_exists and state not in ("absent",)
    seen.follow = follow
    seen.present = look_attributes(path, {} if state == "absent" else args, system, follow)
    seen.inner = _look_inner(args, seen, system)
    seen.info = path_info(path, system)
    return seen


def _followed(path, system):
    """Return the status of what a path leads to, None also when the kernel forbids to follow (fs.protected_symlinks)."""
    try:
        return system.stat(path)
    except OSError:
        return None


def _inside(args, system):
    path = args["path"]
    name = args["_original_basename"] or (os.path.basename(args["src"]) if args["src"] else "")
    if name and args["state"] not in ("link", "absent") and system.is_dir(path):
        return os.path.join(path, name)
    return path


def _content(path, system):
    content: Dict[str, Any] = {"directories": [], "files": []}
    for folder, folders, names in system.walk(path):
        content["directories"] += [os.path.join(folder, name) for name in folders]
        content["files"] += [os.path.join(folder, name) for name in names]
    return content


def _look_source(args, seen, system):
    if seen.state == "link" and seen.src is None and args["follow"] and seen.kind == "link" and seen.target_exists:
        seen.src = seen.link
    seen.source = seen.source_status = None
    if seen.src is not None:
        base = seen.path if seen.kind == "directory" else os.path.dirname(seen.path)
        seen.source = os.path.join(base, seen.src) if seen.state == "link" else seen.src
        seen.source_status = _followed(seen.source, system)
    seen.path_status = _followed(seen.path, system)


def _look_inner(args, seen, system):
    """Return (path, `Present`) for all a directory holds, when attributes go to them too."""
    if not args["recurse"] or seen.state != "directory" or seen.kind != "directory":
        return []
    found: List[str] = []
    _collect(seen.path, args["follow"], found, {system.realpath(seen.path)}, system)
    return [(path, look_attributes(path, args, system)) for path in found]


def _collect(top, follow, found, known, system):
    """Add all below `top` to `found`; with `follow` what symlinks lead to in their place. known: real directories already met."""
    for folder, folders, names in system.walk(top):
        for name in folders + names:
            path = os.path.join(folder, name)
            if not (follow and system.is_link(path)):
                found.append(path)
                continue
            real = system.realpath(path)
            if _followed(real, system) is None or real in known:
                continue
            found.append(real)
            if system.is_dir(real):
                known.add(real)
                _collect(real, follow, found, known, system)


def decide(args, seen):
    if args["recurse"] and seen.state != "directory":
        raise ModuleFailed("recurse option requires state to be 'directory'", path=seen.path)
    if args["src"] and seen.state not in ("link", "hard"):
        raise ModuleFailed("src option requires state to be 'link' or 'hard'", path=seen.path)
    diff = initial_diff(seen)
    make = DECIDE[seen.state](args, seen, diff)
    result = _result(seen)
    # Ansible's file always has its diff in the result, asked for or not.
    if seen.state == "absent":
        if make:
            result["diff"] = diff
        return Decision(make, result, None, {"seen": seen, "make": make, "inner": []})
    changes = [] if seen.state == "link" and _dangling(args, seen, make) else attribute_changes(args, seen.present)
    merge_diff(diff, changes)
    times = {} if seen.present.status is None or (make and seen.kind == "absent") else time_changes(seen.times, seen.present.status)
    for name, (before, after) in times.items():
        diff["before"][name], diff["after"][name] = before, after
    inner = [(path, found) for path, present in seen.inner for found in [attribute_changes(args, present)] if found]
    plan = {"seen": seen, "make": make, "changes": changes, "times": times, "inner": inner, "diff": diff}
    result["diff"] = diff
    return Decision(bool(make or changes or times or inner), result, None, plan)


def _dangling(args, seen, make):
    return args["follow"] and seen.source_status is None


def _result(seen):
    # What was there is told only when it is there still (check mode), as Ansible does.
    result = {} if seen.state == "absent" and not seen.check else dict(seen.info)
    if seen.state in ("touch", "link", "hard"):
        result["dest"] = seen.path
    else:
        result["path"] = seen.path
    if seen.state in ("link", "hard"):
        result["src"] = seen.src
    if seen.state == "absent":
        result.setdefault("state", "absent")
    return result


def promises(args, decision):
    """Return the directories that a dry run takes for made from here on."""
    seen = decision.plan["seen"]
    return [seen.path] if seen.state == "directory" else []


def apply(args, decision, system):
    plan, seen = decision.plan, decision.plan["seen"]
    if seen.state == "absent":
        _remove(seen, system)
        return None
    if plan["make"]:
        _make(args, plan, system)
    else:
        apply_attributes(seen.path, plan["changes"], system, seen.follow)
    for path, changes in plan["inner"]:
        apply_attributes(path, changes, system)
    if plan["times"] or (plan["make"] and any(each is not None for each in seen.times) and seen.kind == "absent"):
        set_times(seen.path, seen.times, system, follow=_followed(seen.path, system) is not None)
    return path_info(seen.path, system)


def _remove(seen, system):
    if seen.kind == "directory":
        system.rmtree(seen.path)
    else:
        system.remove(seen.path)


def _make(args, plan, system):
    seen = plan["seen"]
    made = [seen.path]
    if seen.kind == "directory":
        system.rmtree(seen.path)
    if seen.state == "touch":
        _touch(seen.path, system)
    elif seen.state == "directory":
        made = make_parents(os.path.join(seen.path, ""), system)
    else:
        _link(seen, system)
    for path in made:
        if seen.state == "link" and args["follow"] and _followed(path, system) is None:
            if any(args[name] for name in FILE_ARGUMENTS):
                system.warn("Cannot set fs attributes on a non-existent symlink target. follow should be set to False to avoid this.")
            continue
        try:
            merge_diff(plan["diff"], ensure_attributes(path, args, system, args["follow"]))
        except ModuleFailed:
            # An empty file of the wrong owner is not what was asked for.
            if seen.state == "touch" and seen.kind == "absent":
                system.remove(path)
            raise


def _touch(path, system):
    try:
        system.touch(path)
    except OSError as error:
        raise ModuleFailed("Error, could not touch target: %s" % error, path=path)


def _link(seen, system):
    make = system.symlink if seen.state == "link" else system.link
    try:
        make(seen.src, seen.path)
    except OSError as error:
        words = (error.errno, error.strerror, seen.src, seen.path)
        raise ModuleFailed("Error while linking: [Errno %s] %s: %r -> %r" % words, path=seen.path)
