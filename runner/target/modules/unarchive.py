"""Ensures that a directory holds what a tar or zip archive holds; only what differs is written, nothing outside the directory."""

import contextlib
import fnmatch
import os
import re
import ssl
from typing import Any, Dict
from urllib.request import urlopen

from runner.target.archives import open_archive
from runner.target.attributes import FILE_ARGUMENTS, attribute_changes, look_attributes, path_info
from runner.target.decision import Decision, ModuleFailed
from runner.target.unpack import attributes, compare, places, put, set_attributes
from runner.target.unpack_by_program import unpacked

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        FILE_ARGUMENTS,
        src={"type": "string", "description": "The archive: of the control machine, or with remote_src of the host, or a URL."},
        dest={"type": "string", "format": "path", "description": "Directory to unpack in; it must be there."},
        copy={"type": "boolean", "default": True, "description": "The opposite of remote_src."},
        remote_src={"type": "boolean", "default": False, "description": "The archive is on the managed host."},
        creates={"type": "string", "format": "path", "description": "Do nothing when this path is there."},
        list_files={"type": "boolean", "default": False, "description": "Put the names in the archive in the result."},
        exclude={
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "Members to leave out, as patterns.",
        },
        include={"type": "array", "items": {"type": "string"}, "default": [], "description": "Only these members, as patterns."},
        keep_newer={"type": "boolean", "default": False, "description": "Do not replace files newer than in the archive."},
        extra_opts={
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "Options of tar or unzip. Some are carried out here, for others the host needs the program.",
        },
        io_buffer_size={"type": "integer", "default": 65536, "description": "Has no effect here."},
        validate_certs={"type": "boolean", "default": True, "description": "Check the certificate of a URL."},
        decrypt={"type": "boolean", "default": True, "description": "Decrypt a vault file before it is sent."},
        _source={"type": "string", "description": "Where the archive is from (internal)."},
    ),
    "required": ["src", "dest"],
    "mutually_exclusive": [["include", "exclude"]],
}
RETURNS = {"dest": "the directory", "src": "the archive", "handler": "kind of archive", "files": "names in it (list_files)"}
EXAMPLES = """
- unarchive: {src: containerd.tar.gz, dest: /usr/local}
- unarchive: {src: 'https://mirror.example/etcd.tar.gz', dest: /opt/etcd, remote_src: true, extra_opts: [--strip-components=1]}
"""
STRIP = ("--strip-components", "--strip")
TRANSFORM = ("--transform", "--xform")
SUBSTITUTE = re.compile(r"^s(.)(.*?)\1(.*?)\1([g]*)$")
KNOWN = ("--no-same-owner", "--no-same-permissions", "--overwrite", "--no-overwrite-dir", "--keep-old-files")


def run(args, system):
    """Unpack what differs and return the result dictionary. Raises ModuleFailed."""
    if args["creates"] and system.lstat(args["creates"]) is not None:
        return {"skipped": True, "msg": "skipped, since %s exists" % args["creates"]}
    if not os.path.isabs(args["dest"]):
        system.warn("dest '%s' is relative to where the module runs, here %s; give an absolute path" % (args["dest"], system.cwd()))
    with contextlib.ExitStack() as closing:
        state = _look(args, system, closing)
        decision = _decide(args, state)
        result = dict(decision.result, changed=decision.changed)
        if decision.changed and not system.check:
            result.update(_apply(args, decision, system))
    if system.diff:
        result["diff"] = decision.diff
    return result


def _look(args, system, closing):
    """Return what is in the archive, and what of it differs. closing: closes the files in the end."""
    if not system.is_dir(args["dest"]):
        raise ModuleFailed("dest '%s' must be an existing dir" % args["dest"])
    # a wrong mode or owner is told before anything is unpacked
    attribute_changes(args, look_attributes(args["dest"], args, system))
    name = args["_source"] or args["src"]
    file = _opened(args, system, closing)
    archive = open_archive(file, name, system, closing)
    if _is_known(args["extra_opts"], archive):
        members = _renamed([member for member in archive.members if _taken(member, args)], args)
    else:
        archive = unpacked(file, archive.handler, args, system)
        members = archive.members
    found = places(members, args["dest"], system)
    for place in found:
        compare(place, args, system)
    wanted = attributes(found, args, system)
    return {"archive": archive, "found": found, "attributes": wanted, "name": name, "info": path_info(args["dest"], system)}


def _opened(args, system, closing):
    if system.blob is not None:
        return system.blob.open()
    if "://" in args["src"]:
        return closing.enter_context(_downloaded(args, system))
    path = system.expand(args["src"])
    if not system.exists(path):
        raise ModuleFailed("Source '%s' does not exist" % path)
    if not system.may(path, "r"):
        raise ModuleFailed("Source '%s' not readable" % path)
    return closing.enter_context(system.open(path))


def _downloaded(args, system):
    context = None if args["validate_certs"] else ssl._create_unverified_context()
    path = system.temporary()
    try:
        with urlopen(args["src"], timeout=60, context=context) as answer, open(path, "wb") as file:
            for piece in iter(lambda: answer.read(1 << 18), b""):
                file.write(piece)
    except (OSError, ValueError) as error:
        raise ModuleFailed("Failure downloading %s, %s" % (args["src"], error))
    return system.open(path)


def _taken(member, args):
    def named(patterns):
        return any(
            fnmatch.fnmatch(member.name, pattern.rstrip("/")) or member.name.startswith(pattern.rstrip("/") + "/") for pattern in patterns
        )

    if args["include"]:
        return named(args["include"])
    return not named(args["exclude"])


def _settings(options):
    """Yield each option with its value, which may be the next word."""
    words = list(options)
    while words:
        option = words.pop(0)
        name, _, value = option.partition("=")
        if name in STRIP + TRANSFORM and not value and words:
            value = words.pop(0)
        yield name, value


def _is_known(options, archive):
    """Tell whether we can do what the options ask for; what else there is tar or unzip does."""
    if archive.handler == "ZipArchive":
        return all(name in STRIP for name, _ in _settings(options))
    return all(
        (name in STRIP and value.isdigit()) or (name in TRANSFORM and SUBSTITUTE.match(value)) or name in KNOWN
        for name, value in _settings(options)
    )


def _renamed(members, args):
    """Apply --strip-components and --transform."""
    for name, value in _settings(args["extra_opts"]):
        if name in STRIP:
            members = _stripped(members, int(value))
        elif name in TRANSFORM:
            members = _transformed(members, value)
    return members


def _stripped(members, count):
    kept = []
    for member in members:
        parts = [part for part in member.name.split("/") if part]
        if len(parts) > count:
            member.name = member.written = "/".join(parts[count:])
            if member.kind == "hard":
                member.target = "/".join(os.path.normpath(member.target).split("/")[count:])
            kept.append(member)
    return kept


def _transformed(members, expression):
    found = SUBSTITUTE.match(expression)
    assert found, "what is none was left to the program"
    _mark, old, new, flags = found.groups()
    for member in members:
        member.name = re.sub(old, new.replace("&", r"\g<0>"), member.name, count=0 if "g" in flags else 1) or "."
        member.written = member.name
    return members


def _decide(args, state):
    """Return the decision (pure)."""
    differing = [place for place in state["found"] if place.differs]
    result = dict(state["info"], dest=args["dest"], src=state["name"], handler=state["archive"].handler)
    if args["list_files"]:
        listed = [place.member for place in state["found"]]
        result["files"] = [member.written.rstrip("/") + "/" if member.kind == "dir" else member.written for member in listed]
    changed = bool(differing or state["attributes"])
    lines = ["%s: %s" % (place.path, place.differs) for place in differing]
    diff = {"prepared": "".join(line + "\n" for line in lines)}
    return Decision(changed, result, diff, {"state": state, "differing": differing})


def _apply(args, decision, system):
    """Write what differs; directories get their modes last, so that a read-only one can be filled."""
    differing, state = decision.plan["differing"], decision.plan["state"]
    for kind in (("file", "link"), ("hard",), ("dir",)):
        for place in differing:
            if place.member.kind in kind:
                put(place, args["dest"], args, system)
    set_attributes(state["found"], differing, args, state["attributes"], system)
    return path_info(args["dest"], system)
