"""How two mappings of variables become one: the later replaces, or (hash_behaviour = merge) mappings are merged deeply."""

from collections.abc import Mapping
from typing import Any

from runner.model.text import Map


def combine(low: Mapping[Any, Any], high: Mapping[Any, Any], *, deep: bool = False) -> Map:
    """Return a new mapping of both, in which `high` wins. deep: values that are mappings in both are merged in the same way."""
    made = Map(low, position=getattr(low, "position", None))
    if not deep:
        made.update(high)
        return made
    for key, value in high.items():
        there = made.get(key)
        made[key] = combine(there, value, deep=True) if isinstance(there, Mapping) and isinstance(value, Mapping) else value
    return made
