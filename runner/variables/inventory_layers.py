"""The layers of variables that the inventory gives a host, in Ansible's default order of precedence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runner.model.inventory import ALL, Host, Inventory

LAYERS = (
    "inventory_group_all",
    "inventory_group",
    "inventory_group_vars_all",
    "playbook_group_vars_all",
    "inventory_group_vars",
    "playbook_group_vars",
    "inventory_host",
    "inventory_host_vars",
    "playbook_host_vars",
)
BY_SETTING = {
    "all_inventory": ("inventory_group_all",),
    "groups_inventory": ("inventory_group",),
    "all_plugins_inventory": ("inventory_group_vars_all",),
    "all_plugins_play": ("playbook_group_vars_all",),
    "groups_plugins_inventory": ("inventory_group_vars",),
    "groups_plugins_play": ("playbook_group_vars",),
}
DEFAULT_ORDER = tuple(BY_SETTING)

Layer = tuple[str, Mapping[Any, Any]]
Files = tuple[Mapping[str, Mapping[Any, Any]], Mapping[str, Mapping[Any, Any]]]


@dataclass(frozen=True, slots=True)
class VarsSources:
    """Where files of variables stand: (groups, hosts) by name, of each inventory source in order, and of each playbook folder."""

    inventory: Sequence[Files] = ()
    playbook: Sequence[Files] = ()


def inventory_layers(inventory: Inventory, host: Host, sources: VarsSources, order: Sequence[str] = DEFAULT_ORDER) -> list[Layer]:
    """Return (layer name, mapping) pairs for a host, lowest precedence first; empty mappings are left out.

    A layer name occurs once a group or file, with the groups by depth, priority and name. order: the `precedence` setting.
    """
    names = [name for name in (*host.groups,) if name in inventory.groups and name != ALL]
    groups = sorted((inventory.groups[name] for name in names), key=lambda group: group.rank())
    by_layer: dict[str, list[Mapping[Any, Any]]] = {
        "inventory_group_all": [inventory.groups[ALL].vars] if ALL in inventory.groups else [],
        "inventory_group": [group.vars for group in groups],
        "inventory_group_vars_all": [files[0][ALL] for files in sources.inventory if ALL in files[0]],
        "playbook_group_vars_all": [files[0][ALL] for files in sources.playbook if ALL in files[0]],
        "inventory_group_vars": [
            files[0][group.name] for group in groups for files in sources.inventory if group.name in files[0]
        ],
        "playbook_group_vars": [files[0][group.name] for group in groups for files in sources.playbook if group.name in files[0]],
        "inventory_host": [host.vars],
        "inventory_host_vars": [files[1][host.name] for files in sources.inventory if host.name in files[1]],
        "playbook_host_vars": [files[1][host.name] for files in sources.playbook if host.name in files[1]],
    }
    layers = [layer for setting in order for layer in BY_SETTING.get(setting, ())] + list(LAYERS[6:])
    return [(layer, mapping) for layer in layers for mapping in by_layer[layer] if mapping]
