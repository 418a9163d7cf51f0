"""Ensures that a text file has, or has not, one block of lines between two marker lines."""

import re

from runner.target.decision import ModuleFailed
from runner.target.edit import edited, look_text, write_back
from runner.target.replace_file import CONTENT_ARGUMENTS

ARGUMENTS = {
    "type": "object",
    "properties": dict(
        CONTENT_ARGUMENTS,
        path={"type": "string", "format": "path", "aliases": ["dest", "destfile", "name"], "description": "File to change."},
        state={
            "type": "string",
            "enum": ["present", "absent"],
            "default": "present",
            "description": "Whether the block shall be there.",
        },
        marker={
            "type": "string",
            "default": "# {mark} ANSIBLE MANAGED BLOCK",
            "description": "The marker lines; {mark} becomes marker_begin and marker_end.",
        },
        block={
            "type": "string",
            "aliases": ["content"],
            "default": "",
            "description": "The text between the markers; empty removes them.",
        },
        insertafter={"type": "string", "description": "EOF, or an expression: put a new block after the last line it finds."},
        insertbefore={"type": "string", "description": "BOF, or an expression: put a new block before the last line it finds."},
        create={"type": "boolean", "default": False, "description": "Make the file when it does not exist."},
        marker_begin={"type": "string", "default": "BEGIN", "description": "What {mark} becomes above the block."},
        marker_end={"type": "string", "default": "END", "description": "What {mark} becomes below the block."},
        append_newline={
            "type": "boolean",
            "default": False,
            "description": "Have an empty line after the block unless it ends the file.",
        },
        prepend_newline={
            "type": "boolean",
            "default": False,
            "description": "Have an empty line before the block unless it begins the file.",
        },
    ),
    "required": ["path"],
    "mutually_exclusive": [["insertbefore", "insertafter"]],
}
RETURNS = {
    "msg": "Block inserted, Block removed, File created; empty when nothing changed",
    "backup_file": "name of the copy of the old file (backup, changed)",
}
EXAMPLES = """
- name: Name the directors
  blockinfile:
    path: /etc/hosts
    marker: '# {mark} directors'
    block: |
      192.0.2.1 lb1
      192.0.2.2 lb2
"""


def look(args, system):
    if "{mark}" not in args["marker"]:
        system.warn("marker has no {mark}: both marker lines are alike, so the block is inserted again in every run.")
    return look_text(args["path"], args, system)


def decide(args, file):
    if file.text is None and not args["create"]:
        raise ModuleFailed("Path %s does not exist !" % args["path"], rc=257)
    block = _block(args)
    text = _placed(args, _lines(file.text or ""), block)
    if file.text is None:
        return edited(args, file, text, "File created")
    if text == file.text:
        return edited(args, file, None, "")
    return edited(args, file, text, "Block inserted" if block else "Block removed")


def apply(args, decision, system):
    backup, result = write_back(args, decision, system)
    if backup:
        result["backup_file"] = backup
    return result


def _lines(text):
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _markers(args):
    return [args["marker"].replace("{mark}", args[name]) for name in ("marker_begin", "marker_end")]


def _block(args):
    """Return the lines to have, markers included; none when the block shall go."""
    if args["state"] == "absent" or not args["block"]:
        return []
    begin, end = _markers(args)
    text = args["block"] if args["block"].endswith("\n") else args["block"] + "\n"
    return [begin + "\n", *_lines(text), end + "\n"]


def _placed(args, lines, block):
    """Return the text with the old block taken out and the new one put in its place, or where a new one belongs."""
    at = _take_out(args, lines)
    if at is None:
        at = _place(args, lines)
    if at > 0 and not lines[at - 1].endswith("\n"):
        lines[at - 1] += "\n"
    if args["prepend_newline"] and args["state"] == "present" and at != 0 and lines[at - 1] != "\n":
        lines.insert(at, "\n")
        at += 1
    lines[at:at] = block
    below = at + len(block)
    if args["append_newline"] and args["state"] == "present" and below < len(lines) and lines[below] != "\n":
        lines.insert(below, "\n")
    return "".join(lines)


def _take_out(args, lines):
    """Remove the block that is there from `lines`; returns where it began, or None when there is none."""
    begin, end = _markers(args)
    first = last = None
    for number, line in enumerate(lines):
        if line.rstrip("\n") == begin:
            first = number
        if line.rstrip("\n") == end:
            last = number
    if first is None or last is None:
        return None
    low, high = min(first, last), max(first, last)
    del lines[low : high + 1]
    return low


def _place(args, lines):
    before, after = args["insertbefore"], args["insertafter"]
    if before == "BOF" or after == "BOF":
        return 0
    pattern = after if after is not None else before
    if pattern in (None, "EOF"):
        return len(lines)
    try:
        expression = re.compile(pattern)
    except re.error as error:
        name = "insertafter" if after is not None else "insertbefore"
        raise ModuleFailed("%s is not a regular expression: %s: %s" % (name, error, pattern))
    found = _found(expression, lines, after is not None)
    return len(lines) if found is None else found


def _found(expression, lines, below):
    """Return the index above or below the last line found. An expression with the (?m) flag may span lines."""
    step = 1 if below else 0
    if not expression.flags & re.MULTILINE:
        found = [number for number, line in enumerate(lines) if expression.search(line)]
        return found[-1] + step if found else None
    text = "".join(lines)
    matches = list(expression.finditer(text))
    return text.count("\n", 0, matches[-1].end() if below else matches[-1].start()) + step if matches else None
