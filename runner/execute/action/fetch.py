"""Brings a file of the host to the control machine, into a tree by host name unless told otherwise."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

from runner.errors import ArgumentError, TaskError
from runner.execute.context import TaskContext
from runner.position import position_of

ARGUMENTS = {
    "type": "object",
    "properties": {
        "src": {"format": "raw", "description": "The file of the host."},
        "dest": {
            "type": "string",
            "description": "Directory of the control machine; the file becomes dest/HOST/src. With flat: its own name.",
        },
        "flat": {
            "type": "boolean",
            "default": False,
            "description": "Put it at dest itself, or under its own name when dest ends with /.",
        },
        "fail_on_missing": {"type": "boolean", "default": True, "description": "A file that is not there is a failure."},
        "validate_checksum": {
            "type": "boolean",
            "default": True,
            "description": "Compare the SHA-1 of what came with that on the host.",
        },
    },
}
RETURNS = {
    "dest": "where it is on the control machine",
    "checksum": "SHA-1 of the file",
    "remote_checksum": "SHA-1 on the host",
    "md5sum": "MD5 of the file",
}
EXAMPLES = """
- fetch: {src: /etc/kubernetes/admin.conf, dest: out/, flat: true}
"""


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return where the file is; changed when it was not the same there. Raises TaskError."""
    if task.check:
        return {"changed": False, "skipped": True, "msg": "check mode not (yet) supported for this module"}
    _check(args, task)
    found = await task.call("stat", {"path": args["src"], "follow": True, "get_mime": False, "get_attributes": False})
    if found.get("failed"):
        text = f"file is not readable: {found.get('msg')}"
        if args["fail_on_missing"]:
            return {**found, "msg": text, "file": args["src"]}
        return {"changed": False, "file": args["src"], "msg": f"{text}, not transferring, ignored"}
    state: dict[str, Any] = found["stat"]
    missing = _missing(args, state)
    if missing is not None:
        return missing
    dest = _destination(args, task)
    if dest.is_dir():
        raise TaskError(
            f"calculated dest '{dest}' is an existing directory, use another path that does not point to an existing directory",
            position=task.plan.position,
            remedy="remove that directory, or choose another dest",
        )
    local = await task.blocking(_sums, dest)
    if local is not None and local[0] == state.get("checksum"):
        return {"changed": False, "md5sum": local[1], "file": args["src"], "dest": str(dest), "checksum": local[0]}
    return await _bring(args, task, dest, state)


def _check(args: dict[str, Any], task: TaskContext) -> None:
    at = task.plan.position
    if args["src"] is None or args["dest"] is None:
        raise ArgumentError("src and dest are required", position=at, remedy="say which file, and where to put it")
    if not isinstance(args["src"], str):
        raise ArgumentError(
            "Invalid type supplied for source option, it must be a string",
            position=position_of(args["src"]) or at,
            found=repr(args["src"])[:80],
            remedy="fetch one file a task, in a loop if there are several",
        )


def _missing(args: dict[str, Any], state: dict[str, Any]) -> dict[str, Any] | None:
    if not state["exists"]:
        text = "the remote file does not exist"
    elif state["isdir"]:
        text = "remote file is a directory, fetch cannot work on directories"
    elif not state["readable"]:
        text = "remote file is not readable: permission denied"
    else:
        return None
    result = {"changed": False, "file": args["src"]}
    if args["fail_on_missing"]:
        # in the words of Ansible's, as roles compare them
        ending = {"the remote file does not exist": ", not transferring, ignored"}.get(text, "")
        return {**result, "failed": True, "msg": text + ending}
    return {**result, "msg": f"{text}, not transferring, ignored"}


def _destination(args: dict[str, Any], task: TaskContext) -> Path:
    source = args["src"]
    base = os.path.expanduser(args["dest"])
    ends = base.endswith(os.sep)
    if not os.path.isabs(base):
        base = os.path.join(task.search_path()[-1], base)
    if args["flat"]:
        if os.path.isdir(base) and not ends:
            raise TaskError(
                "dest is an existing directory, use a trailing slash if you want to fetch src into that directory",
                position=task.plan.position,
                result={"file": args["dest"]},
                remedy="write dest with / at its end, or name the file",
            )
        return Path(os.path.normpath(os.path.join(base, os.path.basename(source)) if ends else base))
    name = str(task.variables.find("inventory_hostname") or task.host.host.name)
    # A host that answers with .. in a path must not choose where we write.
    relative = os.path.normpath("/" + source.lstrip("~")).lstrip("/")
    return Path(os.path.normpath(os.path.join(base, name, relative)))


def _sums(path: Path) -> tuple[str, str] | None:
    if not path.is_file():
        return None
    data = path.read_bytes()
    return hashlib.sha1(data, usedforsecurity=False).hexdigest(), hashlib.md5(data, usedforsecurity=False).hexdigest()


async def _bring(args: dict[str, Any], task: TaskContext, dest: Path, state: dict[str, Any]) -> dict[str, Any]:
    try:
        dest.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".muster-{dest.name[:100]}.", dir=dest.parent)
    except OSError as error:
        raise TaskError(f"cannot write {dest}: {error.strerror}", position=task.plan.position, remedy="correct dest") from None
    os.close(handle)
    received = Path(name)
    try:
        answer = await task.call("fetch", {"src": args["src"]}, receive_to=received)
        if answer.get("failed"):
            return answer
        sums = await task.blocking(_sums, received)
        assert sums is not None
        result = {"changed": True, "md5sum": sums[1], "dest": str(dest), "remote_md5sum": None, "checksum": sums[0]}
        result["remote_checksum"] = answer["checksum"]
        if args["validate_checksum"] and answer["checksum"] != sums[0]:
            return {**result, "failed": True, "msg": "checksum mismatch", "file": args["src"]}
        umask = os.umask(0)
        os.umask(umask)
        received.chmod(0o666 & ~umask)
        received.replace(dest)
        return result
    finally:
        received.unlink(missing_ok=True)
