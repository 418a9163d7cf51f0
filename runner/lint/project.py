"""Everything that lint looks at: the files under the given paths by what they are, read with their surroundings."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from runner.errors import Missing, ParseError, RunnerError
from runner.foreign.places import Places
from runner.foreign.room import Foreign
from runner.lint.facts import PlayFacts, RoleFacts, Site, TemplateFacts
from runner.lint.finding import Wart
from runner.lint.roles import dependency_names, read_role
from runner.lint.sources import Sources, wart_of
from runner.lint.walk import Around, Walk
from runner.model.keywords import COMMON, check_names
from runner.model.text import Map, Template
from runner.parse.place import Place, Settings
from runner.parse.playbook import IMPORT, read_play
from runner.parse.roles import find_role
from runner.parse.settings import Settings as Configuration
from runner.position import Position, position_of
from runner.record import replace
from runner.template.inspect import Inspector

SECTIONS = ("pre_tasks", "tasks", "post_tasks", "handlers")


class Project:
    """What was read, and what the checks ask for. configuration: ansible.cfg; foreign: modules and plugins of others."""

    def __init__(
        self, sources: Sources, configuration: Configuration, places: Places, inspector: Inspector, render: Callable[[Any], Any]
    ) -> None:
        self.sources = sources
        self.configuration = configuration
        self.inspector = inspector
        self.foreign = Foreign(places)
        self.warts: list[tuple[str, Wart]] = []
        self.plays: list[PlayFacts] = []
        self.roles: dict[str, RoleFacts] = {}
        self.templates: list[TemplateFacts] = []
        self.variables: set[str] = set()
        self._playbooks: set[str] = set()
        self._pending: set[str] = set()
        self._missing: set[Position] = set()
        self._registered: frozenset[str] | None = None
        self.settings = Settings(
            read=sources.read,
            render=lambda value, scope: render(value),
            warn=lambda _text, _position: None,
            roles_path=tuple(str(Path(each).expanduser()) for each in configuration.roles_path),
            collections_path=tuple(str(Path(each).expanduser()) for each in configuration.collections_path),
        )
        self.walk = Walk(sources, self.settings, self.tell, self.role)

    def tell(self, rule: str, wart: Wart) -> None:
        """Keep what was found in reading."""
        self.warts.append((rule, wart))

    def sites(self) -> Iterator[Site]:
        """Yield every task and handler that was read."""
        owners: list[PlayFacts | RoleFacts] = [*self.plays, *self.roles.values()]
        for owner in owners:
            yield from (*owner.sites, *owner.handlers)

    def registered(self) -> frozenset[str]:
        """Return the names under which tasks register results; asked for once everything was read."""
        if self._registered is None:
            self._registered = frozenset(str(each.task.keywords["register"]) for each in self.sites() if "register" in each.task.keywords)
        return self._registered

    def playbook(self, path: str) -> None:
        """Read a playbook and those it imports."""
        if path in self._playbooks:
            return
        self._playbooks.add(path)
        data = self.sources.read(path)
        if not isinstance(data, list):
            if not self.sources.failed(path):
                at = position_of(data) or Position(path, 1)
                self.tell("form", Wart("a playbook is a list of plays", at, "a list: '- hosts: ...'", remedy="begin each play with '- '"))
            return
        folder = str(Path(path).parent)
        self.foreign.plugins.begin(folder)
        for entry in data:
            if isinstance(entry, Map):
                word = next((key for key in entry if key in IMPORT), None)
                self._play(entry, path) if word is None else self._imported(entry, word, path)
            else:
                at = position_of(entry) or Position(path, 1)
                self.tell("form", Wart("this is no play", at, "a mapping with 'hosts:'", remedy="write '- hosts: <pattern>'"))

    def _imported(self, entry: Map, word: str, path: str) -> None:
        try:
            check_names(entry, COMMON | IMPORT, "PlaybookInclude")
        except ParseError as error:
            self.walk.mistake(error, path)
        name = entry[word]
        if not isinstance(name, str) or isinstance(name, Template):
            return
        target = Path(path).parent / str(name).split(" ")[0]
        if target.is_file():
            self.playbook(str(target))
        elif name.count(".") < 2 or "/" in name:
            at = position_of(name, entry)
            self.tell(
                "missing-file", Wart(f"the playbook {name} does not exist", at, found=f"nothing at {target}", remedy="correct the path")
            )

    def _play(self, entry: Map, path: str) -> None:
        folder = str(Path(path).resolve().parent)
        place = Place(str(Path(path).parent), folder)
        bare = Map({key: value for key, value in entry.items() if key not in (*SECTIONS, "roles")}, position=entry.position)
        try:
            read_play(bare, path, place, self.settings)
        except RunnerError as error:
            self.walk.mistake(error, path)
        play = PlayFacts(entry, path)
        self.plays.append(play)
        self._play_roles(play, place)
        values = entry.get("vars")
        scope: tuple[Mapping[str, Any], ...] = (values,) if isinstance(values, dict) else ()
        scope = (*scope, *(each.vars for each in play.all_roles()), *(each.defaults for each in play.all_roles()))
        position = position_of(entry) or Position(path, 1)
        for section in SECTIONS:
            inside = replace(place.inside(path, None), section="handlers" if section == "handlers" else "tasks")
            self.walk.statements(entry.get(section), Around(play, inside, (bare,), scope=scope), position)
        play.open = play.open or any(role.open for role in play.all_roles())

    def _play_roles(self, play: PlayFacts, place: Place) -> None:
        uses = play.entry.get("roles")
        for use in uses if isinstance(uses, list) else ():
            name = use.get("role", use.get("name")) if isinstance(use, dict) else use
            at = position_of(name, use, play.entry)
            if not isinstance(name, str) or isinstance(name, Template) or at is None:
                play.open = True
                continue
            role = self.role(str(name), place, at)
            if role is None:
                play.open = True
            elif role not in play.roles:
                play.roles.append(role)

    def role(self, name: str, place: Place, position: Position) -> RoleFacts | None:
        """Return the role of a name as seen from a place, None for one that is nowhere, which is a finding."""
        try:
            _, folder = find_role(name, place, self.settings, position)
        except Missing as error:
            if position not in self._missing:
                self._missing.add(position)
                self.tell("missing-role", wart_of(error, position.file))
            return None
        return self.role_in(name, Path(folder), place)

    def role_in(self, name: str, folder: Path, place: Place | None = None) -> RoleFacts | None:
        """Return the role in a folder, read once; None while it is being read."""
        key = str(folder.resolve())
        if key in self.roles:
            return self.roles[key]
        if key in self._pending:
            return None
        self._pending.add(key)
        place = place or Place(str(folder / "tasks"), str(folder.parent.parent))
        self.foreign.plugins.role(str(folder))
        role = read_role(name, folder, place, self.sources, self.walk)
        self.roles[key] = role
        self.templates += role.templates
        inner = replace(place, role_path=str(folder), chain=(*place.chain, str(folder)))
        for other, at in dependency_names(role):
            found = self.role(other, inner, at)
            if found is not None and found is not role:
                role.dependencies.append(found)
            role.open = role.open or found is None or found.open
        self._pending.discard(key)
        return role

    def all_warts(self) -> Iterable[tuple[str, Wart]]:
        """Yield (rule, wart) of everything found in reading."""
        yield from self.sources.warts
        yield from self.warts
