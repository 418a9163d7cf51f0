"""What a plain YAML scalar means: YAML 1.1 as Ansible reads it (yes/no booleans, octal 0644, dates)."""

import json
import re
from typing import Any

from yaml.constructor import SafeConstructor
from yaml.nodes import ScalarNode

WORDS: dict[str, Any] = {
    **{form: True for word in ("yes", "true", "on") for form in (word, word.capitalize(), word.upper())},
    **{form: False for word in ("no", "false", "off") for form in (word, word.capitalize(), word.upper())},
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
SPECIAL_STARTS = frozenset("0123456789+-.")
DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
INTEGER = re.compile(
    r"(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)\Z"
)
FLOAT = re.compile(
    r"(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
)
TIMESTAMP = re.compile(
    r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}"
    r"(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)\Z"
)
CORE = "tag:yaml.org,2002:"


def plain(value: str) -> Any:
    """Return what an untagged plain scalar stands for: None, bool, int, float, date or datetime; else the same `str` object."""
    if value in WORDS:
        return WORDS[value]
    if value[0] not in SPECIAL_STARTS:
        return value
    if DECIMAL.match(value):
        return int(value)
    for pattern, tag in ((INTEGER, "int"), (FLOAT, "float"), (TIMESTAMP, "timestamp")):
        if pattern.match(value):
            try:
                return tagged(tag, value)
            except ValueError:
                return value
    return value


def plain_json(value: str) -> Any:
    """Return what an unquoted word of a JSON document stands for (1e3 is a number there, in YAML 1.1 it is text)."""
    return json.loads(value)


def tagged(kind: str, value: str) -> Any:
    """Return the value of a scalar under a standard tag: int, float, bool, null, timestamp or binary.

    Raises ValueError when the text does not fit the tag, KeyError for another tag.
    """
    if kind == "bool":
        found = WORDS.get(value.lower(), value)
        return found if isinstance(found, bool) else _misfit(value, kind)
    if kind == "null":
        return None
    read = {
        "int": SafeConstructor.construct_yaml_int,
        "float": SafeConstructor.construct_yaml_float,
        "timestamp": SafeConstructor.construct_yaml_timestamp,
        "binary": SafeConstructor.construct_yaml_binary,
    }[kind]
    node = ScalarNode(CORE + kind, value)
    if kind == "timestamp" and not TIMESTAMP.match(value):
        return _misfit(value, kind)
    return read(SafeConstructor(), node)


def _misfit(value: str, kind: str) -> Any:
    raise ValueError(f"{value!r} is not a {kind}")
