"""Ensures that a text file has, or has not, one line: found by a regular expression, by a text it holds, or as it is."""

import re

from runner.target.decision import ModuleFailed
from runner.target.edit import edited, look_text, write_back
from runner.target.replace_file import CONTENT_ARGUMENTS

ARGUMENTS = {
    "type": "object",
    "properties": dict(
        CONTENT_ARGUMENTS,
        path={"type": "string", "format": "path", "aliases": ["dest", "destfile", "name"], "description": "File to change."},
        regexp={
            "type": "string",
            "aliases": ["regex"],
            "description": "Python regular expression; the last line it finds is replaced.",
        },
        search_string={"type": "string", "description": "Text to find in a line, as it is, instead of regexp."},
        state={
            "type": "string",
            "enum": ["present", "absent"],
            "default": "present",
            "description": "Whether the line shall be there.",
        },
        line={"type": "string", "aliases": ["value"], "description": "The line to have or to remove."},
        backrefs={
            "type": "boolean",
            "default": False,
            "description": "Fill groups of regexp into line; without a match the file is left alone.",
        },
        insertafter={"type": "string", "description": "EOF, or an expression: put a new line after the last line it finds."},
        insertbefore={"type": "string", "description": "BOF, or an expression: put a new line before the last line it finds."},
        create={"type": "boolean", "default": False, "description": "Make the file when it does not exist."},
        firstmatch={"type": "boolean", "default": False, "description": "Use the first line found, not the last."},
    ),
    "required": ["path"],
    "mutually_exclusive": [["insertbefore", "insertafter"], ["regexp", "search_string"], ["backrefs", "search_string"]],
}
RETURNS = {
    "msg": "line added, line replaced, N line(s) removed; empty when nothing changed",
    "backup": "name of the copy of the old file, or empty",
    "found": "how many lines were removed (state=absent)",
}
EXAMPLES = """
- name: Forbid root to log in
  lineinfile:
    path: /etc/ssh/sshd_config
    regexp: '^#?PermitRootLogin'
    line: PermitRootLogin no
    validate: sshd -t -f %s
- name: Take a host out of the list
  lineinfile: {path: /etc/hosts, regexp: '\\sold-node$', state: absent}
"""
EVERY_LINE = (
    "The %s is an empty string, which will match every line in the file. "
    "This may have unintended consequences, such as replacing the last line in the file rather than appending."
)
EMPTY = (
    ("regexp", "regular expression", " If this is desired, use '^' to match every line in the file and avoid this warning."),
    ("search_string", "search string", ""),
)


def look(args, system):
    _check(args)
    for name, word, remedy in EMPTY:
        if args[name] == "":
            system.warn(EVERY_LINE % word + remedy)
    return look_text(args["path"], args, system)


def _check(args):
    if args["state"] == "present":
        if args["backrefs"] and args["regexp"] is None:
            raise ModuleFailed("regexp is required with backrefs=true")
        if args["line"] is None:
            raise ModuleFailed("line is required with state=present")
    elif args["regexp"] is None and args["search_string"] is None and args["line"] is None:
        raise ModuleFailed("one of line, search_string, or regexp is required with state=absent")


def decide(args, file):
    if args["state"] == "absent":
        return _absent(args, file)
    if file.text is None and not args["create"]:
        raise ModuleFailed("Destination %s does not exist !" % args["path"], rc=257)
    lines = split_lines(file.text or "")
    msg = _put(args, lines)
    decision = edited(args, file, "".join(lines) if msg or file.text is None else None, msg)
    decision.result["backup"] = ""
    return decision


def _absent(args, file):
    if file.text is None:
        decision = edited(args, file, None, "file not present")
        decision.diff = None
        return decision
    is_found = _finder(args)
    lines = split_lines(file.text)
    kept = [line for line in lines if not is_found(line)]
    gone = len(lines) - len(kept)
    decision = edited(args, file, "".join(kept) if gone else None, "%d line(s) removed" % gone if gone else "")
    decision.result.update(found=gone, backup="")
    return decision


def apply(args, decision, system):
    backup, result = write_back(args, decision, system)
    return dict(result, backup=backup)


def split_lines(text):
    """Return the lines of a text with their ends; only a newline ends a line, as for grep(1)."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def compiled(pattern, name):
    """Return a compiled expression. Raises ModuleFailed that names the argument and what is wrong with it."""
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ModuleFailed("%s is not a regular expression: %s: %s" % (name, error, pattern))


def _finder(args):
    if args["regexp"] is not None:
        return compiled(args["regexp"], "regexp").search
    if args["search_string"] is not None:
        return lambda line: args["search_string"] in line
    return lambda line: line.rstrip("\r\n") == args["line"]


def _put(args, lines):
    """Change `lines` so that they hold the line; returns what was done, or nothing."""
    where, match = _match(args, lines)
    if where is not None:
        new = _filled(args["line"], match) if args["backrefs"] and match else args["line"]
        new = new if new.endswith("\n") else new + "\n"
        if lines[where] == new:
            return ""
        # The last line of a file without a newline at its end is that line all the same.
        if match is None and lines[where].rstrip("\r\n") == new.rstrip("\n"):
            return "" if lines[where].endswith("\n") else _replaced(lines, where, new)
        return _replaced(lines, where, new)
    if args["backrefs"]:
        return ""
    return _insert(args, lines)


def _replaced(lines, where, new):
    lines[where] = new
    return "line replaced"


def _match(args, lines):
    """Return (index of the line to replace or None, match object or True or None)."""
    where = match = None
    if args["regexp"] is not None or args["search_string"] is not None:
        find = _finder(args)
        for number, line in enumerate(lines):
            found = find(line)
            if found:
                where, match = number, found
                if args["firstmatch"]:
                    break
    if where is None:
        for number, line in enumerate(lines):
            if line.rstrip("\r\n") == args["line"].rstrip("\r\n"):
                where = number
    return where, match


def _filled(line, match):
    try:
        return match.expand(line)
    except (re.error, IndexError) as error:
        raise ModuleFailed("line cannot be filled from the groups of regexp: %s" % error)


def _insert(args, lines):
    before, after = args["insertbefore"], args["insertafter"]
    new = args["line"] if args["line"].endswith("\n") else args["line"] + "\n"
    where = None
    if "BOF" in (before, after):
        where = 0
    elif before not in (None, "EOF") or after not in (None, "EOF"):
        where = _anchor(args, lines)
    if where is None:
        where = len(lines)
    if where and not lines[where - 1].endswith(("\n", "\r")):
        lines[where - 1] += "\n"
    if after and 0 < where < len(lines) and lines[where].rstrip("\r\n") == args["line"]:
        return ""
    lines.insert(where, new)
    return "line added"


def _anchor(args, lines):
    pattern = compiled(args["insertafter"] or args["insertbefore"], "insertafter" if args["insertafter"] else "insertbefore")
    step = 1 if args["insertafter"] else 0
    found = [number + step for number, line in enumerate(lines) if pattern.search(line)]
    if not found:
        return None
    return found[0] if args["firstmatch"] else found[-1]
