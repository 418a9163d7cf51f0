"""Finds files by name, content, age, size, kind and mode."""

import fnmatch
import os
import re
import stat as bits
from typing import Any, Dict, List

from runner.target.decision import ModuleFailed
from runner.target.mode import BadMode, parse_mode
from runner.target.status_fields import status_fields

ARGUMENTS = {
    "type": "object",
    "properties": {
        "paths": {
            "type": "array",
            "items": {"type": "string", "format": "path"},
            "aliases": ["name", "path"],
            "description": "Directories to look in.",
        },
        "patterns": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "aliases": ["pattern"],
            "description": "Names to find (shell patterns, or expressions with use_regex). Default: all.",
        },
        "excludes": {
            "type": "array",
            "items": {"type": "string"},
            "aliases": ["exclude"],
            "description": "Names to leave out, as patterns.",
        },
        "contains": {"type": "string", "description": "Expression that a line (or with read_whole_file the content) must match."},
        "read_whole_file": {
            "type": "boolean",
            "default": False,
            "description": "Search the whole content, not line by line from its start.",
        },
        "encoding": {"type": "string", "description": "Character encoding of the files for contains."},
        "file_type": {
            "type": "string",
            "enum": ["any", "directory", "file", "link"],
            "default": "file",
            "description": "Kind of thing to find.",
        },
        "recurse": {"type": "boolean", "default": False, "description": "Look in directories below, too."},
        "depth": {"type": "integer", "description": "How many levels down (recurse)."},
        "hidden": {"type": "boolean", "default": False, "description": "Find names that begin with a dot, too."},
        "follow": {"type": "boolean", "default": False, "description": "Follow symlinks to directories (recurse)."},
        "get_checksum": {"type": "boolean", "default": False, "description": "Compute the SHA-1 of files."},
        "use_regex": {
            "type": "boolean",
            "default": False,
            "description": "patterns and excludes are Python regular expressions.",
        },
        "age": {"type": "string", "description": "At least so old (1d, 2w); at most with a minus before. Units s m h d w."},
        "age_stamp": {
            "type": "string",
            "enum": ["atime", "ctime", "mtime"],
            "default": "mtime",
            "description": "Which time age is about.",
        },
        "size": {"type": "string", "description": "At least so large (10m); at most with a minus before. Units b k m g t."},
        "mode": {"format": "mode", "description": "Permissions to have, octal or symbolic."},
        "exact_mode": {"type": "boolean", "default": True, "description": "Exactly that mode; otherwise at least those bits."},
        "limit": {"type": "integer", "description": "Stop after so many."},
    },
    "required": ["paths"],
}
RETURNS = {
    "files": "list of what was found: path, mode, isdir, islnk, size, mtime, checksum ...",
    "matched": "how many",
    "examined": "how many were looked at",
    "skipped_paths": "directories that could not be read, and why",
}
EXAMPLES = """
- find: {paths: /var/log, patterns: '*.gz', age: 4w, recurse: true}
  register: old
"""
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
BYTES = {"b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}


def run(args, system):
    wanted = Wanted(args, system)
    files: List[Dict[str, Any]] = []
    skipped: Dict[str, str] = {}
    examined = 0
    for path in args["paths"]:
        if not system.is_dir(path):
            skipped[path] = "'%s' is not a directory" % path
            continue
        for folder, names, deep in _folders(path, args, system, skipped):
            examined += len(names)
            if deep:
                continue
            try:
                _collect(folder, names, wanted, files)
            except UnreadableText as error:
                skipped[path] = str(error)
            if wanted.enough(files):
                break
        if wanted.enough(files):
            break
    for path, reason in skipped.items():
        system.warn("Skipped '%s' path due to this access issue: %s\n" % (path, reason))
    message = "Not all paths examined, check warnings for details" if skipped else "All paths examined"
    if wanted.enough(files):
        message = "Limit of matches reached"
    return {"files": files, "matched": len(files), "examined": examined, "skipped_paths": skipped, "msg": message}


def _folders(top, args, system, skipped):
    """Yield (directory, names in it, whether it is too deep) from `top` down, as far as recurse, depth and follow say."""
    # With follow, a symlink to a directory above itself would never end; `above` holds the real directories on the way.
    waiting = [(top, 1, frozenset([system.realpath(top)]))]
    while waiting:
        folder, depth, above = waiting.pop(0)
        try:
            names = system.listdir(folder)
        except OSError as error:
            skipped[folder] = str(error)
            continue
        # Names one level below the depth count as examined, but are not found.
        deep = bool(args["depth"]) and depth > args["depth"]
        yield folder, names, deep
        if not args["recurse"] or deep:
            continue
        below = [os.path.join(folder, name) for name in names]
        below = [path for path in below if system.is_dir(path) and (args["follow"] or not system.is_link(path))]
        for path in below:
            real = system.realpath(path) if args["follow"] else path
            if real not in above:
                waiting.append((path, depth + 1, above | {real}))


def _collect(folder, names, wanted, files):
    for name in names:
        if wanted.enough(files):
            return
        path = os.path.normpath(os.path.join(folder, name))
        if wanted.name(name):
            found = wanted.described(path)
            if found is not None:
                files.append(found)


class UnreadableText(Exception):
    """A file is not in the encoding the task says."""


def measure(text, units, default, name):
    """Return a number with a unit letter as a count, minus kept: "-1h" -> -3600. Raises ModuleFailed."""
    found = re.match(r"^(-?\d+)([a-z])?", str(text).lower())
    if not found or (found.group(2) and found.group(2) not in units):
        raise ModuleFailed("failed to process %s" % name, **{name: text})
    return int(found.group(1)) * units[found.group(2) or default]


class Wanted:
    """What the task asks for, compiled once."""

    def __init__(self, args, system):
        self.args = args
        self.system = system
        self.now = system.now()
        self.age = measure(args["age"], SECONDS, "s", "age") if args["age"] is not None else None
        self.size = measure(args["size"], BYTES, "b", "size") if args["size"] is not None else None
        patterns = args["patterns"] or ([r".*"] if args["use_regex"] else ["*"])
        self.patterns = [self._expression(pattern) for pattern in patterns]
        self.excludes = [self._expression(pattern) for pattern in args["excludes"] or []]
        self.contains = self._compiled(args["contains"]) if args["contains"] is not None else None

    def _compiled(self, text):
        try:
            return re.compile(text)
        except re.error as error:
            raise ModuleFailed("not a regular expression: %s: %s" % (error, text))

    def _expression(self, pattern):
        return self._compiled(pattern if self.args["use_regex"] else fnmatch.translate(pattern))

    def enough(self, files):
        """Tell whether the limit is reached."""
        return self.args["limit"] is not None and len(files) >= self.args["limit"]

    def name(self, name):
        """Tell whether a name is asked for."""
        if name.startswith(".") and not self.args["hidden"]:
            return False
        return any(each.match(name) for each in self.patterns) and not any(each.match(name) for each in self.excludes)

    def described(self, path):
        """Return what there is to say of a path, or None when it is not asked for."""
        status = self.system.lstat(path)
        if status is None:
            return None
        mode, kind = status.st_mode, self.args["file_type"]
        if not (self._age(status) and self._mode(status)):
            return None
        if kind == "any":
            # Size is asked of regular files only, content of none; other things pass.
            wrong = bits.S_ISREG(mode) and not self._size(status)
            return None if wrong else self._info(path, status, bits.S_ISREG(mode))
        if kind == "directory":
            return self._info(path, status, False) if bits.S_ISDIR(mode) else None
        if kind == "link":
            return self._info(path, status, False) if bits.S_ISLNK(mode) else None
        if not bits.S_ISREG(mode) or not (self._size(status) and self._content(path)):
            return None
        return self._info(path, status, True)

    def _info(self, path, status, regular):
        info = described(path, status, self.system)
        if regular and self.args["get_checksum"]:
            info["checksum"] = self.system.digest(path)
        return info

    def _age(self, status):
        if self.age is None:
            return True
        old = self.now - getattr(status, "st_" + self.args["age_stamp"])
        return old >= self.age if self.age >= 0 else old <= -self.age

    def _size(self, status):
        if self.size is None:
            return True
        return status.st_size >= self.size if self.size >= 0 else status.st_size <= -self.size

    def _mode(self, status):
        if self.args["mode"] is None:
            return True
        now = bits.S_IMODE(status.st_mode)
        try:
            mode = parse_mode(self.args["mode"], now if not self.args["exact_mode"] else 0, bits.S_ISDIR(status.st_mode), 0)
        except BadMode as error:
            raise ModuleFailed("mode must be in octal or symbolic form", details=str(error))
        return now == mode if self.args["exact_mode"] else now & mode == mode

    def _content(self, path):
        if self.contains is None:
            return True
        encoding = self.args["encoding"]
        try:
            data = self.system.read(path)
            text = data.decode(encoding) if encoding else data.decode("utf-8", "surrogateescape")
        except OSError:
            return False
        except LookupError as error:
            raise UnreadableText(str(error))
        except UnicodeError:
            raise UnreadableText("Failed to read the file %s due to an encoding error. current encoding: %s" % (path, encoding))
        if self.args["read_whole_file"]:
            return bool(self.contains.search(text))
        return any(self.contains.match(line) for line in text.splitlines(True))


def described(path, status, system):
    """Return what find says of a path, in Ansible's keys."""
    user, group = system.user(status.st_uid), system.group(status.st_gid)
    names = {"path": path, "pw_name": user.pw_name if user else "", "gr_name": group.gr_name if group else ""}
    return dict(names, **status_fields(status))
