"""Ensures that an INI file has, or has not, a section, an option in it, or an option with one value or several."""

import re

from runner.target.attributes import path_info
from runner.target.decision import ModuleFailed
from runner.target.edit import edited, look_text, write_back
from runner.target.replace_file import CONTENT_ARGUMENTS

ARGUMENTS = {
    "type": "object",
    "properties": dict(
        CONTENT_ARGUMENTS,
        path={"type": "string", "format": "path", "aliases": ["dest"], "description": "File to change."},
        section={"type": "string", "description": "Name of the section; without it options before the first section."},
        option={"type": "string", "description": "Name of the option; without it the section as a whole."},
        value={"type": "string", "description": "Value of the option."},
        values={"type": "array", "items": {"type": "string"}, "description": "Several values, an option line each."},
        state={
            "type": "string",
            "enum": ["present", "absent"],
            "default": "present",
            "description": "Whether it shall be there.",
        },
        exclusive={"type": "boolean", "default": True, "description": "Only these values; false keeps others of the option."},
        no_extra_spaces={"type": "boolean", "default": False, "description": "No blanks around =."},
        ignore_spaces={
            "type": "boolean",
            "default": False,
            "description": "Blanks around = alone are no reason to change a line.",
        },
        create={"type": "boolean", "default": True, "description": "Make the file when it does not exist."},
        allow_no_value={"type": "boolean", "default": False, "description": "Options without = and value are allowed."},
        modify_inactive_option={
            "type": "boolean",
            "default": True,
            "description": "Put an option in the place of its commented-out line.",
        },
        follow={
            "type": "boolean",
            "default": False,
            "description": "Follow a symlink (the file behind it is always the one changed).",
        },
    ),
    "required": ["path"],
    "mutually_exclusive": [["value", "values"]],
}
RETURNS = {
    "msg": "what was done: option added, option changed, section removed ... or OK",
    "path": "the file",
    "backup_file": "copy of the old file",
}
EXAMPLES = """
- ini_file: {path: /etc/app.conf, section: server, option: port, value: '8443', mode: '0640'}
"""
SECTION = re.compile(r"^\s*\[(.*)\]\s*(?:[#;].*)?$")


def look(args, system):
    file = look_text(args["path"], args, system)
    if file.text is None and not args["create"]:
        raise ModuleFailed("Destination %s does not exist!" % args["path"], rc=257)
    file.info = path_info(file.path, system)
    return file


def decide(args, file):
    """Return the decision: the new text of the file (pure)."""
    lines = (file.text or "").splitlines()
    msg = _changed(args, lines)
    text = "".join(line + "\n" for line in lines) if msg else None
    decision = edited(args, file, text, msg)
    decision.result = dict(file.info, path=args["path"], msg=decision.result["msg"] or "OK")
    return decision


def apply(args, decision, system):
    backup, result = write_back(args, decision, system)
    result.update(path_info(decision.plan["path"], system))
    if backup:
        result["backup_file"] = backup
    return result


def _changed(args, lines):
    """Change `lines` as asked and return what was done, or "" when all is well."""
    span = _span(args["section"], lines)
    values = [args["value"]] if args["value"] is not None else list(args["values"] or [])
    if args["state"] == "absent":
        return _remove(args, lines, span, values)
    if not args["option"]:
        if span is None:
            _add_section(args["section"], lines)
            return "only section added"
        return ""
    if not values and not args["allow_no_value"]:
        raise ModuleFailed("if state is present and option is given, value is required (or allow_no_value=true)")
    made = span is None
    if span is None:
        _add_section(args["section"], lines)
        span = (len(lines), len(lines))
    done = _set(args, lines, span, values or [None])
    return "section and option added" if made and done else done


def _span(section, lines):
    """Return (first, end) of the lines inside a section, its title left out; None when there is no such section."""
    if not section:
        first = 0
    else:
        titles = [number for number, line in enumerate(lines) if _title(line) == section]
        if not titles:
            return None
        first = titles[0] + 1
    end = next((number for number in range(first, len(lines)) if _title(lines[number]) is not None), len(lines))
    return first, end


def _title(line):
    found = SECTION.match(line)
    return found.group(1).strip() if found else None


def _add_section(section, lines):
    if not section:
        return
    if lines and lines[-1].strip():
        lines.append("")
    lines.append("[%s]" % section)


def _option(line, option):
    """Return (whether the line is active, its value) when it sets the option, or None."""
    found = re.match(r"^([#;]?)\s*%s\s*(?:=\s*(.*?))?\s*$" % re.escape(option), line.lstrip() if line.strip() else line)
    if not found:
        return None
    return not found.group(1), found.group(2)


def _written(args, value):
    if value is None:
        return args["option"]
    return ("%s=%s" if args["no_extra_spaces"] else "%s = %s") % (args["option"], value)


def _same(args, line, value):
    if line == _written(args, value):
        return True
    return args["ignore_spaces"] and _option(line, args["option"])[1] == value


def _set(args, lines, span, values):
    first, end = span
    found = [(number, _option(lines[number], args["option"])) for number in range(first, end)]
    found = [(number, setting) for number, setting in found if setting is not None]
    active = [number for number, (is_active, _value) in found if is_active]
    left, spare = [], []
    for value in values:
        there = [number for number in active if _option(lines[number], args["option"])[1] == value]
        if not there:
            left.append(value)
            continue
        active.remove(there[0])
        if not _same(args, lines[there[0]], value):
            lines[there[0]] = _written(args, value)
            spare.append("option changed")
    # Lines of the option with other values: used again, then removed, when the values given are all there shall be.
    old = active if args["exclusive"] else []
    inactive = [number for number, (is_active, _v) in found if not is_active] if args["modify_inactive_option"] else []
    return _place(args, lines, (left, old, inactive), end) or (spare[0] if spare else "")


def _place(args, lines, parts, end):
    left, old, inactive = parts
    if not left and not old:
        return ""
    reused = old[: len(left)] or ([] if old else inactive[-1:][: len(left)])
    gone = old[len(reused) :] if reused == old[: len(reused)] else old
    for number, value in zip(reused, left):
        lines[number] = _written(args, value)
    rest = left[len(reused) :]
    at = reused[-1] + 1 if reused else _end_of(lines, end)
    lines[at:at] = [_written(args, value) for value in rest]
    for number in sorted(gone, reverse=True):
        del lines[number + (len(rest) if number >= at else 0)]
    return "option changed" if old or reused else "option added"


def _end_of(lines, end):
    """Return where a new option goes: after the last line of the section that is not empty."""
    while end > 0 and not lines[end - 1].strip() and _title(lines[end - 1]) is None:
        end -= 1
    return end


def _remove(args, lines, span, values):
    if span is None:
        return ""
    first, end = span
    if not args["option"]:
        if not args["section"]:
            return ""
        del lines[first - 1 : end]
        return "section removed"
    gone = []
    for number in range(first, end):
        setting = _option(lines[number], args["option"])
        if setting and setting[0] and (not values or args["exclusive"] or setting[1] in values):
            gone.append(number)
    for number in reversed(gone):
        del lines[number]
    return "option changed" if gone else ""
