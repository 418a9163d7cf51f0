"""A role's folder -> its tasks, handlers, defaults, vars, dependencies and argument specification."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from runner.errors import Missing, ParseError, nearest_names
from runner.model.keywords import ROLE_USE, expect_list, type_word
from runner.model.play import Block, Role, Statement, short_role_name
from runner.model.text import Map
from runner.parse.argument_specs import argument_check
from runner.parse.place import EXTENSIONS, Place, Settings, fill
from runner.parse.task_checks import check_variables
from runner.position import Position, position_of
from runner.record import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class RoleUse:
    """One mention of a role: its keywords, its parameters, and other entry files than main (tasks, vars, defaults, handlers)."""

    name: str
    position: Position
    keywords: Map
    params: Mapping[str, Any]
    sources: Mapping[str, str] = field(default_factory=dict)
    allow_duplicates: bool | None = None
    validate: bool = True


Reader = Callable[[Any, Place, Settings, Position | None], tuple[Statement, ...]]


def read_role_use(entry: Any, place: Place, settings: Settings, fallback: Position) -> RoleUse:
    """Return what an entry of `roles:` or of `dependencies:` asks for. Raises ParseError when it names no role."""
    position = position_of(entry) or fallback
    if isinstance(entry, str):
        if "," in entry and "{{" not in entry:
            raise ParseError(
                f"Invalid old style role requirement: {entry}",
                position=position,
                expected="a role's name, or a mapping with 'role: <name>'",
                found=f"'{entry}'",
                remedy="write '- role: <name>', and its variables as keys of their own",
            )
        return RoleUse(fill(settings, entry, place), position, Map(position=position), {})
    name = entry.get("role", entry.get("name")) if isinstance(entry, dict) else None
    if not isinstance(entry, Map) or not isinstance(name, str):
        raise ParseError(
            "role definitions must contain a role name",
            exit_code=1,
            position=position,
            expected="a role's name, or a mapping with 'role: <name>'",
            found=f"a {type_word(entry)}",
            remedy="write '- role: <name>'",
        )
    keywords = Map({key: value for key, value in entry.items() if key in ROLE_USE and key not in ("role", "name")}, position=position)
    check_variables(keywords.get("vars"), "RoleInclude", position)
    params = {key: value for key, value in entry.items() if key not in ROLE_USE}
    for word in ("scm", "src", "version"):
        params.pop(word, None)
    return RoleUse(fill(settings, name, place), position, keywords, params)


def find_role(name: str, place: Place, settings: Settings, position: Position) -> tuple[str, str]:
    """Return (role name, folder); a role of a collection has its full name, also where it was found by the short one.

    Raises Missing with the folders looked at and the nearest role there is.
    """
    full = name.count(".") >= 2 and "/" not in name
    for wanted in (name,) if full else tuple(f"{each}.{name}" for each in place.collections if each.count(".") == 1):
        namespace, collection, role = wanted.split(".", 2)
        for root in (str(Path(place.playbook_dir) / "collections"), *settings.collections_path):
            folder = Path(root) / "ansible_collections" / namespace / collection / "roles" / role.replace(".", "/")
            if folder.is_dir():
                return wanted, str(folder)
    folders = [str(Path(place.playbook_dir) / "roles")]
    if place.role_path:
        folders.append(str(Path(place.role_path).parent))
    folders += [*settings.roles_path, place.playbook_dir, place.base]
    if place.role_path:
        folders.append(str(Path(place.role_path) / "roles"))
    for folder_name in dict.fromkeys(folders):
        folder = Path(folder_name) / name
        if folder.is_dir():
            return name, str(folder)
    direct = Path(name).expanduser()
    if direct.is_dir():
        return direct.name, str(direct.resolve())
    there = [each.name for one in folders if Path(one).is_dir() for each in Path(one).iterdir() if each.is_dir()]
    raise Missing(
        f"the role '{name}' was not found in {':'.join(dict.fromkeys(folders))}",
        position=position,
        expected="the name of a role in one of these folders",
        found=f"'{name}'",
        nearest=nearest_names(name, there),
        remedy="correct the name, or set roles_path (ANSIBLE_ROLES_PATH) to the folder that holds the role",
    )


def load_role(use: RoleUse, place: Place, settings: Settings, read: Reader) -> Role:
    """Read a role from its folder, dependencies included. Raises ParseError for a missing entry file or a circle of dependencies."""
    name, path = find_role(use.name, place, settings, use.position)
    settings.role_read(path)
    _check_circle(name, path, place, use.position)
    meta = _meta(name, path, settings, use.position)
    collections = tuple(map(str, expect_list(meta.get("collections"), "collections", use.position)))
    own = (".".join(name.split(".", 2)[:2]),) if short_role_name(name) != name else ()
    defaults = _variables(path, "defaults", use, settings)
    role_vars = _variables(path, "vars", use, settings)
    inner = Place(
        base=str(Path(path) / "tasks"),
        playbook_dir=place.playbook_dir,
        role_path=path,
        role_name=name,
        trail=place.trail,
        scope=(defaults, *place.scope, role_vars, use.params),
        chain=(*place.chain, path),
        parents=tuple(each for each in (place.role_path, *place.parents) if each),
        collections=(*own, *collections),
    )
    tasks = _statements(path, "tasks", use, inner, settings, read)
    handlers = _statements(path, "handlers", use, replace(inner, section="handlers", base=str(Path(path) / "handlers")), settings, read)
    check = argument_check(path, name, _entry_point(use), use.params, meta, settings, use.position) if use.validate else ()
    return Role(
        name=name,
        path=path,
        position=use.position,
        key=_key(path, use),
        params=use.params,
        defaults=defaults,
        vars=role_vars,
        tasks=(*check, *tasks),
        handlers=handlers,
        dependencies=_dependencies(meta, inner, settings, read, use.position),
        allow_duplicates=bool(meta.get("allow_duplicates") if use.allow_duplicates is None else use.allow_duplicates),
        fqcn=name,
        collections=collections,
        handlers_key=_key(path, replace(use, sources={part: file for part, file in use.sources.items() if part != "tasks"})),
    )


def _entry_point(use: RoleUse) -> str:
    return Path(use.sources.get("tasks") or "main").stem


def _check_circle(name: str, path: str, place: Place, asked: Position) -> None:
    if path in place.chain and (len(place.chain) > 50 or place.section == "meta"):
        raise ParseError(
            f"the role '{name}' depends on itself",
            exit_code=1,
            position=asked,
            expected="dependencies that end",
            found=" -> ".join([Path(each).name for each in place.chain] + [name]),
            remedy="remove one of the dependencies in meta/main.yml",
        )


def _meta(name: str, path: str, settings: Settings, asked: Position) -> Mapping[str, Any]:
    meta: Any = _entry(path, "meta", None, settings, asked) or Map()
    if not isinstance(meta, dict):
        raise ParseError(
            f"the 'meta/main.yml' for role {name} is not a dictionary",
            position=position_of(meta) or asked,
            expected="keys such as dependencies, allow_duplicates and argument_specs",
            found=f"a {type_word(meta)}",
            remedy="write 'dependencies: []', or remove the file",
        )
    return meta


def role_block(role: Role, keywords: Map, position: Position, *, public: bool = True) -> Block:
    """Return the block that stands for a role in a list of statements: its dependencies first, then its own tasks."""
    own = Block(position, Map(position=position), role.tasks, kind="role", role=replace(role, public=public))
    return Block(position, keywords, (*role.dependencies, own), kind="use")


def _dependencies(
    meta: Mapping[str, Any], place: Place, settings: Settings, read: Reader, position: Position
) -> tuple[Block, ...]:
    blocks = []
    for entry in expect_list(meta.get("dependencies"), "dependencies", position):
        use = read_role_use(entry, place, settings, position)
        role = load_role(use, replace(place, section="meta"), settings, read)
        blocks.append(role_block(role, use.keywords, use.position))
    return tuple(blocks)


def _key(path: str, use: RoleUse) -> str:
    shown = {"keywords": use.keywords, "params": use.params, "sources": use.sources}
    return path + json.dumps(shown, sort_keys=True, default=str)


def _entry_files(path: str, part: str, main: str | None) -> list[str]:
    folder = Path(path) / part
    if main:
        if not (folder / main).resolve().is_relative_to(folder.resolve()):
            raise ParseError(
                f"Failed loading '{folder / main}' for role ({Path(path).name}) as it is not inside the expected role path: '{folder}'",
                position=position_of(main),
                expected=f"a file inside {folder}",
                found=main,
                remedy="move the file into the role, or use include_tasks",
            )
        options = [folder / main, *(folder / f"{main}{ext}" for ext in EXTENSIONS)]
    else:
        options = [*(folder / f"main{ext}" for ext in EXTENSIONS), folder / "main"]
    for option in options:
        if option.is_file():
            return [str(option)]
        if option.is_dir() and part in ("vars", "defaults"):
            return [str(each) for each in sorted(option.rglob("*")) if each.is_file() and each.suffix in EXTENSIONS]
    return []


def _entry(path: str, part: str, main: str | None, settings: Settings, position: Position) -> Any:
    files = _entry_files(path, part, main)
    if not files:
        if main:
            raise Missing(
                f"Could not find specified file in role: {part}/{main}",
                position=position,
                expected=f"a file {part}/{main}.yml in {path}",
                nearest=nearest_names(main, [each.stem for each in (Path(path) / part).glob("*")]),
                remedy=f"correct {part}_from, or create the file",
            )
        return None
    return settings.read(files[0])


def _variables(path: str, part: str, use: RoleUse, settings: Settings) -> Mapping[str, Any]:
    files = _entry_files(path, part, use.sources.get(part))
    if not files and use.sources.get(part):
        _entry(path, part, use.sources[part], settings, use.position)
    found = Map()
    for file in files:
        data = settings.read(file)
        if data is None:
            continue
        if not isinstance(data, dict):
            raise ParseError(
                f"The {part}/main.yml file for role '{Path(path).name}' must contain a dictionary of variables",
                position=position_of(data) or Position(file, 1),
                expected="name: value lines",
                found=f"a {type_word(data)}",
                remedy="remove the leading '- ' or write 'name: value'",
            )
        found.update(data)
    return found


def _statements(
    path: str, part: str, use: RoleUse, place: Place, settings: Settings, read: Reader
) -> tuple[Statement, ...]:
    files = _entry_files(path, part, use.sources.get(part))
    if not files:
        if use.sources.get(part):
            _entry(path, part, use.sources[part], settings, use.position)
        return ()
    inside = place.inside(files[0], use.position)
    return read(settings.read(files[0]), inside, settings, Position(files[0], 1))
