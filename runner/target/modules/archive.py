"""Packs files and directories of the host into a tar or zip archive, or compresses one file."""

import bz2
import fnmatch
import glob
import gzip
import io
import lzma
import os
import tarfile
import zipfile
from typing import Any, Dict

from runner.target.attributes import FILE_ARGUMENTS, ensure_attributes, path_info
from runner.target.decision import ModuleFailed

FORMATS: Dict[str, Any] = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}
ARGUMENTS = {
    "type": "object",
    "properties": dict(
        FILE_ARGUMENTS,
        path={
            "type": "array",
            "items": {"type": "string", "format": "path"},
            "description": "What to pack; patterns such as *.log are allowed.",
        },
        dest={
            "type": "string",
            "format": "path",
            "description": "The archive. Default for one path: its name with the ending of the format.",
        },
        format={"type": "string", "enum": ["bz2", "gz", "tar", "xz", "zip"], "default": "gz", "description": "Kind of archive."},
        exclude_path={
            "type": "array",
            "items": {"type": "string", "format": "path"},
            "default": [],
            "description": "Paths to leave out; patterns.",
        },
        exclusion_patterns={"type": "array", "items": {"type": "string"}, "description": "Names below the paths to leave out."},
        force_archive={"type": "boolean", "default": False, "description": "Make a real archive also of a single file."},
        remove={"type": "boolean", "default": False, "description": "Remove what was packed."},
    ),
    "required": ["path"],
}
RETURNS = {
    "dest": "the archive",
    "dest_state": "archive, compressed, incomplete or absent",
    "archived": "files in it",
    "missing": "paths that are not there",
    "arcroot": "directory that names in it are relative to",
    "expanded_paths": "paths after patterns",
}
EXAMPLES = """
- archive: {path: /var/log/app, dest: /root/app-logs.tgz}
"""


def run(args, system):
    """Pack when the archive would be another than the one that is there. Returns the result dictionary."""
    paths, missing = _expanded(args)
    is_archive = len(paths) != 1 or os.path.isdir(paths[0]) or args["force_archive"] or args["format"] in ("tar", "zip")
    dest = _dest(args, paths, is_archive)
    root = _root(paths)
    files = _files(paths, args, dest)
    result = {"dest": dest, "archived": [path for path in files if not os.path.isdir(path)], "missing": missing}
    result.update(arcroot=root, expanded_paths=paths, expanded_exclude_paths=args["exclude_path"])
    result["dest_state"] = "incomplete" if missing else ("archive" if is_archive else "compress")
    if not files:
        if missing and not system.exists(dest):
            result["dest_state"] = "absent"
        return dict(result, changed=False)
    data = _packed(files, root, args) if is_archive else system.read(files[0])
    changed = not _same(dest, data, args["format"], is_archive, system)
    if not system.check:
        if changed:
            _write(dest, data, args["format"], system)
        changed = bool(ensure_attributes(dest, args, system)) or changed
        if args["remove"]:
            changed = _remove(paths, dest, system) or changed
        result.update(path_info(dest, system))
    return dict(result, changed=changed)


def _expanded(args):
    paths, missing = [], []
    for path in args["path"]:
        found = sorted(glob.glob(path)) if any(letter in path for letter in "*?[") else [path] if os.path.lexists(path) else []
        paths += found
        if not found:
            missing.append(path)
    excluded = set()
    for pattern in args["exclude_path"]:
        excluded.update(glob.glob(pattern) or [pattern])
    return [path for path in paths if path not in excluded], missing


def _dest(args, paths, is_archive):
    if args["dest"]:
        return args["dest"]
    if len(paths) > 1 or not paths:
        raise ModuleFailed('Error, must specify "dest" when archiving multiple files or trees')
    ending = args["format"] if not is_archive or args["format"] in ("tar", "zip") else "tar." + args["format"]
    return "%s.%s" % (paths[0].rstrip("/"), ending)


def _root(paths):
    folders = [os.path.dirname(path.rstrip("/")) for path in paths]
    return os.path.join(os.path.commonpath(folders), "") if folders else ""


def _files(paths, args, dest):
    found = []
    excluded = {os.path.normpath(path) for path in args["exclude_path"]}
    for top in paths:
        found.append(top.rstrip("/"))
        for folder, folders, names in os.walk(top):
            folders[:] = sorted(name for name in folders if os.path.normpath(os.path.join(folder, name)) not in excluded)
            found += [os.path.join(folder, name) for name in sorted(names) + folders]
    patterns = args["exclusion_patterns"] or []
    return [
        path
        for path in found
        if os.path.normpath(path) not in excluded
        and os.path.abspath(path) != os.path.abspath(dest)
        and not any(fnmatch.fnmatch(os.path.basename(path), each) for each in patterns)
    ]


def _packed(files, root, args):
    """Return the archive's bytes, not compressed (zip: as it is). Same files, same bytes."""
    target = io.BytesIO()
    if args["format"] == "zip":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in files:
                archive.write(path, os.path.relpath(path, root))
    else:
        with tarfile.open(fileobj=target, mode="w:") as archive:
            for path in files:
                archive.add(path, os.path.relpath(path, root), recursive=False)
    return target.getvalue()


def _same(dest, data, kind, is_archive, system):
    if not system.is_file(dest):
        return False
    try:
        if kind in FORMATS:
            with FORMATS[kind](dest) as file:
                return file.read() == data
        return system.read(dest) == data
    except (OSError, EOFError, lzma.LZMAError):
        return False


def _write(dest, data, kind, system):
    if kind in FORMATS:
        target = io.BytesIO()
        with FORMATS[kind](target, "wb") as file:
            file.write(data)
        data = target.getvalue()
    system.write_atomic(dest, data)


def _remove(paths, dest, system):
    for path in paths:
        if os.path.abspath(dest).startswith(os.path.abspath(path) + "/"):
            raise ModuleFailed("Error, created archive can not be contained in source paths when remove=true")
        if system.is_dir(path) and not system.is_link(path):
            system.rmtree(path)
        else:
            system.remove(path)
    return bool(paths)
