"""Writes one property of a module's ARGUMENTS in a line, for modules with very many options."""

from typing import Any, Dict, List, Optional

_KINDS: Dict[str, Dict[str, Any]] = {
    "str": {"type": "string"},
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "dict": {"type": "object"},
    "path": {"type": "string", "format": "path"},
    "raw": {"format": "raw"},
    "list": {"type": "array"},
    "strs": {"type": "array", "items": {"type": "string"}},
    "paths": {"type": "array", "items": {"type": "string", "format": "path"}},
}


def option(kind: str, description: str, default: Any = None, **more: Any) -> Dict[str, Any]:
    """Return the rule of one property. kind: a key of _KINDS. more: enum, aliases, secret ..."""
    rule = dict(_KINDS[kind], description=description, **more)
    if default is not None:
        rule["default"] = default
    return rule


def records(description: str, properties: Dict[str, Any], required: Optional[List[str]] = None, **more: Any) -> Dict[str, Any]:
    """Return the rule of a list of mappings, each with the given properties."""
    items = {"type": "object", "properties": properties, "required": required or []}
    return dict({"type": "array", "description": description, "items": items}, **more)


def record(description: str, properties: Dict[str, Any], required: Optional[List[str]] = None, **more: Any) -> Dict[str, Any]:
    """Return the rule of one mapping with the given properties."""
    return dict({"type": "object", "description": description, "properties": properties, "required": required or []}, **more)
