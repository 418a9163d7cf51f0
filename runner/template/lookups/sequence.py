"""The lookup sequence: numbers from a start to an end, as text in a format."""

import re
from typing import Any

from runner.template.lookup import LookupContext, LookupFailed

NUMBER = "(?:0x)?[0-9a-f]+"
SHORT = re.compile(rf"^(?:(?P<start>{NUMBER})-)?(?P<end>{NUMBER})(?:/(?P<stride>{NUMBER}))?(?::(?P<format>.+))?$", re.IGNORECASE)
WORDS = ("start", "end", "stride", "count", "format")


def run(
    terms: list[Any],
    context: LookupContext,
    start: Any = None,
    end: Any = None,
    stride: Any = None,
    count: Any = None,
    format: str | None = None,
) -> list[Any]:
    """Return the numbers of each term: `start=1 end=5 stride=2 format=web%02d` or `1-5/2:web%02d`."""
    given = {"start": start, "end": end, "stride": stride, "count": count, "format": format}
    result: list[str] = []
    for term in terms or [""]:
        result += numbers({**{key: value for key, value in given.items() if value is not None}, **parsed(str(term))})
    return result


def parsed(term: str) -> dict[str, Any]:
    """Return the parameters that a term gives."""
    term = term.strip()
    short = SHORT.match(term)
    if short:
        return {key: value for key, value in short.groupdict().items() if value is not None}
    found: dict[str, Any] = {}
    for word in term.split():
        key, equals, value = word.partition("=")
        if not equals or key not in WORDS:
            raise LookupFailed(f"unrecognized arguments to with_sequence: {[key]}")
        found[key] = value
    return found


def number(name: str, value: Any) -> int:
    """Return a number written in decimal, or with 0x in hexadecimal."""
    text = str(value)
    try:
        return int(text, 16) if text.lower().startswith("0x") else int(text)
    except ValueError as error:
        raise LookupFailed(f"Invalid type for the setting {name} of the lookup sequence: can't parse {value!r} as integer") from error


def numbers(given: dict[str, Any]) -> list[str]:
    """Return the numbers as text."""
    words = {key: number(key, value) for key, value in given.items() if key != "format"}
    start, stride = words.get("start", 1), words.get("stride", 1)
    if "count" not in words and "end" not in words:
        raise LookupFailed("must specify count or end in with_sequence")
    if "count" in words and "end" in words:
        raise LookupFailed("can't specify both count and end in with_sequence")
    if "count" in words:
        if words["count"] == 0:
            return []
        end = start + words["count"] * stride - 1
    else:
        end = words["end"]
    if stride > 0 and end < start:
        raise LookupFailed("to count backwards make stride negative")
    if stride < 0 and end > start:
        raise LookupFailed("to count forward don't make stride negative")
    form = str(given.get("format") or "%d")
    if form.count("%") != 1:
        raise LookupFailed(f"bad formatting string: {form}")
    if stride == 0:
        return []
    try:
        return [form % each for each in range(start, end + (1 if stride > 0 else -1), stride)]
    except (ValueError, TypeError) as error:
        raise LookupFailed(f"problem formatting {start} with {form!r}") from error
