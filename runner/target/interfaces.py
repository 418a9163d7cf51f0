"""Reads and changes the lines of a network interfaces file. Source: interfaces(5)."""

import re
from typing import Any, Dict, List, Optional

# These may stand there more than once, a command each; of every other option the last line counts.
COMMANDS = ("pre-up", "up", "post-up", "down")
_ENDS_STANZA = ("source", "source-dir", "source-directory", "auto", "no-auto-down", "no-scripts")


class Row:
    """One line. kind: head (the iface line), option, or other. text: with its line end. name, family: of the interface it belongs to."""

    def __init__(self, text: str, kind: str = "other", name: str = "", family: Optional[str] = None) -> None:
        self.text, self.kind, self.name, self.family = text, kind, name, family
        words = text.split(None, 1)
        self.option = words[0] if kind == "option" else ""
        self.value = words[1].strip() if kind == "option" and len(words) > 1 else ""

    def of(self, name: str, family: Optional[str]) -> bool:
        """Tell whether the line belongs to an interface; family None: whichever."""
        return self.kind != "other" and self.name == name and family in (None, self.family)


def parse(text: str) -> List[Row]:
    """Return the rows of a file. Raises ValueError, with the line, for an option before any stanza."""
    rows: List[Row] = []
    head: Optional[Row] = None
    begun = False
    for number, line in enumerate(text.splitlines(True), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            rows.append(Row(line))
        elif words[0] == "iface" and len(words) > 1:
            head, begun = Row(line, "head", words[1], words[2] if len(words) > 2 else None), True
            rows.append(head)
        elif words[0] == "mapping" or words[0] in _ENDS_STANZA or words[0].startswith("allow-"):
            head, begun = None, True
            rows.append(Row(line))
        elif not begun:
            raise ValueError("line %d: option %s belongs to no interface" % (number, line))
        else:
            rows.append(Row(line, "option", head.name, head.family) if head else Row(line))
    return rows


def described(rows: List[Row]) -> Dict[str, Dict[str, Any]]:
    """Return the interfaces by name: address_family, method, a list of each kind of command, the other options."""
    found: Dict[str, Dict[str, Any]] = {}
    for row in rows:
        if row.kind == "head":
            words = row.text.split()
            found[row.name] = {"address_family": row.family, "method": words[3] if len(words) > 3 else None}
            found[row.name].update({each: [] for each in COMMANDS})
        elif row.kind == "option" and row.option in COMMANDS:
            found[row.name][row.option].append(row.value)
        elif row.kind == "option":
            found[row.name][row.option] = row.value
    return found


def without(rows: List[Row], name: str, family: Optional[str], option: str, value: Optional[str]) -> List[Row]:
    """Return the rows without an option; of commands, only those with the value where one is given."""
    one = value if option in COMMANDS else None
    return [row for row in rows if not (row.of(name, family) and row.option == option and one in (None, row.value))]


def with_option(rows: List[Row], name: str, family: Optional[str], option: str, value: str) -> List[Row]:
    """Return the rows with an option's value in its place, a further command behind its like, or a new line at the stanza's end."""
    mine = [number for number, row in enumerate(rows) if row.of(name, family)]
    if option == "method":
        return [_with_method(row, value) if number in mine and row.kind == "head" else row for number, row in enumerate(rows)]
    options = [number for number in mine if rows[number].kind == "option"]
    like = [number for number in options if rows[number].option == option]
    if like and option not in COMMANDS:
        last = rows[like[-1]]
        changed = last if last.value == value else _copy(last, _put(last, value))
        return rows[: like[-1]] + [changed] + rows[like[-1] + 1 :]
    if any(rows[number].value == value for number in like):
        return rows
    after = (like or mine)[-1]
    before = rows[after]
    blanks = re.match(r"[ \t]*", before.text)
    indent = (blanks.group() if blanks else "") + ("" if options else "    ")
    end = before.text[len(before.text.rstrip()) :]
    new = _copy(before, "%s%s %s%s" % (indent, option, value, end), "option")
    held = before if "\n" in end else _copy(before, before.text + "\n")
    return rows[:after] + [held, new] + rows[after + 1 :]


def _copy(row: Row, text: str, kind: str = "") -> Row:
    return Row(text, kind or row.kind, row.name, row.family)


def _put(row: Row, value: str) -> str:
    """Return an option's line with another value; its blanks stay."""
    found = re.match(r"(\s*\S+)(\s*)(.*?)(\s*)$", row.text, re.DOTALL)
    assert found is not None
    return found.group(1) + (found.group(2) or " ") + value + found.group(4)


def _with_method(row: Row, value: str) -> Row:
    words = row.text.split()
    if len(words) < 4 or words[3] == value:
        return row
    return _copy(row, re.sub(r"\S+(\s*)$", lambda found: value + found.group(1), row.text))
