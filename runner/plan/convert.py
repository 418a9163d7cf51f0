"""One value converted to the kind an argument wants, as Ansible converts it (pure)."""

import ast
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

YES = frozenset({"y", "yes", "on", "1", "true", "t", "1.0"})
NO = frozenset({"n", "no", "off", "0", "false", "f", "0.0"})
_UNITS = {"Y": 80, "Z": 70, "E": 60, "P": 50, "T": 40, "G": 30, "M": 20, "K": 10, "B": 0}


class CannotConvert(Exception):
    """The value is not of the kind and cannot be made so."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


def kind_of(wanted: Mapping[str, Any]) -> str:
    """Return the kind of an argument: its `format` when that decides, else its JSON Schema `type`, else raw."""
    special = wanted.get("format")
    if special in ("path", "bytes", "bits", "json", "mode", "raw"):
        return str(special)
    kind = wanted.get("type", "raw")
    return str(kind) if isinstance(kind, str) else "raw"


def convert(value: Any, kind: str, wanted: Mapping[str, Any]) -> Any:
    """Return `value` as `kind`. Raises CannotConvert."""
    if value is None:
        return None
    return _KINDS[kind](value)


def to_bool(value: Any) -> bool:
    """Return the truth of yes/no words, numbers and booleans."""
    if isinstance(value, bool):
        return value
    word = str(value).lower().strip() if isinstance(value, (str, int, float)) else ""
    if word in YES:
        return True
    if word in NO:
        return False
    shown = ", ".join(repr(each) for each in ("0", "1", "f", "false", "n", "no", "off", "on", "t", "true", "y", "yes"))
    raise CannotConvert("bool", f"The value '{value}' is not a valid boolean. Valid booleans include: {shown}")


def type_name(value: Any) -> str:
    """Return the name of a value's type as Ansible's messages have it; text and containers with a position are plain ones."""
    for kind in (str, dict, list):
        if isinstance(value, kind):
            return f"<class '{kind.__name__}'>"
    return str(type(value))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return str(value)


def _integer(value: Any) -> int:
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    try:
        return int(str(value).strip())
    except ValueError:
        raise CannotConvert("int", f"\"{value!r}\" cannot be converted to an int") from None


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise CannotConvert("float", f"{type_name(value)} cannot be converted to a float")
    try:
        return float(value)
    except ValueError:
        raise CannotConvert("float", f"\"{value!r}\" cannot be converted to a float") from None


def _array(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple, set)):
        return list(value)
    if isinstance(value, str):
        return [part.strip() for part in value.split(",")]
    if isinstance(value, (int, float)):
        return [str(value)]
    raise CannotConvert("list", f"{type_name(value)} cannot be converted to a list")


def _object(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, str):
        text = value.strip()
        if text.startswith("{"):
            loaded = _written(text)
            if isinstance(loaded, dict):
                return loaded
        if "=" in text:
            fields = re.findall(r"([^=,\s]+)=(\"[^\"]*\"|'[^']*'|[^,\s]*)", text)
            return {key: each.strip("'\"") for key, each in fields}
        raise CannotConvert("dict", "dictionary requested, could not parse JSON or key=value")
    raise CannotConvert("dict", f"{type_name(value)} cannot be converted to a dict")


def _written(text: str) -> Any:
    """Return what a text in braces says, as JSON or as Python writes a dictionary. Raises CannotConvert."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    raise CannotConvert("dict", "unable to evaluate string as dictionary")


def _json(value: Any) -> str:
    if isinstance(value, str):
        return str(value).strip()
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value)
    raise CannotConvert("json", f"{type_name(value)} cannot be converted to JSON")


def _size(bits: bool) -> Callable[[Any], int]:
    kind = "bits" if bits else "bytes"

    def number(value: Any) -> int:
        found = re.match(r"\s*(\d*\.?\d+)\s*([A-Za-z]*)\s*$", str(value))
        unit = (found.group(2)[:1].upper() or "B") if found else ""
        if not found or unit not in _UNITS:
            raise CannotConvert(kind, f"{value!r} can't be interpreted as a number of {kind}")
        return round(float(found.group(1)) * 2.0 ** _UNITS[unit])

    return number


_KINDS: Mapping[str, Callable[[Any], Any]] = {
    "string": _text,
    "path": _text,
    "integer": _integer,
    "number": _number,
    "boolean": to_bool,
    "array": _array,
    "object": _object,
    "json": _json,
    "bytes": _size(False),
    "bits": _size(True),
    "mode": lambda value: value,
    "raw": lambda value: value,
}
