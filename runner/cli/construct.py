"""`constructed` inventories for the commands: joins the inventory's reader with the template room."""

from collections.abc import Callable, Mapping
from typing import Any

from runner.model.inventory import Inventory
from runner.model.inventory_draft import Draft
from runner.model.text import Map
from runner.parse.inventory.constructed import Evaluate, Surroundings, read_constructed
from runner.parse.inventory.vars_files import VarsFiles
from runner.parse.settings import Settings
from runner.template.settings import Hooks, TemplateSettings
from runner.template.templar import Templar
from runner.variables.inventory_layers import inventory_layers
from runner.variables.view import View
from runner.vault.secrets import Secrets, decrypt_text


def constructor(settings: Settings, secrets: Secrets, extra_vars: Map, playbook_dir: str) -> Callable[[Map, Draft], None]:
    """Return the function that works out a `constructed` configuration on a draft. It raises InventoryError."""
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
    return lambda config, draft: read_constructed(config, draft, evaluate, around)
