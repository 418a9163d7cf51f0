"""An explanation for people as a block of text: place, excerpt with caret, expected, found, nearest names, remedy, includes."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runner.position import Position

SECRET = re.compile(
    r"""(?P<key>\b\w*(?:passw(?:or)?d|passphrase|_pass|secret|token|api_?key|private_key)s?['"]?[ ]*[=:][ ]*)"""
    r"""(?P<value>"(?!\{\{)[^"\n]*"|'(?!\{\{)[^'\n]*'|(?![{!|>'"\[\s])[^\s,}]+)""",
    re.IGNORECASE,
)
CONTEXT = 2
LIMIT = 200


def excerpt(position: Position, *, context: int = CONTEXT, numbers: bool = True) -> list[str]:
    """Return the lines of the file up to the position, numbered unless told, with a caret below; empty when the file cannot be read.

    An encrypted file is never shown. Lines longer than 200 characters are cut around the column.
    """
    try:
        lines = veiled(Path(position.file).read_text(encoding="utf-8", errors="replace")).splitlines()
    except OSError:
        return []
    if not 0 < position.line <= len(lines) or (lines and lines[0].startswith("$ANSIBLE_VAULT")):
        return []
    first = max(1, position.line - context)
    width = len(str(position.line))

    def margin(number: int | str) -> str:
        return f"{number:>{width}} | " if numbers else ""

    shown = [margin(number) + cut(lines[number - 1], 0) for number in range(first, position.line)]
    start = max(0, position.column - LIMIT) if len(lines[position.line - 1]) > LIMIT else 0
    shown.append(margin(position.line) + cut(lines[position.line - 1], start))
    return shown + caret(lines[position.line - 1], position.column - start, start, margin(""))


def veiled(text: str) -> str:
    """Return a file's text with stars, as many as letters, for what stands as the value of a password, token or the like.

    A template stays, since it is no secret itself, and is often what the error is about.
    """
    return SECRET.sub(lambda found: found["key"] + "*" * len(found["value"]), text)


def cut(line: str, start: int) -> str:
    """Return the part of a line that is shown."""
    return line[start : start + LIMIT].replace("\t", " ").rstrip()


def caret(line: str, column: int, start: int, margin: str) -> list[str]:
    """Return the line with the caret; without a column it points at the first word of the line."""
    if column <= 0:
        column = len(line) - len(line.lstrip()) + 1 - start
    return [f"{margin}{' ' * (column - 1)}^ here"]


def block(
    position: Position | None,
    *,
    expected: str = "",
    found: str = "",
    nearest: Sequence[str] = (),
    remedy: str = "",
    trail: Sequence[Position] = (),
    indent: str = "  ",
) -> list[str]:
    """Return the lines of an explanation; what is not known is left out."""
    lines: list[str] = []
    if position is not None:
        lines.append(f"{indent}--> {position}")
        lines += [f"{indent}{line}" for line in excerpt(position)]
    for label, text in (("expected", expected), ("found", found), ("did you mean", offer(nearest)), ("remedy", remedy)):
        lines += labelled(label, text, indent)
    lines += [f"{indent}included from {place}" for place in reversed(trail)]
    return lines


def labelled(label: str, text: str, indent: str) -> list[str]:
    """Return `label: text`, its further lines standing below the first."""
    first, *rest = text.splitlines() or [""]
    if not text:
        return []
    margin = " " * (len(indent) + len(label) + 2)
    return [f"{indent}{label}: {first}", *(f"{margin}{line}" for line in rest)]


def offer(names: Sequence[str]) -> str:
    """Return the nearest names as a question."""
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names) + "?" if names else ""


def explanation(notes: Mapping[str, Any]) -> list[str]:
    """Return the block for a result's `_muster` notes: position, expected, found, nearest, remedy, trail.

    Every value is a string or a list of strings.
    """
    nearest = notes.get("nearest") or ()
    return block(
        place(notes.get("position")),
        expected=words(notes.get("expected")),
        found=words(notes.get("found")),
        nearest=(nearest,) if isinstance(nearest, str) else tuple(str(name) for name in nearest),
        remedy=words(notes.get("remedy")),
        trail=[spot for spot in map(place, notes.get("trail") or ()) if spot is not None],
    )


def words(value: Any) -> str:
    """Return a string or list of strings as one text, a line for each."""
    if value is None:
        return ""
    return "\n".join(str(each) for each in value) if isinstance(value, (list, tuple)) else str(value)


def place(value: Any) -> Position | None:
    """Return the position of `file:line`, `file:line:column` or {"file", "line", "column"}; None when it is none."""
    if value is None or isinstance(value, Position):
        return value
    if isinstance(value, Mapping):
        return Position(str(value["file"]), int(value["line"]), int(value.get("column") or 0)) if value.get("file") else None
    parts = str(value).rsplit(":", 2)
    if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
        return Position(parts[0], int(parts[1]), int(parts[2]))
    file, _, line = str(value).rpartition(":")
    return Position(file, int(line)) if file and line.isdigit() else None
