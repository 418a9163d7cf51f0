"""The layers of variables that the inventory gives a host, in Ansible's default order of precedence."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

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
Named = Mapping[str, Mapping[Any, Any]]


class Folder(Protocol):
    """Variables from files of one folder, by group and by host."""

    @property
    def groups(self) -> Named: ...

    @property
    def hosts(self) -> Named: ...


class Folders(Protocol):
    """Finds the files of variables in a folder."""

    def at(self, folder: str) -> Folder: ...


def inventory_layers(
    inventory: Inventory, host: Host, files: Folders, playbook_dir: str | None, order: Sequence[str] = DEFAULT_ORDER
) -> list[Layer]:
    """Return (layer name, mapping) pairs for a host, lowest precedence first; empty mappings are left out.

    A layer's name comes once a group or file, the groups by depth, priority and name. order: the `precedence` setting.
    Raises what reading the files raises.
    """
    ranked = sorted((inventory.groups[each] for each in host.groups if each in inventory.groups), key=lambda group: group.rank())
    groups = [group for group in ranked if group.name != ALL]
    beside = [files.at(folder) for folder in dict.fromkeys(source.folder for source in inventory.sources) if folder]
    play = [files.at(playbook_dir)] if playbook_dir else []
    by_layer: dict[str, list[Mapping[Any, Any]]] = {
        "inventory_group_all": [inventory.groups[ALL].vars] if ALL in inventory.groups else [],
        "inventory_group": [group.vars for group in groups],
        "inventory_group_vars_all": _of_groups(beside, [ALL]),
        "playbook_group_vars_all": _of_groups(play, [ALL]),
        "inventory_group_vars": _of_groups(beside, [group.name for group in groups]),
        "playbook_group_vars": _of_groups(play, [group.name for group in groups]),
        "inventory_host": [host.vars],
        "inventory_host_vars": [folder.hosts[host.name] for folder in beside if host.name in folder.hosts],
        "playbook_host_vars": [folder.hosts[host.name] for folder in play if host.name in folder.hosts],
    }
    layers = [layer for setting in order for layer in BY_SETTING.get(setting, ())] + list(LAYERS[6:])
    return [(layer, mapping) for layer in layers for mapping in by_layer[layer] if mapping]


def _of_groups(folders: Sequence[Folder], names: Sequence[str]) -> list[Mapping[Any, Any]]:
    return [folder.groups[name] for folder in folders for name in names if name in folder.groups]
