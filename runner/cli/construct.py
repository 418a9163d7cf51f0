"""Inventories that a plugin works out, for the commands: joins the inventory's reader with the template room."""

import argparse
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from runner.cli.places import places_of
from runner.errors import InventoryError, nearest_names
from runner.foreign.places import Near, Places, plugin_folders
from runner.late import late
from runner.model.inventory import Inventory
from runner.model.inventory_draft import Draft
from runner.model.text import Map
from runner.parse.inventory.constructed import PLUGINS as CONSTRUCTED
from runner.parse.inventory.constructed import Evaluate, Surroundings, read_constructed
from runner.parse.inventory.generator import PLUGINS as GENERATOR
from runner.parse.inventory.generator import read_generator
from runner.parse.inventory.script import read_listing
from runner.parse.inventory.vars_files import VarsFiles
from runner.parse.settings import Settings
from runner.position import position_of
from runner.template.settings import Hooks, TemplateSettings
from runner.template.templar import Templar
from runner.variables.inventory_layers import inventory_layers
from runner.variables.view import View
from runner.vault.secrets import Secrets, decrypt_text

if TYPE_CHECKING:
    from runner.foreign import earlier_hosts, inventory
else:
    earlier_hosts = late("runner.foreign.earlier_hosts")
    inventory = late("runner.foreign.inventory")


def constructor(settings: Settings, secrets: Secrets, extra_vars: Map, playbook_dir: str) -> Callable[[Map, Draft], None]:
    """Return the function that works out the configuration of an inventory plugin on a draft. It raises InventoryError."""
    hooks = Hooks(decrypt=lambda value: decrypt_text(value, secrets))
    templar = Templar(TemplateSettings(settings.jinja2_native, settings.jinja2_extensions), hooks)
    files = VarsFiles(secrets, settings)
    evaluate = Evaluate(
        expression=lambda source, values: templar.expression(source, View((values,))),
        condition=lambda source, values: templar.condition(source, View((values,))),
        render=lambda value, values: templar.render(value, View((values,))),
    )

    def file_vars(inventory: Inventory, name: str) -> Mapping[str, Any]:
        made: dict[str, Any] = {}
        for _, mapping in inventory_layers(inventory, inventory.hosts[name], files, playbook_dir, settings.precedence):
            made.update(mapping)
        return made

    around = Surroundings(extra_vars, file_vars)

    def configured(config: Map, draft: Draft) -> None:
        plugin = str(config["plugin"])
        if plugin in CONSTRUCTED:
            read_constructed(config, draft, evaluate, around)
        elif plugin in GENERATOR:
            read_generator(config, draft, evaluate)
        else:
            file = config.position.file if config.position is not None else ""
            places = places_of(argparse.Namespace(), settings)
            _check_name(config["plugin"], places, playbook_dir)
            with earlier_hosts.as_file(draft) as earlier:
                data, said = inventory.listing(plugin, file, places, os.environ, playbook_dir, earlier)
            if said:
                draft.warn(said)
            read_listing(earlier_hosts.without_earlier(data, draft), file, draft)

    return configured


def _check_name(name: Any, places: Places, playbook_dir: str) -> None:
    """Raise InventoryError for a short name that is nearly one of ours and that no file of the project has."""
    near = nearest_names(str(name), (*CONSTRUCTED, *GENERATOR), 1)
    folders = plugin_folders("inventory", places, Near(playbook_dir))
    if near and "." not in str(name) and not any((folder / f"{name}.py").is_file() for folder in folders):
        raise InventoryError(
            f"there is no inventory plugin '{name}'",
            position=position_of(name),
            expected="constructed, generator, or a plugin of the project or of a collection",
            found=str(name),
            nearest=near,
            remedy="correct the name",
        )
