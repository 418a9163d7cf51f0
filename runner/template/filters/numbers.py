"""Filters on numbers, sizes and times: log, human_readable, human_to_bytes, strftime, to_datetime ..."""

import math
import re
import time
from datetime import datetime
from typing import Any

from runner.errors import TemplateError

UNITS = {letter: 1 << (10 * power) for power, letter in reversed(list(enumerate("BKMGTPEZY")))}
AMOUNT = re.compile(r"^\s*([0-9]*\.?[0-9]*)\s*([A-Za-z]+)?\s*$")


def log(value: Any, base: Any = math.e) -> float:
    """Return the logarithm, natural unless a base is given."""
    try:
        return math.log10(value) if base == 10 else math.log(value, base)
    except TypeError as error:
        raise TypeError(f"log() can only be used on numbers: {error}") from error


def power(value: Any, exponent: Any) -> float:
    """Return value to the power of exponent."""
    try:
        return math.pow(value, exponent)
    except TypeError as error:
        raise TypeError(f"pow() can only be used on numbers: {error}") from error


def root(value: Any, base: Any = 2) -> float:
    """Return the root, square unless told."""
    try:
        return math.sqrt(value) if base == 2 else math.pow(value, 1.0 / float(base))
    except (ValueError, TypeError) as error:
        raise TypeError(f"root() can only be used on numbers: {error}") from error


def human_readable(size: Any, isbits: bool = False, unit: str | None = None) -> str:
    """Return a number of bytes (or bits) as people write it, in the largest fitting unit or the one told."""
    base = "bits" if isbits else "Bytes"
    try:
        for letter, limit in UNITS.items():
            if (unit is None and size >= limit) or (unit is not None and unit.upper() == letter):
                break
        else:
            letter, limit = "B", 1
        suffix = base if limit == 1 else letter + base[0]
        return f"{size / limit:.2f} {suffix}"
    except TypeError as error:
        raise TypeError(f"human_readable() failed on bad input: {error}") from error


def human_to_bytes(size: Any, default_unit: str | None = None, isbits: bool = False) -> int:
    """Return the number of bytes (or bits) that a text such as `1.5 MB` means."""
    match = AMOUNT.match(str(size))
    if match is None or match.group(1) in ("", "."):
        raise TemplateError(f"human_to_bytes() can't interpret following string: {size}", expected="a number and a unit, as 2 GB")
    number, unit = match.group(1), match.group(2) or default_unit
    if unit is None:
        return round(float(number))
    limit = UNITS.get(unit[0].upper())
    if limit is None or not fits(unit[1:], unit[0].upper() == "B", isbits):
        raise TemplateError(
            f"human_to_bytes() can't interpret following string: {size}",
            expected=f"one of {', '.join(reversed(UNITS))}, followed by {'b' if isbits else 'B'} or not",
            found=unit,
        )
    return round(float(number) * limit)


def fits(rest: str, single: bool, isbits: bool) -> bool:
    """Tell whether a unit is right after its first letter: K, KB; for bits K, Kb; or the word byte, bit."""
    if single:
        return rest.lower() in ("", "it", "its", "yte", "ytes")
    return rest in ("", "b" if isbits else "B")


def strftime(string_format: str, second: Any = None, utc: bool = False) -> str:
    """Return a time (seconds since 1970, now unless given) in a strftime format."""
    if second is not None:
        try:
            second = float(second)
        except (TypeError, ValueError) as error:
            raise TemplateError(f"Invalid value for epoch value ({second})", expected="seconds since 1970") from error
    return time.strftime(string_format, (time.gmtime if utc else time.localtime)(second))


def to_datetime(value: Any, format: str = "%Y-%m-%d %H:%M:%S") -> datetime:
    """Return text as a moment that can be subtracted from another."""
    try:
        return datetime.strptime(str(value), format)
    except ValueError as error:
        raise TemplateError(str(error), expected=f"a time as {format}", found=str(value)) from error


FILTERS = {
    "log": log,
    "pow": power,
    "root": root,
    "human_readable": human_readable,
    "human_to_bytes": human_to_bytes,
    "strftime": strftime,
    "to_datetime": to_datetime,
}
