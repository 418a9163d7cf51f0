"""Goes through plays, blocks and static includes and notes every task where it stands; a mistake is a finding and the walk goes on."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from runner import find
from runner.errors import Missing, ParseError, RunnerError
from runner.lint.facts import PlayFacts, RoleFacts, Site
from runner.lint.finding import Wart
from runner.lint.sources import Sources, wart_of
from runner.model.keywords import BLOCK, check_names, expect_list
from runner.model.play import Task
from runner.model.text import Map, Template
from runner.parse.place import Place, Settings, find_tasks_file
from runner.parse.task import read_task
from runner.position import Position, position_of
from runner.record import dataclass, replace

Told = Callable[[str, Wart], None]
MISTAKES = (("is not a valid attribute", "keyword"), ("conflicting action", "keyword"), ("'include' action was removed", "include"))
LISTS = ("block", "rescue", "always")


@dataclass(frozen=True, slots=True)
class Around:
    """What a list of statements stands in. owner: collects the tasks; keywords: of plays, blocks and imports, outermost first."""

    owner: PlayFacts | RoleFacts
    place: Place
    keywords: tuple[Map, ...] = ()
    role: RoleFacts | None = None
    loops: tuple[str, ...] = ()
    scope: tuple[Mapping[str, Any], ...] = ()

    @property
    def handler(self) -> bool:
        """Whether the statements are handlers."""
        return self.place.section == "handlers"


class Walk:
    """Reads statements. tell: takes (rule, wart). role: reads a role by its name from a place, None when it is nowhere."""

    def __init__(self, sources: Sources, settings: Settings, tell: Told, role: Callable[[str, Place, Position], RoleFacts | None]) -> None:
        self.sources = sources
        self.settings = settings
        self.tell = tell
        self.role = role

    def file(self, path: str, around: Around, position: Position | None = None) -> None:
        """Read a file of tasks."""
        try:
            inside = around.place.inside(path, position)
        except ParseError:
            return  # a file may include itself while a condition holds
        self.statements(self.sources.read(path), replace(around, place=inside), Position(path, 1))

    def statements(self, data: Any, around: Around, fallback: Position) -> None:
        """Read a list of tasks and blocks."""
        try:
            entries = expect_list(data, "a list of tasks", fallback)
        except ParseError as error:
            self.tell("form", wart_of(error, fallback.file))
            return
        for entry in entries:
            if isinstance(entry, Map):
                self._entry(entry, around)
            elif entry is not None:
                at = position_of(entry) or fallback
                self.tell(
                    "form",
                    Wart("this is no task", at, "a mapping that is a task or a block", str(entry)[:60], remedy="write '- name: ...'"),
                )

    def _entry(self, entry: Map, around: Around) -> None:
        if any(word in entry for word in LISTS):
            self._block(entry, around)
            return
        try:
            task = read_task(entry, handler=around.handler)
        except RunnerError as error:
            self.mistake(error, around.place.base)
            return
        site = Site(task, entry, around.place, around.keywords, around.handler, around.role, around.loops, around.scope)
        (around.owner.handlers if around.handler else around.owner.sites).append(site)
        self._follow(site, around)

    def mistake(self, error: RunnerError, file: str) -> None:
        """Tell of something that cannot be read, under the rule it belongs to."""
        rule = "missing-file" if isinstance(error, Missing) else "form"
        self.tell(next((name for words, name in MISTAKES if words in error.message), rule), wart_of(error, file))

    def _block(self, entry: Map, around: Around) -> None:
        position = position_of(entry) or Position(around.place.base, 1)
        try:
            check_names(entry, BLOCK | {key for key in entry if key == "listen"}, "Block")
        except ParseError as error:
            self.mistake(error, position.file)
        keywords = Map({key: value for key, value in entry.items() if key not in LISTS}, position=position)
        inner = replace(around, keywords=(*around.keywords, keywords))
        for word in LISTS:
            self.statements(entry.get(word), inner, position)

    def _follow(self, site: Site, around: Around) -> None:
        short = find.short_name(str(site.task.action))
        if short in ("include_tasks", "import_tasks"):
            self._tasks(site, around)
        elif short in ("include_role", "import_role"):
            self._role(site, around)

    def _tasks(self, site: Site, around: Around) -> None:
        args = site.task.args
        name = args.get("file", args.get("_raw_params"))
        if not isinstance(name, str) or not name:
            return
        if isinstance(name, Template):
            around.owner.open = True
            return
        try:
            path = find_tasks_file(str(name), around.place, position_of(name) or site.position)
        except Missing as error:
            self.tell("missing-file", wart_of(error, site.position.file))
            return
        loops = (*around.loops, loop) if (loop := site.loop_variable()) else around.loops
        inner = replace(around, keywords=(*around.keywords, *passed_on(site.task)), loops=loops)
        self.file(path, inner, site.position)

    def _role(self, site: Site, around: Around) -> None:
        args = site.task.args
        name = args.get("name", args.get("role"))
        if not isinstance(name, str) or isinstance(name, Template):
            around.owner.open = True
            return
        found = self.role(str(name), around.place, position_of(name) or site.position)
        if found is None:
            around.owner.open = True
            return
        around.owner.open = around.owner.open or found.open
        uses = around.owner.roles if isinstance(around.owner, PlayFacts) else around.owner.dependencies
        if found is not around.owner and all(found not in each.everything() for each in uses):
            uses.append(found)
        self._entry_files(site, found)

    def _entry_files(self, site: Site, role: RoleFacts) -> None:
        """Tell of a file that `tasks_from` and the like name and that is not in the role."""
        for word in ("tasks", "vars", "defaults", "handlers"):
            name = site.task.args.get(f"{word}_from")
            if not isinstance(name, str) or isinstance(name, Template):
                continue
            folder = Path(role.path) / word
            if not any((folder / f"{name}{ending}").exists() for ending in ("", ".yml", ".yaml", ".json")):
                there = sorted(each.stem for each in folder.glob("*.y*ml")) if folder.is_dir() else []
                self.tell(
                    "missing-file",
                    Wart(
                        f"the role {role.name} has no file {word}/{name}",
                        position_of(name) or site.position,
                        expected=f"a file in {folder}",
                        found=f"{', '.join(there) or 'nothing'} there",
                        remedy="correct the name, or write the file",
                    ),
                )


def passed_on(task: Task) -> tuple[Map, ...]:
    """Return the keywords that an import, or the `apply` of an include, gives to the tasks of its file."""
    if find.short_name(str(task.action)).startswith("import_"):
        return (task.keywords,)
    apply = task.args.get("apply") if isinstance(task.args, dict) else None
    own = Map({key: value for key, value in task.keywords.items() if key in ("vars",)})
    return (own, apply) if isinstance(apply, Map) else (own,)
