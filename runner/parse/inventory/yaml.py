"""Inventory in YAML form: groups with hosts, vars and children, nested."""

from collections.abc import Mapping
from typing import Any

from runner.errors import InventoryError, nearest_names
from runner.model.inventory_draft import Draft
from runner.model.text import Text
from runner.parse.inventory.host_range import expand
from runner.position import Position, position_of

SECTIONS = ("vars", "children", "hosts")


def read_yaml(data: Any, path: str, draft: Draft) -> None:
    """Add the groups of a YAML document to the draft. Raises InventoryError when it is no inventory."""
    start = Position(path, 1)
    if not data:
        raise InventoryError("Parsed empty YAML file", position=start, expected="a mapping of groups", found="nothing")
    if not isinstance(data, Mapping):
        raise InventoryError(
            f"YAML inventory has invalid structure, it should be a dictionary, got: {_kind(data)}",
            position=position_of(data) or start,
            expected="a mapping of groups, such as all: {hosts: {...}}",
            found=_kind(data),
        )
    if data.get("plugin"):
        raise InventoryError("Plugin configuration YAML file, not YAML inventory", position=position_of(data))
    for name, group in data.items():
        read_group(name, group, draft)


def read_group(name: Any, data: Any, draft: Draft) -> str:
    """Add one group and everything below it to the draft; return its name. Raises InventoryError."""
    position = position_of(name, data)
    if not isinstance(data, (Mapping, type(None))):
        draft.warn(f"Skipping '{name}' as this is not a valid group definition ({position})")
        return str(name)
    group = draft.add_group(name, position)
    if data is None:
        return group
    for key in data:
        if key not in SECTIONS:
            near = nearest_names(str(key), SECTIONS)
            hint = f"; did you mean {near[0]}?" if near else ""
            draft.warn(
                f'Skipping unexpected key ({key}) in group ({group}), only "vars", "children" and "hosts" are valid '
                f"({position_of(key)}){hint}"
            )
    for key, value in _section(data, "vars", group).items():
        draft.set_var(group, key, value)
    for child, value in _section(data, "children", group).items():
        added = read_group(child, value, draft)
        if added in draft.groups:
            draft.add_child(group, added, position_of(child))
    for pattern, values in _section(data, "hosts", group).items():
        _read_host(pattern, values, group, draft)
    return group


def _section(data: Mapping[Any, Any], section: str, group: str) -> Mapping[Any, Any]:
    value = data.get(section)
    if value is None:
        return {}
    if isinstance(value, str):
        return {value: None}
    if not isinstance(value, Mapping):
        raise InventoryError(
            f'Invalid "{section}" entry for "{group}" group, requires a dictionary, found "{_kind(value)}" instead.',
            position=position_of(value),
            expected="a mapping, name: values",
            found=_kind(value),
            remedy="write each name with a colon behind it instead of a dash before it" if isinstance(value, list) else "",
        )
    return value


def _read_host(pattern: Any, values: Any, group: str, draft: Draft) -> None:
    position = position_of(pattern)
    names, port = expand(pattern, position or position_of(values))
    if not isinstance(values, (Mapping, type(None))):
        raise InventoryError(
            f"The variables of host {pattern} are not a mapping",
            position=position_of(values, pattern),
            expected="a mapping of variables, or nothing",
            found=_kind(values),
        )
    for name in names:
        draft.add_host(Text(name, position), group, port, position)
        for key, value in (values or {}).items():
            draft.set_host_var(name, key, value)


def _kind(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list) else "text" if isinstance(value, str) else type(value).__name__
