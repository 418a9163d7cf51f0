"""Modules and plugins that are not ours, for one run: found once, packed once, loaded once."""

from collections.abc import Callable

from runner.foreign.locate import Located, collection_folder, listing, locate
from runner.foreign.pack import Payload, pack, version_of
from runner.foreign.places import Near, Places, ansible_folder
from runner.foreign.plugins import Plugins


class Foreign:
    """What of others a run can use. It keeps what it found and packed. roles: folders in which roles stand; warn: tells the user."""

    def __init__(self, places: Places, roles: tuple[str, ...] = (), warn: Callable[[str], None] = lambda text: None) -> None:
        self.places = places
        self.plugins = Plugins(places, roles, warn)
        self._located: dict[tuple[str, Near], Located | None] = {}
        self._packed: dict[tuple[str, Near], Payload] = {}

    def module(self, name: str, near: Near) -> Located | None:
        """Return the module of a name, or None. Raises UnknownName for one that was removed from its collection."""
        key = (name, near)
        if key not in self._located:
            self._located[key] = locate(name, self.places, near)
        return self._located[key]

    def payload(self, located: Located, near: Near) -> Payload:
        """Return what is sent for a module. Raises TaskError when a file of it is missing."""
        key = (located.dotted, near)
        if key not in self._packed:
            self._packed[key] = pack(located, self.places, near)
        return self._packed[key]

    def version(self) -> str:
        """Return the version of Ansible that modules are told of: that of their shared files."""
        return version_of(ansible_folder(self.places))

    def names(self, collection: str, near: Near) -> list[str] | None:
        """Return the full names of a collection's modules, None when the collection is nowhere. collection: namespace.name."""
        namespace, _, name = collection.partition(".")
        folder = collection_folder(namespace, name, self.places, near.playbook_dir)
        if folder is None:
            return None
        return sorted(f"{collection}.{each}" for each in listing(folder / "plugins" / "modules"))
