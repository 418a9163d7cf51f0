"""Turns a mode as a user writes it (octal or symbolic, chmod(1)) into permission bits."""

import re

OCTAL = re.compile(r"^(?:0o)?[0-7]{1,7}$")
CLAUSE = re.compile(r"^([ugo]*|a)((?:[-+=](?:[rwxXst]*|[ugo]))+)$")
ACTION = re.compile(r"([-+=])([rwxXst]*|[ugo])(?=[-+=]|$)")
SHIFT = {"u": 6, "g": 3, "o": 0}
BITS = {"r": 4, "w": 2, "x": 1}
SPECIAL = {"u": 0o4000, "g": 0o2000, "o": 0o1000}


class BadMode(ValueError):
    """The text is neither an octal nor a symbolic mode."""


def parse_mode(wanted: object, current: int, is_directory: bool, umask: int) -> int:
    """Return permission bits (0 to 0o7777) for `wanted`: an int, octal digits or chmod(1)'s symbolic form.

    current: the bits now; they count for symbolic forms. umask: applies to clauses that name nobody, as in chmod(1).
    Raises BadMode.
    """
    if isinstance(wanted, bool):
        raise BadMode("bad symbolic permission for mode: %s" % wanted)
    if isinstance(wanted, int):
        if wanted < 0:
            raise BadMode("bad symbolic permission for mode: %s" % wanted)
        return wanted & 0o7777
    text = str(wanted).strip()
    if OCTAL.match(text):
        return int(text.replace("0o", ""), 8) & 0o7777
    mode = current
    for clause in text.split(","):
        mode = _clause(clause.strip(), mode, is_directory, umask, text)
    return mode


def _clause(clause: str, mode: int, is_directory: bool, umask: int, whole: str) -> int:
    found = CLAUSE.match(clause)
    if not found:
        raise BadMode("bad symbolic permission for mode: %s" % whole)
    who = found.group(1)
    users = "ugo" if not who or "a" in who else who
    mask = umask if not who else 0
    for operator, permissions in ACTION.findall(found.group(2)):
        executable = is_directory or mode & 0o111
        before = mode
        for user in "ugo":
            if user in users:
                bits = _bits(user, permissions, before, executable) & ~mask
                mode = _combine(mode, user, operator, bits)
    return mode


def _bits(user: str, permissions: str, before: int, executable: object) -> int:
    if permissions in SHIFT:
        return (before >> SHIFT[permissions] & 7) << SHIFT[user]
    bits = 0
    for letter in permissions:
        if letter in BITS:
            bits |= BITS[letter] << SHIFT[user]
        elif letter == "X" and executable:
            bits |= 1 << SHIFT[user]
        elif letter == ("t" if user == "o" else "s"):
            bits |= SPECIAL[user]
    return bits


def _combine(mode: int, user: str, operator: str, bits: int) -> int:
    if operator == "+":
        return mode | bits
    if operator == "-":
        return mode & ~bits
    return mode & ~(7 << SHIFT[user] | SPECIAL[user]) | bits
