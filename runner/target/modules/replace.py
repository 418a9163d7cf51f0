"""Replaces every place in a text file that a regular expression finds, or those in one section of it."""

import re
from typing import Any

from runner.target.decision import ModuleFailed
from runner.target.edit import edited, look_text, write_back
from runner.target.replace_file import CONTENT_ARGUMENTS

ARGUMENTS = {
    "type": "object",
    "properties": dict(
        CONTENT_ARGUMENTS,
        path={"type": "string", "format": "path", "aliases": ["dest", "destfile", "name"], "description": "File to change."},
        regexp={"type": "string", "description": "Python regular expression; ^ and $ are the ends of a line."},
        replace={
            "type": "string",
            "default": "",
            "description": "What to put there; \\1 and \\g<name> are groups. Empty removes.",
        },
        after={"type": "string", "description": "Only text after what this expression finds (. is any character, newlines too)."},
        before={"type": "string", "description": "Only text before what this expression finds."},
        encoding={"type": "string", "default": "utf-8", "description": "Character encoding of the file."},
    ),
    "required": ["path", "regexp"],
}
RETURNS = {"msg": "N replacements made; empty when nothing changed", "rc": "0", "backup_file": "name of the copy of the old file"}
EXAMPLES = """
- name: Old name to new name
  replace: {path: /etc/hosts, regexp: '(\\s+)old\\.example(\\s+.*)?$', replace: '\\1new.example\\2'}
- name: Comment out one section
  replace: {path: /etc/app.conf, after: '\\[database\\]', before: '\\[', regexp: '^(.+)$', replace: '# \\1'}
"""


def look(args, system):
    file = look_text(args["path"], args, system)
    if file.text is None:
        raise ModuleFailed("Path %s does not exist !" % args["path"], rc=257)
    try:
        file.text = file.text.encode("utf-8", "surrogateescape").decode(args["encoding"], "surrogateescape")
    except (LookupError, UnicodeError) as error:
        raise ModuleFailed("the file cannot be read with encoding %s: %s" % (args["encoding"], error))
    return file


def decide(args, file):
    span = _section(args, file.text)
    if span is None:
        decision = edited(args, file, None, "", headers=False)
        pattern = _section_pattern(args)
        decision.result["msg"] = "Pattern for before/after params did not match the given file: %s" % pattern
        decision.changed, decision.diff = False, None
        decision.result["rc"] = 0
        return decision
    start, end = span
    section, count = _replaced(args, file.text[start:end])
    changed = count > 0 and section != file.text[start:end]
    text = file.text[:start] + section + file.text[end:] if changed else None
    decision = edited(args, file, text, "%d replacements made" % count if changed else "", headers=False)
    decision.result["rc"] = 0
    parts: Any = decision.diff
    if not changed:
        decision.diff = parts[1:] or None
    elif len(parts) == 1:
        decision.diff = parts[0]
    return decision


def apply(args, decision, system):
    backup, result = write_back(args, decision, system, args["encoding"])
    if backup:
        result["backup_file"] = backup
    return result


def _section_pattern(args):
    if args["after"] and args["before"]:
        return "%s(?P<subsection>.*?)%s" % (args["after"], args["before"])
    if args["after"]:
        return "%s(?P<subsection>.*)" % args["after"]
    return "(?P<subsection>.*)%s" % args["before"] if args["before"] else None


def _section(args, text):
    """Return (start, end) of the part of the text to work on, or None when after/before do not match."""
    pattern = _section_pattern(args)
    if pattern is None:
        return 0, len(text)
    found = _compiled(pattern, re.DOTALL, "after/before").search(text)
    return found.span("subsection") if found else None


def _compiled(pattern, flags, name):
    try:
        return re.compile(pattern, flags)
    except re.error as error:
        raise ModuleFailed("%s is not a regular expression: %s: %s" % (name, error, pattern))


def _replaced(args, section):
    expression = _compiled(args["regexp"], re.MULTILINE, "regexp")
    try:
        return expression.subn(args["replace"], section)
    except (re.error, IndexError) as error:
        raise ModuleFailed("Unable to process replace due to error: %s" % error)
