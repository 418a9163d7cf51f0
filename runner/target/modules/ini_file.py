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
        section_has_values={
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "option": {"type": "string", "description": "Name of an option."},
                    "value": {"type": "string", "description": "Its value."},
                    "values": {"type": "array", "items": {"type": "string"}, "description": "Its values, all of them."},
                },
                "required": ["option"],
                "mutually_exclusive": [["value", "values"]],
            },
            "description": "Of sections of that name the first that has these; another is added when none has.",
        },
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
SECTION = re.compile(r"^\[([^]]*)\]")


def look(args, system):
    file = look_text(args["path"], args, system)
    if file.text is None and not args["create"]:
        raise ModuleFailed("Destination %s does not exist!" % args["path"], rc=257)
    file.info = path_info(file.path, system)
    return file


def decide(args, file):
    """Return the decision: the new text of the file (pure)."""
    # A file without anything counts as one empty line, as Ansible's module has it
    lines = (file.text or "").splitlines() or [""]
    msg = _changed(args, lines)
    open_ended = bool(file.text) and not file.text.endswith("\n")
    text = "".join(line + "\n" for line in lines) if msg or open_ended else None
    decision = edited(args, file, text, msg or ("OK" if open_ended else ""))
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
    span = _span(args, lines)
    values = [args["value"]] if args["value"] is not None else list(args["values"] or [])
    if args["state"] == "absent":
        return _remove(args, lines, span, values)
    if args["option"] and not values and not args["allow_no_value"]:
        raise ModuleFailed("Parameter 'value(s)' must be defined if state=present and allow_no_value=False.")
    made = span is None
    if span is None:
        first = _add_section(args, lines)
        span = (first, len(lines))
    if not args["option"]:
        return "only section added" if made else ""
    done = _set(args, lines, span, values or [None])
    return "section and option added" if made and done else done


def _span(args, lines):
    """Return (first, end) of the lines inside the section, its title left out; None when there is no such section."""
    if not args["section"]:
        return 0, _end_from(0, lines)
    for number, line in enumerate(lines):
        span = (number + 1, _end_from(number + 1, lines))
        if _title(line) == args["section"] and _has_values(args["section_has_values"], lines, span):
            return span
    return None


def _end_from(first, lines):
    return next((number for number in range(first, len(lines)) if _title(lines[number]) is not None), len(lines))


def _has_values(wanted, lines, span):
    for each in wanted or []:
        settings = [_option(line, each["option"]) for line in lines[slice(*span)]]
        there = [value for active, value in filter(None, settings) if active]
        if not there or not set(_values_of(each)) <= set(there):
            return False
    return True


def _values_of(setting):
    value = setting.get("value")
    return list(setting.get("values") or ([] if value is None else [value]))


def _title(line):
    found = SECTION.match(line)
    return found.group(1).strip() if found else None


def _add_section(args, lines):
    """Put a new section at the end, with what it has to have; returns where its lines begin."""
    lines.append("[%s]" % args["section"])
    first = len(lines)
    for each in args["section_has_values"] or []:
        lines.extend(_written(args, each["option"], value) for value in _values_of(each) or [None])
    return first


def _option(line, option):
    """Return (whether the line is active, its value) when it sets the option, or None."""
    found = re.match(r"^([#;]?)\s*%s\s*(?:=\s*(.*?))?\s*$" % re.escape(option), line.lstrip() if line.strip() else line)
    if not found:
        return None
    return not found.group(1), found.group(2)


def _written(args, option, value):
    if value is None:
        return option
    return ("%s=%s" if args["no_extra_spaces"] else "%s = %s") % (option, value)


def _same(args, line, value):
    if line == _written(args, args["option"], value):
        return True
    return args["ignore_spaces"] and _option(line, args["option"])[1] == value


def _set(args, lines, span, values):
    """Make the option's lines those of `values`; returns what was done. Commented-out lines count where they may be used again."""
    found = [(number, _option(lines[number], args["option"])) for number in range(*span)]
    found = [(number, setting) for number, setting in found if setting and (setting[0] or _usable(args, setting, values))]
    left, others, done = list(values), [], ""
    for number, (active, value) in found:
        if value not in left:
            others.append(number)
            continue
        left.remove(value)
        if not (active and _same(args, lines[number], value)):
            lines[number] = _written(args, args["option"], value)
            done = "option changed"
    if not args["exclusive"]:
        others = []
    return _place(args, lines, left, others, span) or done


def _usable(args, setting, values):
    return args["modify_inactive_option"] and (values != [None] or setting[1] is None)


def _place(args, lines, left, others, span):
    """Write the values that are left into the other lines of the option; add or remove what is over."""
    if not left and not others:
        return ""
    for number, value in zip(others, left):
        lines[number] = _written(args, args["option"], value)
    rest = left[len(others) :]
    at = others[-1] + 1 if others else _after_settings(lines, span)
    lines[at:at] = [_written(args, args["option"], value) for value in rest]
    for number in reversed(others[len(left) :]):
        del lines[number]
    return "option added" if rest else "option changed"


def _after_settings(lines, span):
    """Return where a new option goes: after the last line of the section that is neither empty nor a comment."""
    first, end = span
    while end > first and (not lines[end - 1].strip() or lines[end - 1].lstrip()[0] in "#;"):
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
