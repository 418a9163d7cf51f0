"""How the copy module puts one file in place, from content that came along or from a file of the host."""

import os
import stat
from typing import Any, Dict

from runner.target.attributes import (
    apply_attributes,
    attribute_changes,
    ensure_attributes,
    look_attributes,
    merge_diff,
    mode_text,
    path_info,
)
from runner.target.blocks import rebuilt, signature
from runner.target.content_diff import LIMIT, content_diff, readable
from runner.target.decision import Decision, ModuleFailed
from runner.target.replace_file import check_validate, make_parents, validated
from runner.target.system import Blob


class Seen:
    """What is there. dest: where the file goes; checksum: SHA-1 of the new content; old: of what is there, or None; blocks: of that."""

    dest: Any = None
    checksum: Any = None
    is_link: Any = None
    exists: Any = None
    folder_missing: Any = None
    old: Any = None
    args: Any = None
    present: Any = None
    info: Any = None
    content: Any = None
    has_content: Any = None
    md5: Any = None
    diff: Any = None
    blocks: Any = None

    def __init__(self, **values):
        self.__dict__.update(values)


def look(args, system, content=None):
    """Return what there is to know of source and destination. Raises ModuleFailed.

    content: a `Blob` with the new content; without it a file of the host (remote_src), or only its checksum is known.
    """
    checksum = _source_checksum(args, system, content)
    wanted = args["checksum"]
    if wanted and wanted != checksum:
        message = "Copied file does not match the expected checksum. Transfer failed."
        raise ModuleFailed(message, checksum=checksum, expected_checksum=wanted)
    _look_validate(args, checksum)
    dest = _place(args, system)
    _check_folder(args, dest, checksum, system)
    seen = Seen(dest=dest, checksum=checksum, is_link=system.is_link(dest), exists=system.lstat(dest) is not None)
    seen.folder_missing = not system.exists(os.path.dirname(dest) or ".")
    seen.old = system.digest(dest) if system.is_file(dest) and args["force"] else None
    seen.args = args
    if args["mode"] == "preserve":
        source = system.stat(args["src"]) if args["remote_src"] else None
        seen.args = dict(args, mode=mode_text(stat.S_IMODE(source.st_mode)) if source else None)
    seen.present = look_attributes(dest, seen.args, system)
    seen.info = path_info(dest, system)
    seen.content = content
    seen.has_content = args["remote_src"] or content is not None
    seen.md5 = _md5(args, content, system) if args["force"] or not seen.exists else None
    seen.diff = _look_diff(args, seen, system)
    if content is None and args["_blocks"] and seen.old not in (None, checksum) and not system.check:
        seen.blocks = signature(dest, args["_blocks"], system)
    return seen


def received(args, system):
    """Return the content that came along as a `Blob`, None without one; with a delta it is made of the old file and what came."""
    if not args["_delta"]:
        return system.blob
    old = _place(args, system)
    spool = rebuilt(args["_delta"], old, system.blob, system) if system.is_file(old) else None
    return None if spool is None else Blob(spool, spool.size)


def _place(args, system):
    dest = destination(args, system)
    return system.realpath(dest) if args["follow"] and system.is_link(dest) else dest


def _look_validate(args, checksum):
    try:
        check_validate(args)
    except ModuleFailed as failure:
        raise ModuleFailed(failure.msg, checksum=checksum)


def _source_checksum(args, system, content):
    if args["remote_src"]:
        if not system.exists(args["src"]):
            raise ModuleFailed("Source %s not found" % args["src"])
        if not system.is_file(args["src"]):
            raise ModuleFailed("Cannot copy invalid source '%s': not a file" % args["src"])
        if not system.may(args["src"], "r"):
            raise ModuleFailed("Source %s not readable" % args["src"])
        return system.digest(args["src"])
    if content is None:
        return args["_checksum"]
    found = content.digest()
    if args["_checksum"] and args["_checksum"] != found:
        message = "Copied file does not match the expected checksum. Transfer failed."
        raise ModuleFailed(message, checksum=found, expected_checksum=args["_checksum"])
    return found


def destination(args, system):
    """Return the path of the file: dest, or a name inside it when it is (or shall be) a directory."""
    dest = args["dest"]
    name = args["_original_basename"] or (os.path.basename(args["src"]) if args["src"] else "")
    if dest.endswith("/") or system.is_dir(dest):
        if not name:
            raise ModuleFailed("can not use content with a dir as dest")
        return os.path.join(dest, name)
    return dest


def _check_folder(args, dest, checksum, system):
    folder = os.path.dirname(dest) or "."
    if system.is_dir(dest):
        raise ModuleFailed("%s is a directory, a file cannot take its place" % dest, checksum=checksum)
    if system.is_dir(folder) or system.promised(folder):
        return
    if system.exists(folder):
        raise ModuleFailed("Destination directory %s is not a directory" % folder, checksum=checksum)
    if args["dest"].endswith("/"):
        return
    if not system.check or args["remote_src"]:
        raise ModuleFailed("Destination directory %s does not exist" % folder, checksum=checksum)
    # in a dry run a package or a command before it may be what makes the directory
    system.warn("Destination directory %s does not exist: unless a task before makes it, this one will fail" % folder)


def _md5(args, content, system):
    """Return the MD5 of the content; None while it is not here, or where only approved algorithms are (FIPS)."""
    try:
        if args["remote_src"]:
            return system.digest(args["src"], "md5")
        if content is None:
            return None
        # its content is known to be that of the control machine by now
        return args["_md5sum"] or content.digest("md5")
    except ValueError:
        return None


def _look_diff(args, seen, system):
    if not system.diff or system.no_log or seen.checksum == seen.old:
        return None
    after = None
    if args["remote_src"]:
        after = readable(args["src"], system)
    elif seen.content is not None:
        after = seen.content.open().read(LIMIT + 1)
    return content_diff(readable(seen.dest, system), after, seen.dest, args["_source"] or args["src"] or seen.dest)


def decide(args, seen):
    """Return the decision for one file (pure)."""
    result = dict(seen.info, dest=seen.dest, src=args["_source"] or args["src"])
    if seen.exists and not args["force"]:
        return Decision(False, dict(result, msg="file already exists"))
    result["checksum"] = seen.checksum
    if seen.md5:
        result["md5sum"] = seen.md5
    differs = seen.checksum != seen.old or seen.is_link
    changes = attribute_changes(seen.args, seen.present)
    if not differs and not args["remote_src"]:
        # as Ansible's, whose file module answers here
        result = {key: value for key, value in dict(result, path=seen.dest).items() if key not in ("src", "md5sum")}
    if differs and not seen.has_content:
        result["_need_content"] = True
        if seen.blocks:
            result["_blocks"] = seen.blocks
    diff = seen.diff
    if changes and not differs:
        diff = merge_diff({"before": {"path": seen.dest}, "after": {"path": seen.dest}}, changes)
    return Decision(differs or bool(changes), result, diff, {"seen": seen, "differs": differs, "changes": changes})


def apply(args, decision, system):
    """Put the file in place; returns its owner, mode, checksums and the like."""
    plan, seen = decision.plan, decision.plan["seen"]
    if plan["differs"] and not seen.has_content:
        return None
    result: Dict[str, Any] = {}
    if plan["differs"]:
        _replace(args, seen, result, system)
    else:
        apply_attributes(seen.dest, plan["changes"], system)
    result.update(path_info(seen.dest, system))
    return result


def _replace(args, seen, result, system):
    if seen.folder_missing:
        for folder in make_parents(seen.dest, system):
            ensure_attributes(folder, dict(args, mode=args["directory_mode"]), system)
    source = system.open(args["src"]) if args["remote_src"] else seen.content.open()
    try:
        staged = system.stage(seen.dest, source, unsafe=bool(args["unsafe_writes"]))
    finally:
        if args["remote_src"]:
            source.close()
    ran = validated(staged, args, system)
    if ran is not None and ran.rc != 0:
        raise ModuleFailed("failed to validate", exit_status=ran.rc, stdout=ran.out, stderr=ran.err, checksum=seen.checksum)
    if args["backup"] and system.exists(seen.dest):
        result["backup_file"] = system.backup(seen.dest)
    system.commit(staged, seen.dest, unsafe=bool(args["unsafe_writes"]))
    ensure_attributes(seen.dest, seen.args, system)
