"""The `generator` inventory: a host for each combination of some layers of words, with groups made of the same words.

Options: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/generator_inventory.html
"""

import itertools
from collections.abc import Mapping
from typing import Any

from runner.errors import InventoryError
from runner.model.inventory_draft import Draft
from runner.model.text import Map
from runner.parse.inventory.constructed import Evaluate
from runner.position import position_of

PLUGINS = ("generator", "ansible.builtin.generator")


def read_generator(config: Map, draft: Draft, evaluate: Evaluate) -> None:
    """Add to the draft what a `generator` configuration says. Raises InventoryError for one that lacks `hosts` or `layers`."""
    layers, hosts = config.get("layers"), config.get("hosts")
    for value, name, what in ((layers, "layers", "a mapping of lists of words"), (hosts, "hosts", "a mapping with 'name'")):
        if not isinstance(value, Mapping):
            raise InventoryError(
                f"the generator inventory has no {name}", position=position_of(value, config), expected=what, remedy=f"add '{name}:'"
            )
    assert isinstance(layers, Mapping)
    assert isinstance(hosts, Mapping)
    for words in itertools.product(*layers.values()):
        values = dict(zip(layers, words, strict=True))
        host = draft.add_host(_name(hosts, values, evaluate))
        _parents(hosts, host, values, draft, evaluate, is_host=True)


def _name(entry: Mapping[Any, Any], values: Mapping[str, Any], evaluate: Evaluate) -> str:
    if not entry.get("name"):
        raise InventoryError("an entry of the generator inventory has no name", position=position_of(entry), remedy="add 'name:'")
    return str(evaluate.render(entry["name"], values))


def _parents(
    entry: Mapping[Any, Any], child: str, values: Mapping[str, Any], draft: Draft, evaluate: Evaluate, *, is_host: bool
) -> None:
    for parent in entry.get("parents") or ():
        group = draft.add_group(_name(parent, values, evaluate), position_of(parent))
        for name, value in (parent.get("vars") or {}).items():
            draft.set_var(group, name, evaluate.render(value, values))
        if is_host:
            draft.add_host(child, group)
        else:
            draft.add_child(group, child, position_of(parent))
        _parents(parent, group, values, draft, evaluate, is_host=False)
