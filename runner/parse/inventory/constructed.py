"""The `constructed` inventory: variables and groups made from the variables of hosts that earlier sources named.

Options: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/constructed_inventory.html
"""

from collections.abc import Callable, Mapping
from typing import Any

from runner.errors import InventoryError, RunnerError
from runner.model.inventory import ALL, Inventory
from runner.model.inventory_draft import Draft
from runner.model.text import Map, Seq, Text
from runner.model.variables import MISSING
from runner.position import position_of
from runner.record import dataclass

PLUGINS = ("constructed", "ansible.builtin.constructed")


@dataclass(frozen=True, slots=True)
class Evaluate:
    """How expressions are worked out, given by the caller because this room has no templates.

    expression: (source, variables) -> value. condition: the same as true or false. render: text with braces -> value.
    """

    expression: Callable[[Any, Mapping[str, Any]], Any]
    condition: Callable[[Any, Mapping[str, Any]], bool]
    render: Callable[[Any, Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the variables of a host are made of besides the draft: -e, and (if asked for) the files of variables."""

    extra_vars: Mapping[str, Any]
    file_vars: Callable[[Inventory, str], Mapping[str, Any]]


def read_constructed(config: Map, draft: Draft, evaluate: Evaluate, around: Surroundings) -> None:
    """Add to the draft what a `constructed` configuration says. Raises InventoryError for a wrong option.

    With `strict`, an expression that fails is an error at its place; without, it is left out.
    """
    strict = bool(config.get("strict", False))
    leading = bool(config.get("leading_separator", True))
    before = draft.trial().freeze()
    for name in list(draft.hosts):
        given = _variables(config, before, name, draft, around)
        for variable, source in _mapping(config, "compose").items():
            found = _try(evaluate.expression, source, given, strict=strict)
            if found is not MISSING:
                draft.set_host_var(name, variable, found)
        values = {**given, **draft.hosts[name].vars}
        for group, condition in _mapping(config, "groups").items():
            if _try(evaluate.condition, condition, values, strict=strict) is True:
                draft.add_host(name, draft.add_group(group, position_of(group)))
        for keyed in _list(config, "keyed_groups"):
            _keyed(keyed, name, draft, evaluate, values, strict=strict, leading=leading)


def _variables(config: Map, before: Inventory, name: str, draft: Draft, around: Surroundings) -> dict[str, Any]:
    made: dict[str, Any] = {}
    groups = before.hosts[name].groups
    for group in groups:
        made.update(before.groups[group].vars)
    made.update(draft.hosts[name].vars)
    if config.get("use_vars_plugins"):
        made.update(around.file_vars(before, name))
    if config.get("use_extra_vars"):
        made.update(around.extra_vars)
    made["inventory_hostname"] = name
    made["inventory_hostname_short"] = name.split(".")[0]
    made["group_names"] = sorted(group for group in groups if group != ALL)
    return made


def _keyed(
    keyed: Any, name: str, draft: Draft, evaluate: Evaluate, values: Mapping[str, Any], *, strict: bool, leading: bool
) -> None:
    """Put a host into the groups that one entry of keyed_groups makes for it."""
    place = position_of(keyed)
    if not isinstance(keyed, Mapping) or not keyed.get("key"):
        raise InventoryError("an entry of keyed_groups needs a key", position=place, expected="key: EXPRESSION")
    default, separator = keyed.get("default_value"), keyed.get("separator", "_")
    if default is not None and keyed.get("trailing_separator") is not None:
        raise InventoryError(
            "parameters are mutually exclusive for keyed groups: default_value|trailing_separator", position=place
        )
    key = _try(evaluate.expression, keyed["key"], values, strict=strict)
    if not key and not (key == "" and default is not None):
        if strict:
            raise InventoryError(f"No key or key resulted empty for {keyed['key']} in host {name}, invalid entry", position=place)
        return
    prefix = _try(evaluate.render, keyed.get("prefix", ""), values, strict=strict) or ""
    parent = _try(evaluate.render, keyed.get("parent_group", ""), values, strict=strict)
    for bare in _names(key, keyed, separator):
        joined = f"{prefix}{separator}{bare}" if prefix or leading else bare
        group = draft.add_group(Text(joined, place))
        draft.add_host(name, group)
        if parent:
            draft.add_child(draft.add_group(str(parent), place), group, place)


def _names(key: Any, keyed: Mapping[Any, Any], separator: str) -> list[str]:
    """Return the names, without prefix, that the value of a key stands for."""
    default = keyed.get("default_value")
    if isinstance(key, str):
        return [key or str(default)]
    if isinstance(key, Mapping):
        names = []
        for inner, value in key.items():
            if value == "" and default is not None:
                names.append(f"{inner}{separator}{default}")
            elif value == "" and keyed.get("trailing_separator") is False:
                names.append(str(inner))
            else:
                names.append(f"{inner}{separator}{value}")
        return names
    if isinstance(key, (list, tuple)):
        return [str(default) if each == "" and default is not None else str(each) for each in key]
    raise InventoryError(
        f"Invalid group name format, expected a string or a list of them or dictionary, got: {type(key).__name__}",
        position=position_of(keyed),
    )


def _try(work: Callable[[Any, Mapping[str, Any]], Any], source: Any, values: Mapping[str, Any], *, strict: bool) -> Any:
    """Return what an expression gives, or MISSING where it fails and need not work."""
    try:
        return work(source, values)
    except RunnerError as error:
        if strict:
            place = position_of(source) or error.position
            raise InventoryError(f"Could not evaluate {source}: {error.message}", position=place) from error
        return MISSING


def _mapping(config: Map, option: str) -> Mapping[Any, Any]:
    value = config.get(option) or {}
    if not isinstance(value, Mapping):
        raise InventoryError(f"{option} of a constructed inventory must be a mapping", position=position_of(value, config))
    return value


def _list(config: Map, option: str) -> list[Any]:
    value = config.get(option) or Seq()
    if not isinstance(value, list):
        raise InventoryError(f"{option} of a constructed inventory must be a list", position=position_of(value, config))
    return value
