"""Which colour says what, as in the classic display, and how a text takes it."""

CODES = {
    "ok": "0;32",
    "changed": "0;33",
    "failed": "0;31",
    "unreachable": "1;31",
    "skipped": "0;36",
    "included": "0;36",
    "ignored": "1;35",
    "rescued": "0;32",
    "warning": "1;35",
    "deprecation": "0;35",
    "error": "0;31",
    "retry": "1;30",
    "path": "1;30",
    "verbose": "0;34",
    "highlight": "1;37",
    "added": "0;32",
    "removed": "0;31",
    "place": "0;36",
}


def paint(text: str, meaning: str | None, *, color: bool) -> str:
    """Return the text with the colour of its meaning on each of its lines, or as it is when colours are off."""
    if not color or meaning is None:
        return text
    code = CODES[meaning]
    return "\n".join(f"\033[{code}m{line}\033[0m" for line in text.split("\n"))
