"""Sizes and durations as people write them (pure)."""

import re
from typing import Any, List, Optional

from runner.target.decision import ModuleFailed

_UNITS = "BKMGTP"
_SPAN = {"h": 3600 * 10**9, "m": 60 * 10**9, "s": 10**9, "ms": 10**6, "us": 10**3}


def size(text: Any, option: str) -> int:
    """Return bytes of "512", "10m", "1.5G", "10MiB". Raises ModuleFailed."""
    found = re.match(r"^\s*(\d+(?:\.\d+)?)\s*(?:([BKMGTP])(?:i?B)?)?\s*$", str(text), re.IGNORECASE)
    if not found:
        raise ModuleFailed("Failed to convert %s: %r is not a size such as 512M" % (option, text))
    return int(float(found.group(1)) * 1024 ** _UNITS.index((found.group(2) or "B").upper()))


def duration(text: Any, option: str) -> int:
    """Return nanoseconds of "90s", "1m30s", "1.5h"; a bare number is nanoseconds. Raises ModuleFailed."""
    words = str(text).strip()
    if re.match(r"^\d+$", words):
        return int(words)
    if not re.match(r"^(\d+(\.\d+)?(h|ms|us|m|s))+$", words):
        raise ModuleFailed("Invalid time duration %r for %s: write such as 1m30s" % (text, option))
    return int(sum(float(number) * _SPAN[unit] for number, _, unit in re.findall(r"(\d+(\.\d+)?)(h|ms|us|m|s)", words)))


def words(value: Optional[Any]) -> List[str]:
    """Return a list of text of a list of anything, nothing for None."""
    return [str(each) for each in value or []]
