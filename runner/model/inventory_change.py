"""One host added to an inventory, or put into more groups, without working out everything else again."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from runner.model.inventory import ALL, UNGROUPED, Group, Host, Inventory
from runner.model.inventory_draft import Draft
from runner.model.text import Map
from runner.record import replace


def put_host(inventory: Inventory, name: str, groups: Iterable[str], variables: Mapping[Any, Any]) -> Inventory:
    """Return the inventory with a host in `groups` (made under `all` where missing) and with `variables` added to its own.

    For add_host and group_by: the cost grows with the hosts of the groups concerned, not with the inventory.
    """
    wanted = list(dict.fromkeys(groups))
    known = inventory.hosts.get(name)
    made = dict(inventory.groups)
    for group in wanted:
        if group not in made:
            made[group] = Group(group, Map(), parents=(ALL,), depth=1)
            made[ALL] = replace(made[ALL], children=(*made[ALL].children, group))
    direct = [group for group in (known.groups if known else ()) if name in made[group].hosts]
    own = [group for group in dict.fromkeys([*direct, *wanted]) if group not in (ALL, UNGROUPED)] or [UNGROUPED]
    for group in {*own, *wanted}:
        if name not in made[group].hosts:
            made[group] = replace(made[group], hosts=(*made[group].hosts, name))
    if own != [UNGROUPED] and name in made[UNGROUPED].hosts:
        made[UNGROUPED] = replace(made[UNGROUPED], hosts=tuple(each for each in made[UNGROUPED].hosts if each != name))
    for group in _above(made, {*own, *wanted, UNGROUPED}):
        made[group] = replace(made[group], members=_members(made, group))
    ranked = sorted(_above(made, {*own, ALL}), key=lambda each: made[each].rank())
    values = Map({**(known.vars if known else {}), **variables}, position=known.vars.position if known else None)
    host = replace(known, vars=values, groups=tuple(ranked)) if known else Host(name, values, tuple(ranked))
    return Inventory({**inventory.hosts, name: host}, made, inventory.sources)


def put_member(
    inventory: Inventory,
    name: str,
    groups: Iterable[str],
    variables: Mapping[Any, Any] | None,
    parents: Iterable[str],
    warn: Callable[[str], None],
) -> Inventory:
    """Return the inventory with a host in `groups`, which become children of `parents`, and with variables added to its own.

    warn: told what is odd about a name.
    """
    if tuple(parents) == (ALL,):
        return put_host(inventory, name, groups, variables or {})
    draft = Draft.of(inventory, warn)
    host = draft.add_host(name)
    for group in groups:
        inner = draft.add_group(group)
        for parent in parents:
            draft.add_child(draft.add_group(parent), inner)
        draft.add_host(host, inner)
    for key, value in (variables or {}).items():
        draft.set_var(host, key, value)
    return draft.freeze()


def _above(groups: Mapping[str, Group], names: Iterable[str]) -> set[str]:
    """Return the groups and all groups they are in."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += groups[name].parents
    return found


def _members(groups: Mapping[str, Group], name: str) -> tuple[str, ...]:
    """Return the hosts of a group and of those below it, level by level."""
    seen = {name: None}
    level = [name]
    while level:
        level = list(dict.fromkeys(child for each in level for child in groups[each].children if child not in seen))
        seen.update(dict.fromkeys(level))
    return tuple(dict.fromkeys(host for each in seen for host in groups[each].hosts))
