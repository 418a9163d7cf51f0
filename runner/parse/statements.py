"""A YAML list -> statements: tasks, blocks, and the static imports followed in place."""

from collections.abc import Mapping
from typing import Any

from runner import find
from runner.errors import ParseError, UnknownName
from runner.model.keywords import BLOCK, check_names, expect_list, type_word, warn_of_reserved
from runner.model.play import Block, Statement, Task
from runner.model.text import Map, Template, Text
from runner.parse.place import Place, Settings, fill, find_tasks_file
from runner.parse.roles import RoleUse, load_role, role_block
from runner.parse.task import read_task
from runner.parse.task_checks import check_module_defaults, check_tags, check_variables
from runner.position import Position, position_of
from runner.record import replace

ROLE_OPTIONS = frozenset(
    "name role tasks_from vars_from defaults_from handlers_from apply public allow_duplicates rolespec_validate".split()
)


def read_statements(
    data: Any, place: Place, settings: Settings, fallback: Position | None = None, what: str = "tasks"
) -> tuple[Statement, ...]:
    """Return the statements of a list of tasks, handlers or blocks. Raises ParseError with the position of the first mistake."""
    found: list[Statement] = []
    message = f"A malformed block was encountered while loading {what}: {data} should be a list or None"
    for entry in expect_list(data, "a list of tasks", fallback, message):
        if entry is None:
            continue
        if not isinstance(entry, Map):
            raise ParseError(
                f"A malformed block was encountered while loading tasks: {type_word(entry)} instead of a task",
                position=position_of(entry) or position_of(data) or fallback,
                expected="a mapping that is a task or a block",
                found=f"a {type_word(entry)}",
                remedy="write '- name: ...' and the module under it",
            )
        found.append(_statement(entry, place, settings))
    return tuple(found)


def _statement(entry: Map, place: Place, settings: Settings) -> Statement:
    is_handler = place.section == "handlers"
    if "block" in entry or "rescue" in entry or "always" in entry:
        # one around handlers is like the implicit block around any list of them
        if is_handler and place.in_block:
            raise ParseError(
                "Using a block as a handler is not supported.",
                position=position_of(entry),
                expected="a task with a name, or with topics it listens to",
                found="a block",
                remedy="write its tasks as handlers that listen to one topic, or include a file of tasks",
            )
        return _block(entry, place, settings)
    task = read_task(entry, handler=is_handler)
    _check_loop(task, settings)
    short = find.short_name(str(task.action))
    warn_of_reserved(task.keywords.get("vars"), settings.warn)
    if is_handler:
        _check_handler(task, short)
    if short == "import_tasks":
        return _import_tasks(task, place, settings)
    if short == "import_role":
        return _import_role(task, place, settings)
    if short == "import_playbook":
        raise ParseError(
            "import_playbook is not a task",
            position=task.position,
            remedy="move it to the top level of the playbook, beside the plays",
        )
    return task


def _check_loop(task: Task, settings: Settings) -> None:
    if task.loop is None or task.loop[0] == "loop":
        return
    name = task.loop[0]
    try:
        settings.check_lookup(str(name))
    except UnknownName as error:
        nearest = [f"with_{each}" for each in error.nearest]
        raise ParseError(
            f"'with_{name}' is not a valid attribute for a Task",
            position=position_of(name) or task.position,
            expected="a keyword of a task, or with_ and the name of a lookup",
            found=f"'with_{name}'",
            nearest=nearest,
            remedy="correct the name, or put the lookup into lookup_plugins beside the playbook",
        ) from error


def _check_handler(task: Task, short: str) -> None:
    if short in ("include_role", "import_role"):
        raise ParseError(
            f"Using '{short}' as a handler is not supported.",
            position=position_of(task.action) or task.position,
            expected="a module, include_tasks or import_tasks",
            found=short,
            remedy="notify a handler that includes a file of tasks",
        )
    if short == "meta" and task.args.get("_raw_params") == "flush_handlers":
        raise ParseError(
            "flush_handlers cannot be used as a handler",
            position=position_of(task.action) or task.position,
            remedy="notify the other handlers directly",
        )


def _block(entry: Map, place: Place, settings: Settings) -> Block:
    position = position_of(entry)
    assert position is not None
    if "block" not in entry:
        word = "rescue" if "rescue" in entry else "always"
        raise ParseError(
            f"'{word}' keyword cannot be used without 'block'",
            position=position,
            expected=f"'block:' beside '{word}:'",
            found=f"keys: {', '.join(str(key) for key in entry)}",
            remedy="add the 'block:' list whose failure it handles",
        )
    check_names(entry, BLOCK | {key for key in entry if key == "listen"}, "Block")
    check_variables(entry.get("vars"), "Block", position)
    check_tags(entry.get("tags"), position)
    check_module_defaults(entry.get("module_defaults"), position)
    if entry["block"] is None:
        raise ParseError(
            "A malformed block was encountered while loading a block. It should be a list but is empty",
            position=position_of(next(key for key in entry if key == "block")) or position,
            expected="a list of tasks under 'block:'",
            found="nothing",
            remedy="add tasks, or write 'block: []'",
        )
    warn_of_reserved(entry.get("vars"), settings.warn)
    inner = replace(place, scope=(*place.scope, _vars_of(entry)), in_block=True).within(entry.get("collections"))
    keywords = Map({key: value for key, value in entry.items() if key not in ("block", "rescue", "always")}, position=position)
    body, rescue, always = (read_statements(entry.get(word), inner, settings, position) for word in ("block", "rescue", "always"))
    return Block(position, keywords, body, rescue, always)


def _vars_of(keywords: Mapping[str, Any]) -> Mapping[str, Any]:
    value = keywords.get("vars")
    return value if isinstance(value, dict) else {}


def _no_loop(task: Task, what: str) -> None:
    if task.loop is not None:
        raise ParseError(
            f"You cannot use loops on '{what}' statements. You should use '{what.replace('import', 'include')}' instead.",
            position=task.position,
            expected="no loop: imports are followed before the run begins",
            remedy=f"use {what.replace('import', 'include')}",
        )


def _import_tasks(task: Task, place: Place, settings: Settings) -> Block:
    _no_loop(task, "import_tasks")
    args = task.args
    name = args.get("file", args.get("_raw_params"))
    if not name:
        raise ParseError("No file specified for import_tasks", position=task.position, remedy="write 'import_tasks: file.yml'")
    extra = {key: value for key, value in args.items() if key not in ("file", "_raw_params", "apply")}
    scope = (*place.scope, _vars_of(task.keywords), extra)
    path = find_tasks_file(fill(settings, name, place, _vars_of(task.keywords), extra), place, position_of(name) or task.position)
    inside = place.inside(path, task.position)
    inner = replace(inside, scope=scope).within(task.keywords.get("collections"))
    body = read_statements(settings.read(path), inner, settings, Position(path, 1))
    keywords = task.keywords
    if extra:
        keywords = Map({**keywords, Text("vars", task.position): Map({**_vars_of(task.keywords), **extra})}, position=task.position)
    return Block(task.position, keywords, body, kind="import")


def role_use(task: Task, name: Any, position: Position) -> RoleUse:
    """Return the use of a role that an import_role or include_role task asks for; `name` is rendered already."""
    args = task.args
    unknown = [key for key in args if key not in ROLE_OPTIONS]
    if unknown:
        raise ParseError(
            f"Invalid options for {find.short_name(str(task.action))}: {', '.join(map(str, unknown))}",
            position=position_of(unknown[0]) or position,
            expected=f"one of {', '.join(sorted(ROLE_OPTIONS))}",
            remedy="pass variables to the role with the task's 'vars' keyword",
        )
    if not isinstance(name, str) or not name:
        raise ParseError("'name' is a required field for include_role", position=position, remedy="add 'name: <role>'")
    return RoleUse(
        name=name,
        position=position,
        keywords=Map(position=position),
        params={},
        sources={word: str(args[f"{word}_from"]) for word in ("tasks", "vars", "defaults", "handlers") if args.get(f"{word}_from")},
        allow_duplicates=_yes(args.get("allow_duplicates", True)),
        validate=_yes(args.get("rolespec_validate", True)),
    )


def _yes(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).lower() in ("yes", "true", "on", "1", "y", "t")


def _import_role(task: Task, place: Place, settings: Settings) -> Block:
    _no_loop(task, "import_role")
    args = Map(task.args, position=position_of(task.args))
    for key, value in args.items():
        if isinstance(value, Template):
            args[key] = fill(settings, value, place, _vars_of(task.keywords))
    name = args.get("name", args.get("role", args.get("_raw_params")))
    plain = Map({key: value for key, value in args.items() if key not in ("_raw_params",)}, position=position_of(task.args))
    use = role_use(Task(task.position, task.action, plain, task.keywords), name, task.position)
    role = load_role(use, place.within(task.keywords.get("collections")), settings, read_statements)
    public = _yes(args["public"]) if "public" in args else not settings.private_role_vars
    return role_block(role, task.keywords, task.position, public=public)
