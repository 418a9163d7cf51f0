"""A role's argument specification in Ansible's form -> the form of our modules' ARGUMENTS (pure)."""

from collections.abc import Mapping
from typing import Any

_TYPES: Mapping[str, Mapping[str, Any]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "list": {"type": "array"},
    "dict": {"type": "object"},
    "path": {"format": "path"},
    "raw": {"format": "raw"},
    "json": {"format": "json"},
    "jsonarg": {"format": "json"},
    "bytes": {"format": "bytes"},
    "bits": {"format": "bits"},
}
# the types that an option of a specification can have
TYPES = frozenset(_TYPES)
_RULES = ("mutually_exclusive", "required_together", "required_one_of", "required_if", "required_by")


def schema_of(options: Mapping[str, Any], rules: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return ARGUMENTS for a mapping of options: name -> {type, required, default, choices, elements, options, aliases, no_log}."""
    rules = rules or {}
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {str(name): _property(option or {}) for name, option in options.items()},
        "required": [str(name) for name, option in options.items() if (option or {}).get("required")],
    }
    for rule in _RULES:
        if rules.get(rule):
            schema[rule] = rules[rule]
    return schema


def _property(option: Mapping[str, Any]) -> dict[str, Any]:
    found = _typed(option.get("type", "str"))
    for theirs, ours in (("description", "description"), ("default", "default"), ("choices", "enum"), ("aliases", "aliases")):
        if option.get(theirs) is not None:
            found[ours] = option[theirs]
    if option.get("no_log"):
        found["secret"] = True
    nested = option.get("options")
    if str(option.get("type")) == "list":
        items = _typed(option.get("elements", "raw"))
        if nested:
            items.update(schema_of(nested, option), type="object")
        if "enum" in found:
            items["enum"] = found.pop("enum")
        found["items"] = items
    elif nested:
        found.update(schema_of(nested, option), type="object")
    return found


def _typed(word: Any) -> dict[str, Any]:
    """Return what a type stands for. One that does not exist takes no value: `unknown` is its word."""
    if word is None or str(word) in _TYPES:
        return dict(_TYPES[str(word or "str")])
    return {"format": "raw", "unknown": word}
