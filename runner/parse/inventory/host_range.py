"""Host names with ranges and ports: `web[01:10:2].x`, `db[a:c]`, `host:2222`, `[::1]:22`."""

import itertools
import re
import string

from runner.errors import InventoryError
from runner.position import Position

RANGE = re.compile(r"\[(?P<begin>[^\[\]:]*):(?P<end>[^\[\]:]*)(?::(?P<step>[^\[\]:]*))?\]")
BRACKETED = re.compile(r"^\[(?P<host>[0-9A-Fa-f:.%\w-]*:[0-9A-Fa-f:.%\w-]*)\](?::(?P<port>[0-9]+))?$")
WITH_PORT = re.compile(r"^(?P<host>(?:[^:\[\]]|\[[^\[\]]*\])+):(?P<port>[0-9]+)$")


def expand(written: object, position: Position | None = None) -> tuple[list[str], int | None]:
    """Return the host names that a pattern of an inventory stands for, in order, and the port written after them.

    Raises InventoryError for a pattern that is no text, ends in a colon, or has a wrong range.
    """
    if not isinstance(written, str):
        raise InventoryError(
            f"Host pattern {written} must be a string. Enclose integers/floats in quotation marks.",
            position=position,
            expected="a host name",
            found=repr(written),
            remedy=f'write "{written}" in quotes',
        )
    if written.strip().endswith(":"):
        raise InventoryError(
            f"Invalid host pattern '{written}' supplied, ending in ':' is not allowed, "
            "this character is reserved to provide a port.",
            position=position,
            expected="a host name, or host:port",
            found=written,
            remedy="remove the colon, or give the file the extension .yml if it is YAML",
        )
    if written.strip() == "---":
        raise InventoryError(
            f"Invalid host pattern '{written}' supplied, '---' is normally a sign this is a YAML file.",
            position=position,
            remedy="give the file the extension .yml",
        )
    host, port = split_port(str(written))
    return expand_ranges(host, position), port


def split_port(written: str) -> tuple[str, int | None]:
    """Return the host without its port, and the port. The brackets around an IPv6 address with a port are taken away."""
    match = BRACKETED.match(written)
    if (match and not RANGE.fullmatch(f"[{match['host']}]")) or (match and match["port"]):
        return match["host"], int(match["port"]) if match["port"] else None
    match = WITH_PORT.match(written)
    return (match["host"], int(match["port"])) if match else (written, None)


def expand_ranges(written: str, position: Position | None = None) -> list[str]:
    """Return every name that a name with any number of `[begin:end:step]` ranges stands for. Raises InventoryError."""
    parts: list[list[str]] = []
    start = 0
    for match in RANGE.finditer(written):
        parts.append([written[start : match.start()]])
        parts.append(_values(match, written, position))
        start = match.end()
    if not parts:
        return [written]
    parts.append([written[start:]])
    return ["".join(each) for each in itertools.product(*parts)]


def _values(match: "re.Match[str]", written: str, position: Position | None) -> list[str]:
    begin, end, step = match["begin"] or "0", match["end"], match["step"]
    if not end:
        raise _wrong("host range must specify end value", written, position)
    if step is not None and not (step.isdigit() and int(step)):
        raise _wrong("the step of a host range must be a number greater than 0", written, position)
    stride = int(step) if step else 1
    if begin.isdigit() and end.isdigit():
        width = len(begin) if len(begin) > 1 and begin[0] == "0" else 0
        if width and width != len(end):
            raise _wrong("host range must specify equal-length formats for start/end", written, position)
        if int(begin) > int(end):
            raise _wrong("host range must have begin <= end", written, position)
        return [str(number).zfill(width) for number in range(int(begin), int(end) + 1, stride)]
    letters = string.ascii_letters
    if len(begin) != 1 or len(end) != 1 or begin not in letters or end not in letters:
        raise _wrong("a host range goes between two numbers or two letters", written, position)
    first, last = letters.index(begin), letters.index(end)
    if first > last:
        raise _wrong("host range must have begin <= end", written, position)
    return list(letters[first : last + 1 : stride])


def _wrong(message: str, written: str, position: Position | None) -> InventoryError:
    return InventoryError(
        message,
        position=position,
        expected="[1:9], [01:09], [1:9:2] or [a:f]",
        found=written,
        remedy="correct the range",
    )
