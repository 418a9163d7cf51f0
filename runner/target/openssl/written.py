"""The file half of the openssl modules: put new content in place, or take the file away, with owner, mode and backup."""

import os
from typing import Any, Dict, Optional

from runner.target.attributes import FILE_ARGUMENTS, ensure_attributes
from runner.target.decision import ModuleFailed
from runner.target.option import option

FILE_OPTIONS: Dict[str, Dict[str, Any]] = dict(
    FILE_ARGUMENTS,
    path=option("path", "The file."),
    state=option("str", "Whether it is there.", "present", enum=["absent", "present"]),
    force=option("bool", "Make it anew in any case.", False),
    backup=option("bool", "Keep a copy of the old file beside it.", False),
    return_content=option("bool", "Return the content too.", False),
)
BACKEND = option("str", "Accepted for the sake of playbooks; the openssl program does the work.", "auto", enum=["auto", "cryptography"])


def require_folder(args: Dict[str, Any], system: Any) -> None:
    """Raise ModuleFailed when the folder of the file is not there."""
    folder = os.path.dirname(args["path"]) or "."
    if not system.is_dir(folder) and not system.promised(folder):
        raise ModuleFailed("The directory %s does not exist or the file is not a directory" % folder, name=folder)


def put(args: Dict[str, Any], system: Any, content: Optional[bytes], mode: Optional[int] = None) -> Dict[str, Any]:
    """Write content (None: what is there stays) and set owner and mode. Returns changed and backup_file. Does nothing in check mode."""
    path, result = args["path"], {"changed": content is not None}
    if content is not None and not system.check:
        if args["backup"] and system.exists(path):
            result["backup_file"] = system.backup(path)
        keep = mode if args["mode"] is None else 0o600
        system.write_atomic(path, content, mode=keep)
    if system.exists(path) and ensure_attributes(path, args, system):
        result["changed"] = True
    return result


def take_away(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Remove the file. Returns changed and backup_file."""
    result: Dict[str, Any] = {"changed": system.lstat(args["path"]) is not None}
    if result["changed"] and not system.check:
        if args["backup"]:
            result["backup_file"] = system.backup(args["path"])
        system.remove(args["path"])
    return result


def current(args: Dict[str, Any], system: Any) -> Optional[bytes]:
    """Return the file's content; None when there is none. Raises ModuleFailed for a directory."""
    if not system.exists(args["path"]):
        return None
    if not system.is_file(args["path"]):
        raise ModuleFailed("%s is not a file" % args["path"])
    return bytes(system.read(args["path"]))


def given(args: Dict[str, Any], system: Any, prefix: str) -> Optional[bytes]:
    """Return what PREFIX_content or PREFIX_path give; None without either. Raises ModuleFailed for a file that is not there."""
    content = args.get(prefix + "_content")
    if content is not None:
        return str(content).encode("utf-8")
    path = args.get(prefix + "_path")
    if not path:
        return None
    if not system.is_file(path):
        raise ModuleFailed("The %s file %s does not exist" % (prefix.replace("_", " "), path))
    return bytes(system.read(path))
