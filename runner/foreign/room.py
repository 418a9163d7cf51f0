"""Modules and plugins that are not ours, for one run: found once, packed once, loaded once."""

from collections.abc import Callable

from runner.foreign.connection import ConnectionPlugins
from runner.foreign.locate import Located, collection_folder, in_project, listing, locate
from runner.foreign.pack import Payload, pack, version_of
from runner.foreign.places import Near, Places, ansible_folder
from runner.foreign.plugins import Plugins
from runner.foreign.variables import VarsPlugins


class Foreign:
    """What of others a run can use. It keeps what it found and packed.

    warn, deprecate: tell the user. vars_enabled: the setting `vars_plugins_enabled`.
    """

    def __init__(
        self,
        places: Places,
        warn: Callable[[str], None] = lambda text: None,
        deprecate: Callable[[str], None] = lambda text: None,
        vars_enabled: tuple[str, ...] = (),
    ) -> None:
        self.places = places
        self.plugins = Plugins(places, warn)
        self.connections = ConnectionPlugins(places, self.plugins.installed, lambda: self.plugins.near)
        self.variables = VarsPlugins(places, self.plugins.installed, lambda: self.plugins.near, vars_enabled, deprecate)
        self._located: dict[tuple[str, Near], Located | None] = {}
        self._over: dict[tuple[int, str], tuple[object, Located | None]] = {}
        self._packed: dict[tuple[str, Near], Payload] = {}

    def module(self, name: str, near: Near) -> Located | None:
        """Return the module of a name, or None. Raises UnknownName for one that was removed from its collection."""
        key = (name, near)
        if key not in self._located:
            self._located[key] = locate(name, self.places, near)
        return self._located[key]

    def over_ours(self, place: object, name: str, near: Callable[[], Near], *, legacy: bool) -> Located | None:
        """Return the project's module of a short name that muster has too, or None. place: what the answer is kept for; legacy: the
        name was written with `ansible.legacy.`, so that no collection is asked.
        """
        key = (id(place), f"{legacy}{name}")
        known = self._over.get(key)
        if known is None or known[0] is not place:
            known = self._over[key] = (place, in_project(name, self.places, near(), legacy=legacy))
        return known[1]

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
