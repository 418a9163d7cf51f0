"""An installed Ansible inside this process: for plugins that are written against its Python package."""

import importlib
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from runner.errors import TemplateError

NEEDED = "the package ansible-core where muster is installed, on the PATH, or in a folder of collections_path"


class Installed:
    """The `ansible` package. folder: of that package, None when there is none. roots: the `ansible_collections` folders."""

    def __init__(self, folder: Path | None, roots: tuple[Path, ...]) -> None:
        self.folder = folder
        self.roots = roots
        self._ready = False

    def importable(self) -> bool:
        """Make `ansible` and its collections importable here; tell whether it worked."""
        if self._ready:
            return True
        if self.folder is None or not (self.folder / "plugins" / "loader.py").is_file():
            return False
        # behind everything else, so that nothing of ours or of our own packages is replaced
        place = str(self.folder.parent)
        if place not in sys.path:
            sys.path.append(place)
        loader = importlib.import_module("ansible.plugins.loader")
        if importlib.import_module("ansible.utils.collection_loader").AnsibleCollectionConfig.collection_finder is None:
            loader.init_plugin_loader([str(root.parent) for root in self.roots])
        self._ready = True
        return True

    def lookup(self, name: str, variables: Mapping[str, Any], basedir: str, folder: Path | None) -> Any:
        """Return a LookupModule of that name, set up as Ansible would, or None. folder: one more place to look for its file."""
        if not self.importable():
            raise needs_ansible(f"the lookup '{name}'")
        loaders = importlib.import_module("ansible.plugins.loader")
        if folder is not None:
            loaders.lookup_loader.add_directory(str(folder))
        data_loader = importlib.import_module("ansible.parsing.dataloader").DataLoader()
        data_loader.set_basedir(basedir)
        templar = importlib.import_module("ansible.template").Templar(loader=data_loader, variables=variables)
        return loaders.lookup_loader.get(name, loader=data_loader, templar=templar)


    def callback(self, name: str, folders: Iterable[Path]) -> Any:
        """Return a CallbackModule of that name with its options set, or None. folders: more places to look in.

        Raises TemplateError when no Ansible is installed, or the plugin cannot be made.
        """
        if not self.importable():
            raise needs_ansible(f"the callback plugin '{name}'")
        loaders = importlib.import_module("ansible.plugins.loader")
        for folder in folders:
            loaders.callback_loader.add_directory(str(folder))
        try:
            plugin = loaders.callback_loader.get(name)
            if plugin is not None:
                plugin.set_options()
        except Exception as error:
            # code of others: it may be removed from its collection, or lack what it imports
            remedy = "see its requirements, or take it out of callbacks_enabled"
            raise TemplateError(str(error) or type(error).__name__, remedy=remedy) from error
        return plugin

    def action(self, name: str, folders: Iterable[Path], **given: Any) -> Any:
        """Return an ActionModule of that name, or None. given: what its constructor takes. Raises TemplateError as `callback`."""
        if not self.importable():
            raise needs_ansible(f"the action plugin '{name}'")
        loaders = importlib.import_module("ansible.plugins.loader")
        for folder in folders:
            loaders.action_loader.add_directory(str(folder))
        return loaders.action_loader.get(name, shared_loader_obj=loaders, **given)

    @staticmethod
    def data(value: Any) -> Any:
        """Return a value marked so that Ansible never takes text in it for a template. Only after `importable`."""
        return importlib.import_module("ansible.utils.unsafe_proxy").wrap_var(value)


def needs_ansible(what: str) -> TemplateError:
    """Return the error for a plugin that imports Ansible's package where there is none."""
    return TemplateError(
        f"{what} is written against Ansible's Python package, which was not found on this machine",
        expected=NEEDED,
        found="no package ansible",
        remedy="pip install ansible-core (or ansible, with its collections) where muster is installed",
    )
