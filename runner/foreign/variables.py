"""Vars plugins written for Ansible: variables that they give a host or a group, for a folder of an inventory or of a playbook."""

import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from runner.errors import TemplateError
from runner.foreign.installed import Installed, needs_ansible
from runner.foreign.places import Near, Places, plugin_folders
from runner.model.text import trust

OLD = (
    "The vars plugin {name} from {path} is relying on the deprecated entrypoints 'get_host_vars' and 'get_group_vars'. "
    "This plugin should be updated to inherit from BaseVarsPlugin and define a 'get_vars' method as the main entrypoint instead."
)
# What muster does itself.
OWN = frozenset({"host_group_vars", "ansible.builtin.host_group_vars"})


class VarsPlugins:
    """Those beside the playbook, in its roles, in `vars_plugins` folders, and those of collections that are enabled.

    enabled: the setting `vars_plugins_enabled`. deprecate: tells the user of a plugin of an older kind.
    """

    def __init__(
        self,
        places: Places,
        installed: Callable[[], Installed],
        near: Callable[[], Near],
        enabled: tuple[str, ...] = (),
        deprecate: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.places = places
        self.installed = installed
        self.near = near
        self.enabled = tuple(each for each in enabled if each not in OWN)
        self.deprecate = deprecate
        self._made: tuple[Near, list[tuple[str, Any]]] | None = None
        self._told: set[str] = set()

    def given(self, kind: str, folder: str, name: str) -> dict[str, Any]:
        """Return what all plugins give an entity. kind: host or group. Raises TemplateError for a plugin that cannot do it."""
        found: dict[str, Any] = {}
        for plugin_name, plugin in self._plugins():
            try:
                found.update(self._ask(plugin_name, plugin, kind, folder, name) or {})
            except Exception as error:
                if isinstance(error, TemplateError):
                    raise
                message = f"the vars plugin {plugin_name} failed for the {kind} {name}: {type(error).__name__}: {error}"
                raise TemplateError(message, found=str(error), remedy="mend the plugin, or see what it needs") from error
        return {str(key): trust(value) for key, value in found.items()}

    def _ask(self, plugin_name: str, plugin: Any, kind: str, folder: str, name: str) -> Mapping[str, Any] | None:
        if hasattr(plugin, "get_vars"):
            made = getattr(importlib.import_module(f"ansible.inventory.{kind}"), kind.title())(name)
            loader = importlib.import_module("ansible.parsing.dataloader").DataLoader()
            loader.set_basedir(folder)
            return plugin.get_vars(loader, folder, [made])  # type: ignore[no-any-return]
        old = getattr(plugin, f"get_{kind}_vars", None)
        if old is None:
            raise TemplateError(f"Invalid vars plugin {plugin_name}", expected="a method get_vars", remedy="mend the plugin")
        if plugin_name not in self._told:
            self._told.add(plugin_name)
            self.deprecate(OLD.format(name=plugin_name, path=getattr(plugin, "_original_path", "")))
        return old(name)  # type: ignore[no-any-return]

    def _plugins(self) -> list[tuple[str, Any]]:
        near = self.near()
        if self._made is None or self._made[0] != near:
            self._made = (near, list(self._load(near)))
        return self._made[1]

    def _load(self, near: Near) -> Iterator[tuple[str, Any]]:
        folders = list(plugin_folders("vars", self.places, near))
        files = {file.stem for folder in folders for file in folder.glob("*.py") if not file.name.startswith("_")}
        names = [*(each for each in self.enabled if "." in each), *sorted(files)]
        if not names:
            return
        if not self.installed().importable():
            raise needs_ansible(f"the vars plugin '{names[0]}'")
        loader = importlib.import_module("ansible.plugins.loader").vars_loader
        for folder in folders:
            loader.add_directory(str(folder))
        for name in names:
            plugin = loader.get(name)
            if plugin is None:
                remedy = "correct vars_plugins_enabled, or install its collection"
                raise TemplateError(f"the vars plugin '{name}' was not found", remedy=remedy)
            if getattr(plugin, "REQUIRES_ENABLED", False) and name not in self.enabled:
                continue
            if hasattr(plugin, "set_options"):
                plugin.set_options()
            yield name, plugin
