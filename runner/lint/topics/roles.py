"""Roles: words that are taken for variables because they are misspelt, folders that are never read."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from runner.errors import nearest_names
from runner.lint.facts import PlayFacts, RoleFacts
from runner.lint.finding import Wart
from runner.lint.project import Project
from runner.lint.roles import is_role
from runner.lint.rule import Rule
from runner.model.keywords import ROLE_USE
from runner.model.text import Map
from runner.position import Position, position_of

FOLDERS = frozenset("defaults files handlers library lookup_plugins meta module_utils tasks templates vars".split())
KNOWN_FOLDERS = FOLDERS | frozenset(
    "tests molecule docs doc filter_plugins test_plugins action_plugins callback_plugins changelogs changelog scripts ci examples".split()
)
# A variable of a role may look a little like a keyword (web_port, port).
CERTAIN = 0.8
CLOSE = frozenset("mian man mani maim mainn mains index".split())
META = frozenset("allow_duplicates argument_specs collections dependencies galaxy_info".split())
WORD = frozenset(ROLE_USE | {"name", "vars", "scm", "src", "version"})


def misspelt(play: PlayFacts, project: Project) -> Iterable[Wart]:
    """Find entries of `roles:` with a key that is nearly a keyword and no variable of the role."""
    uses = play.entry.get("roles")
    yield from _entries(uses if isinstance(uses, list) else [], play.all_roles())


def misspelt_dependency(role: RoleFacts, project: Project) -> Iterable[Wart]:
    """Find the same in the dependencies of a role, and keys of meta that nothing reads."""
    entries = role.meta.get("dependencies")
    yield from _entries(entries if isinstance(entries, list) else [], role.dependencies)
    for key in role.meta:
        near = nearest_names(str(key), META) if key not in META else []
        if near:
            yield _unread(key, near, "meta/main.yml of a role takes: " + ", ".join(sorted(META)))


def _entries(uses: list[Any], roles: list[RoleFacts]) -> Iterator[Wart]:
    for use in uses:
        for key in use if isinstance(use, Map) else ():
            if key in WORD:
                continue
            known = [role for role in roles if role.name == use.get("role", use.get("name"))]
            near = [] if any(key in _variables(role) for role in known) else get_close_matches(str(key), ROLE_USE, 1, CERTAIN)
            if near:
                yield _unread(key, near, f"a keyword, or a variable of the role; '{key}' becomes a variable that nothing reads")


def _variables(role: RoleFacts) -> set[str]:
    spec = role.specs.get("main")
    options = spec.get("options") if isinstance(spec, dict) else {}
    return {*role.defaults, *role.vars, *(options if isinstance(options, dict) else ())}


def _unread(key: Any, near: list[str], expected: str) -> Wart:
    return Wart(
        f"'{key}' is no keyword here and is passed over in silence", position_of(key), expected, str(key), tuple(near), "correct it"
    )


def folder(role: RoleFacts, project: Project) -> Iterable[Wart]:
    """Find folders of a role whose names are nearly those that are read, and entry files that are never read."""
    path = Path(role.path)
    for each in sorted(path.iterdir()):
        if not each.is_dir() or each.name in KNOWN_FOLDERS or each.name.startswith("."):
            continue
        near = nearest_names(each.name, FOLDERS, 1)
        if near and not is_role(each) and not any((each / part).is_dir() for part in FOLDERS):
            at = Position(str(next((one for one in sorted(each.rglob("*")) if one.is_file()), each)), 1)
            yield Wart(f"the folder '{each.name}' of a role is never read", at, found=each.name, nearest=tuple(near), remedy="rename it")
    for part in ("tasks", "handlers", "defaults", "vars", "meta"):
        there = sorted((path / part).glob("*.y*ml")) if (path / part).is_dir() else []
        main = any(one.stem == "main" for one in there) or (path / part / "main").exists()
        close = next((one for one in there if one.stem.lower() in CLOSE), None)
        if not main and close is not None and part != "meta":
            yield Wart(
                f"{part}/{close.name} is not read by itself: the entry file is main.yml", Position(str(close), 1), remedy="rename it"
            )


RULES = (
    Rule("missing-role", "error", "play", "A role that is in none of the folders where roles are looked for."),
    Rule("role-keyword", "warning", "play", "A misspelt keyword in `roles:`, which becomes a variable of the role.", misspelt),
    Rule("role-keyword", "warning", "role", "The same in `dependencies:`, or a misspelt key of meta/main.yml.", misspelt_dependency),
    Rule("role-folder", "warning", "role", "A folder or entry file whose name is nearly one that is read.", folder),
)
