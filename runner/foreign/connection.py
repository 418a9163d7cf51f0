"""Connection plugins written for Ansible: by which variables one is told what it is to do, and how it runs a command."""

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from runner.errors import Unreachable
from runner.foreign.installed import Installed
from runner.foreign.places import Near, Places, plugin_folders

# (command, its standard input) -> (status, output, errors)
Runs = Callable[[str, bytes], tuple[int, bytes, bytes]]


class ConnectionPlugins:
    """Finds and makes them. places, near: where they may stand besides collections."""

    def __init__(self, places: Places, installed: Callable[[], Installed], near: Callable[[], Near]) -> None:
        self.places = places
        self.installed = installed
        self.near = near
        self._variables: dict[str, tuple[str, ...] | None] = {}

    def variables(self, name: str) -> tuple[str, ...] | None:
        """Return the names of the variables that a plugin reads, None where there is no plugin of that name."""
        if name not in self._variables:
            self._variables[name] = self._look(name)
        return self._variables[name]

    def _look(self, name: str) -> tuple[str, ...] | None:
        if not self.installed().importable():
            return None
        loaders = importlib.import_module("ansible.plugins.loader")
        for folder in self._folders():
            loaders.connection_loader.add_directory(str(folder))
        if loaders.connection_loader.find_plugin(name) is None:
            return None
        # it is known to the settings only once it is loaded
        loaders.connection_loader.get(name, class_only=True)
        config = importlib.import_module("ansible.constants").config
        return tuple(sorted(str(each) for each in config.get_plugin_vars("connection", name.rpartition(".")[2]) or ()))

    def _folders(self) -> list[Path]:
        return list(plugin_folders("connection", self.places, self.near()))

    def made(self, name: str, host: str, variables: Mapping[str, str], folder: str | None) -> Runs:
        """Return what runs a command on a host by that plugin. folder: where a plugin that runs things here starts them.

        It raises Unreachable for all that the plugin cannot do.
        """
        plugin: list[Any] = []

        def run(command: str, stdin: bytes) -> tuple[int, bytes, bytes]:
            errors = importlib.import_module("ansible.errors")
            try:
                if not plugin:
                    plugin.append(_connected(name, host, variables, folder))
                status, out, err = plugin[0].exec_command(command, in_data=stdin or None, sudoable=False)
            except errors.AnsibleError as error:
                by = f"the connection plugin '{name}'"
                raise Unreachable(f"{error}", found=by, remedy="see its variables and requirements") from error
            return int(status), bytes(out or b""), bytes(err or b"")

        return run


def _connected(name: str, host: str, variables: Mapping[str, str], folder: str | None) -> Any:
    loaders = importlib.import_module("ansible.plugins.loader")
    context = importlib.import_module("ansible.playbook.play_context").PlayContext()
    context.remote_addr = host
    plugin = loaders.connection_loader.get(name, context, "/dev/null")
    plugin.set_options(var_options={"inventory_hostname": host, **variables})
    plugin.cwd = folder
    plugin._connect()
    return plugin
