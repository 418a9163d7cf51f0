"""Where statements are being read: which file, which role, how names of static imports are filled in."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from runner.errors import Missing, ParseError, UndefinedVariable, nearest_names
from runner.model.play import short_role_name
from runner.position import Position
from runner.record import dataclass, field, replace

EXTENSIONS = (".yml", ".yaml", ".json")


@dataclass(frozen=True, slots=True)
class Place:
    """The surroundings of a list of statements.

    base: folder of the file they stand in. playbook_dir: folder of the playbook. role_path / role_name: the role they belong to.
    section: tasks or handlers. trail: the (file, position) of every static import that led here. scope: variables known before the
    run, for the names of static imports. chain: keys of the roles being loaded, to find circles. in_block: inside a block of this file.
    collections: those in which roles are looked for by their short name, best first.
    """

    base: str
    playbook_dir: str
    role_path: str | None = None
    role_name: str | None = None
    section: str = "tasks"
    trail: tuple[tuple[str, Position | None], ...] = ()
    scope: tuple[Mapping[str, Any], ...] = ()
    chain: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    in_block: bool = False
    collections: tuple[str, ...] = ()

    def within(self, named: Any) -> "Place":
        """Return the place below a keyword `collections`."""
        found = [str(each) for each in (named if isinstance(named, list) else [named]) if isinstance(each, str)]
        return replace(self, collections=tuple(dict.fromkeys((*found, *self.collections)))) if found else self

    def inside(self, path: str, position: Position | None) -> "Place":
        """Return the place of a file that is imported from here. Raises ParseError for a file that imports itself."""
        path = os.path.normpath(path)
        seen = [name for name, _ in self.trail]
        if path in seen:
            raise ParseError(
                f"{path} imports itself",
                position=position,
                expected="a chain of imports that ends",
                found=" -> ".join([*seen[seen.index(path) :], path]),
                remedy="use include_tasks with a condition, or remove one of the imports",
                trail=[at for _, at in self.trail if at],
            )
        return replace(self, base=str(Path(path).parent), trail=(*self.trail, (path, position)), in_block=False)


    def known(self, *more: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
        """Return the variables that names of static imports may hold here, low to high, with `more` on top of the scope."""
        own: dict[str, Any] = {"playbook_dir": self.playbook_dir}
        if self.role_path and self.role_name:
            own |= {"role_path": self.role_path, "role_name": short_role_name(self.role_name)}
        return (*self.scope, *more, own)


Render = Callable[[Any, tuple[Mapping[str, Any], ...]], Any]


@dataclass(frozen=True, slots=True)
class Settings:
    """What reading needs to know of the run. render fills templates in names; read loads a YAML file; warn tells the user.

    role_read is told the folder of each role that is read. check_lookup raises UnknownName for a name that is no lookup.

    private_role_vars, private_include_vars: variables of roles that the play names, and of included ones, are theirs alone.
    """

    read: Callable[[str], Any]
    render: Render
    warn: Callable[[str, Position | None], None]
    roles_path: tuple[str, ...] = ()
    collections_path: tuple[str, ...] = ()
    private_role_vars: bool = False
    private_include_vars: bool = True
    roles: dict[Any, Any] = field(default_factory=dict)
    role_read: Callable[[str], None] = lambda path: None
    check_lookup: Callable[[str], None] = lambda name: None


def fill(settings: Settings, value: Any, place: Place, *more: Mapping[str, Any]) -> str:
    """Return the name that a static import gives, its variables filled in. Raises UndefinedVariable for one not known yet."""
    try:
        return str(settings.render(value, place.known(*more)))
    except UndefinedVariable as error:
        error.expected = "a variable that is known before the run: of the play (vars, vars_files), its roles, or -e"
        error.remedy = "give it there; for a variable of the inventory or a fact use include_tasks, include_role"
        raise


def vars_file_places(name: str, playbook_dir: str) -> list[Path]:
    """Return where a file that `vars_files` names may be, best first."""
    return [Path(playbook_dir) / folder / name for folder in ("vars", "")] if not Path(name).is_absolute() else [Path(name)]


def candidates(place: Place) -> list[str]:
    """Return the folders in which the file of an import or include is looked for, best first."""
    folders = [place.base]
    for role in (place.role_path, *place.parents):
        if role:
            folders += [str(Path(role) / place.section), str(Path(role) / "tasks"), role]
    folders.append(place.playbook_dir)
    return list(dict.fromkeys(folders))


def find_tasks_file(name: str, place: Place, position: Position | None) -> str:
    """Return the path of a file of tasks named in an import or include. Raises Missing when there is none."""
    if Path(name).is_absolute():
        options = [name]
    else:
        options = [str(Path(folder) / name) for folder in candidates(place)]
    for option in options:
        if Path(option).is_file():
            return option
    folder = Path(options[0]).parent
    there = [each.name for each in folder.iterdir() if each.is_file()] if folder.is_dir() else []
    kind = "a folder" if any(Path(option).is_dir() for option in options) else "no such file"
    raise Missing(
        f"Unable to retrieve file contents: could not find or access '{name}'",
        position=position,
        expected="a file of tasks",
        found=f"{kind}; looked at " + ", ".join(options),
        nearest=nearest_names(Path(name).name, there),
        remedy="correct the name, or create the file",
        trail=[at for _, at in place.trail if at],
    )
