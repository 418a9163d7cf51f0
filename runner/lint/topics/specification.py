"""Argument specifications of roles: their form, and whether they, the defaults and the tasks speak of the same variables."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from runner.errors import RunnerError, TemplateError, nearest_names
from runner.lint.facts import RoleFacts
from runner.lint.finding import Wart
from runner.lint.project import Project
from runner.lint.rule import Rule
from runner.lint.sources import wart_of
from runner.lint.texts import conditions, static, templates
from runner.model.text import Map, Template
from runner.plan.arguments import HIDDEN, prepare
from runner.plan.specification import TYPES, schema_of
from runner.position import Position, position_of
from runner.template.settings import FileOptions

ENTRY = frozenset(
    "short_description description author version_added seealso options mutually_exclusive required_together required_one_of "
    "required_if required_by deprecated notes examples attributes".split()
)
OPTION = frozenset(
    "description required type choices default elements options version_added no_log aliases mutually_exclusive "
    "required_together required_one_of required_if required_by apply_defaults removed_in_version removed_at_date "
    "removed_from_collection deprecated_aliases fallback".split()
)


def form(role: RoleFacts, project: Project) -> Iterable[Wart]:
    """Find keys and types in a specification that mean nothing, and defaults that their own option does not allow."""
    for entry in role.specs.values():
        if not isinstance(entry, Map):
            continue
        yield from _keys(entry, ENTRY)
        yield from _options(entry.get("options"))


def _options(options: Any) -> Iterator[Wart]:
    for name, option in options.items() if isinstance(options, dict) else ():
        if not isinstance(option, Map):
            continue
        yield from _keys(option, OPTION)
        for word in ("type", "elements"):
            kind = option.get(word)
            if isinstance(kind, str) and kind not in TYPES:
                near = tuple(nearest_names(kind, TYPES))
                yield Wart(f"'{kind}' is no type of an option", position_of(kind), ", ".join(sorted(TYPES)), kind, near, "correct it")
                return
        if "default" in option and option["default"] is not None and static(option["default"]):
            yield from _fits(str(name), option, option["default"], "the default")
        yield from _options(option.get("options"))


def _keys(mapping: Map, known: frozenset[str]) -> Iterator[Wart]:
    for key in mapping:
        if key not in known:
            near = tuple(nearest_names(str(key), known))
            yield Wart(
                f"'{key}' means nothing in a specification", position_of(key), ", ".join(sorted(known)), str(key), near, "correct it"
            )


def _fits(name: str, option: Map, value: Any, what: str) -> Iterator[Wart]:
    try:
        prepare("role", schema_of({name: option}), {name: value}, position_of(value, option))
    except RunnerError as error:
        wart = wart_of(error, "")
        yield Wart(f"{what} of '{name}' is not what the option allows: {wart.message}", wart.position, wart.expected, wart.found)


def defaults(role: RoleFacts, project: Project) -> Iterable[Wart]:
    """Find defaults of a role that its specification does not name, does not allow, or gives otherwise."""
    options = _of_all(role)
    if not options:
        return
    for name, value in role.defaults.items():
        option = options.get(str(name))
        if option is None:
            if not str(name).startswith("_"):
                message = f"the default '{name}' is not in the role's specification"
                yield Wart(message, position_of(name), remedy="add it, or move it to vars", level="note")
            continue
        if value is None or not static(value) or not isinstance(option, Map):
            continue
        yield from _fits(str(name), option, value, "the default")
        given = option.get("default")
        if "default" in option and static(given) and given != value:
            yield Wart(
                f"'{name}' has two defaults",
                position_of(value, name),
                expected=f"{HIDDEN if option.get('no_log') else repr(given)}, as the specification says at {position_of(given, option)}",
                found=HIDDEN if option.get("no_log") else repr(value),
                remedy="let both say the same",
            )


def _of_all(role: RoleFacts) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in role.specs.values():
        options = entry.get("options") if isinstance(entry, dict) else None
        found.update(options if isinstance(options, dict) else {})
    return found


def unused(role: RoleFacts, project: Project) -> Iterable[Wart]:
    """Find options of a specification that nothing in the role reads."""
    options = _of_all(role)
    if not options or not role.sites:
        return
    words = _words(role)
    for name, option in options.items():
        if str(name) not in words:
            yield Wart(f"nothing in the role reads '{name}'", position_of(name, option), remedy="remove it, or use it")


def _words(role: RoleFacts) -> set[str]:
    """Return every word in the files of a role that are read when it runs."""
    found: set[str] = set()
    for part in ("tasks", "handlers", "templates", "files", "vars", "defaults", "filter_plugins", "library"):
        for file in sorted((Path(role.path) / part).rglob("*")):
            if file.is_file():
                text = file.read_text(encoding="utf-8", errors="replace")
                if part == "defaults":
                    # the line that sets a default is no use of it
                    text = re.sub(r"(?m)^\w+:", "", text)
                found.update(re.findall(r"\w+", text))
    return found


def undefined(role: RoleFacts, project: Project) -> Iterable[Wart]:
    """Find variables with the role's own prefix that nothing sets."""
    prefix = re.sub(r"\W", "_", role.name.rpartition(".")[2]) + "_"
    known = {str(each) for each in (*role.defaults, *role.vars, *_of_all(role))} | project.variables
    told: set[str] = set()
    for name, at in _used(role, project):
        if name.startswith(prefix) and name not in known and name not in told:
            told.add(name)
            near = tuple(nearest_names(name, known))
            yield Wart(
                f"nothing sets the variable '{name}'",
                at,
                expected="a variable of defaults, vars or the specification, or one that a task sets",
                found=name,
                nearest=near,
                remedy="correct the name, or give it a default",
            )


def _used(role: RoleFacts, project: Project) -> Iterator[tuple[str, Position]]:
    """Yield (name, place) of the variables that a role reads and whose absence it does not provide for."""
    asked: set[str] = set()
    found: list[tuple[str, Position]] = []
    for site in (*role.sites, *role.handlers):
        texts: list[tuple[str, Position, bool]] = [(value, at, True) for _, value, at in conditions(site) if isinstance(value, str)]
        texts += [(text, text.position or site.position, False) for text in templates([site.task.args, site.task.keywords])]
        texts += [(text, text.position or site.position, False) for text in templates(site.task.loop[1] if site.task.loop else None)]
        _collect(texts, project, found, asked)
    own = [(text, text.position, False) for text in templates([role.defaults, role.vars]) if text.position is not None]
    _collect(own, project, found, asked)
    for template in role.templates:
        if template.path.endswith(".j2"):
            try:
                uses = project.inspector.file(template.text, template.path, FileOptions())
            except TemplateError:
                continue
            found += [(name, _line(template.text, template.path, name)) for name in sorted(uses.names)]
            asked.update(uses.asked)
    return ((name, at) for name, at in found if name not in asked)


def _collect(texts: Iterable[tuple[str, Position, bool]], project: Project, found: list[tuple[str, Position]], asked: set[str]) -> None:
    for text, at, condition in texts:
        try:
            plain = condition and not isinstance(text, Template)
            uses = project.inspector.expression(text) if plain else project.inspector.text(text)  # type: ignore[arg-type]
        except TemplateError:
            continue
        found += [(name, at) for name in sorted(uses.names)]
        asked.update(uses.asked)


def _line(text: str, path: str, name: str) -> Position:
    number = next((at for at, line in enumerate(text.splitlines(), 1) if re.search(rf"\b{re.escape(name)}\b", line)), 1)
    return Position(path, number)


def entry_points(role: RoleFacts, project: Project) -> Iterable[Wart]:
    """Find entry points of a specification that have no file of tasks."""
    for name in role.specs:
        if not any((Path(role.path) / "tasks" / f"{name}{ending}").is_file() for ending in ("", ".yml", ".yaml", ".json")):
            there = [each.stem for each in (Path(role.path) / "tasks").glob("*.y*ml")]
            near = tuple(nearest_names(str(name), there))
            yield Wart(
                f"the role has no tasks/{name}.yml", position_of(name), "one of " + ", ".join(sorted(there)), str(name), near, "correct it"
            )


RULES = (
    Rule("specification", "error", "role", "A key or type in an argument specification that means nothing; a default it forbids.", form),
    Rule("specification", "error", "role", "An entry point of a specification without a file of tasks.", entry_points),
    Rule("specification-default", "warning", "role", "A default that the specification lacks, forbids or gives otherwise.", defaults),
    Rule("specification-unused", "warning", "role", "An option that nothing in the role reads.", unused),
    Rule("variable-undefined", "warning", "role", "A variable with the role's prefix that nothing sets.", undefined),
)
