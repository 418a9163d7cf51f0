"""One YAML mapping -> one task: which key is the module, its arguments in one form, its loop."""

from typing import Any

from runner import find
from runner.errors import ParseError, nearest_names
from runner.model.keywords import HANDLER, TASK, type_word
from runner.model.play import Task
from runner.model.text import Map, Template, Text
from runner.parse.keyvalue import parse_key_values, split_words
from runner.parse.task_checks import check_task
from runner.position import Position, position_of

FREE_FORM = frozenset("command shell raw script win_command win_shell".split())
ANY_KEY_FREE_FORM = frozenset(
    "include include_tasks import_tasks include_vars include_role import_role add_host group_by set_fact meta import_playbook".split()
)
INCLUDES = frozenset("include_tasks import_tasks include_role import_role".split())


def read_task(data: Map, *, handler: bool = False) -> Task:
    """Return the task a mapping stands for.

    Raises ParseError when it has no module, more than one, a keyword that does not exist, or arguments of a wrong kind.
    """
    position = position_of(data)
    assert position is not None
    action, args = _action(data, HANDLER if handler else TASK, position)
    keywords = Map(position=position)
    loop: tuple[str, Any] | None = None
    for key, value in data.items():
        if str(key).startswith("with_"):
            loop = _one_loop(loop, (Text(str(key)[5:], position_of(key)), value), position_of(key) or position)
        elif key == "loop":
            loop = _one_loop(loop, ("loop", value), position_of(key) or position) if value is not None else loop
        elif key in HANDLER and key not in ("action", "local_action", "args"):
            keywords[key] = value
    if "local_action" in data:
        keywords.setdefault(Text("delegate_to", position), Text("localhost", position))
    check_task(action, args, keywords, position)
    return Task(position, action, args, keywords, loop)


def _one_loop(known: tuple[str, Any] | None, loop: tuple[str, Any], at: Position) -> tuple[str, Any]:
    if known is not None:
        raise ParseError(
            f"duplicate loop in task: {loop[0]}",
            exit_code=1,
            position=at,
            expected="one loop in a task",
            found=f"{_loop_word(known[0])} and {_loop_word(loop[0])}",
            remedy="remove one of them; `loop: \"{{ a | product(b) }}\"` goes over two lists at once",
        )
    return loop


def _loop_word(name: str) -> str:
    return name if name == "loop" else f"with_{name}"


def _action(data: Map, known: frozenset[str], position: Position) -> tuple[Text, Any]:
    """Find the module of a task and its arguments."""
    extra = data.get("args")
    found: list[tuple[Text, Any]] = []
    found += [_from_action(data[word], position_of(data[word]) or position) for word in ("action", "local_action") if word in data]
    found += [
        (key if isinstance(key, Text) else Text(str(key), position), value)
        for key, value in data.items()
        if key not in known and not str(key).startswith("with_")
    ]
    if not found:
        raise ParseError(
            "no module/action detected in task.",
            position=position,
            expected="one key that names a module, such as 'copy:'",
            found=f"only keywords: {', '.join(str(key) for key in data) or 'nothing'}",
            remedy="add the module and its arguments to the task",
        )
    if len(found) > 1:
        raise _two_actions(found, known, position)
    name, value = found[0]
    if str(name).startswith("include") and str(name) == "include":
        raise ParseError(
            "the 'include' action was removed from the language",
            position=name.position,
            remedy="use include_tasks or import_tasks, or import_playbook for a playbook",
        )
    return name, _arguments(name, value, extra, position)


def _two_actions(found: list[tuple[Text, Any]], known: frozenset[str], position: Position) -> ParseError:
    """Say which key is the wrong one: a misspelt keyword beside a module that exists, or truly two modules."""
    names = ", ".join(str(name) for name, _ in found)
    if "hosts" in (str(name) for name, _ in found):
        return ParseError(
            f"conflicting action statements: {names}",
            position=position,
            expected="a task: '- name: ...' and a module",
            found="a play, which begins with hosts",
            remedy="import_playbook takes playbooks, include_tasks and import_tasks take lists of tasks: move them to such a file",
        )
    modules = [name for name, _ in found if find.action(str(name))]
    others = [name for name, _ in found if not find.action(str(name))]
    if len(modules) == 1 and others:
        bad = others[0]
        nearest = nearest_names(str(bad), known)
        return ParseError(
            f"'{bad}' is not a valid attribute for a Task",
            position=position_of(bad) or position,
            expected="a keyword of a task, or a with_ loop",
            found=f"'{bad}' beside the module '{modules[0]}'",
            nearest=nearest,
            remedy=f"write '{nearest[0]}'" if nearest else f"indent it under '{modules[0]}' if it is an argument, or remove it",
        )
    return ParseError(
        f"conflicting action statements: {names}",
        position=position_of(found[1][0]) or position,
        expected="one module in a task",
        found=names,
        remedy="make a task of its own for each module ('- name: ...')",
    )


def _from_action(value: Any, position: Position) -> tuple[Text, Any]:
    """Split `action: module k=v` or `action: {module: m, k: v}` into name and value."""
    if isinstance(value, dict):
        rest = Map(value, position=position)
        name = rest.pop("module", None)
        if name is None:
            raise ParseError(
                "no module in the action mapping",
                position=position,
                expected="module: <name>",
                found=", ".join(map(str, rest)),
                remedy="add 'module: <name>' to it",
            )
        return name if isinstance(name, Text) else Text(str(name), position), rest
    if isinstance(value, str):
        words = split_words(value, position)
        if words:
            head = words[0][0]
            kind = Template if "{{" in head else Text
            return kind(head, position), _rest_text(value, head, position)
    raise ParseError("'action' needs a module name", position=position, found=type_word(value), remedy="write 'action: module key=value'")


def _rest_text(value: str, head: str, position: Position) -> Text:
    rest = value.lstrip()[len(head) :].strip()
    kind = Template if "{{" in rest or "{%" in rest else Text
    return kind(rest, position)


def _arguments(name: Text, value: Any, extra: Any, position: Position) -> Any:
    """Bring the ways to write arguments into one mapping; a single template of the whole mapping stays a template."""
    short = find.short_name(str(name))
    at = position_of(value, name) or position
    if isinstance(value, dict):
        args = Map(value, position=at)
    elif value is None:
        args = Map(position=at)
    elif isinstance(value, str):
        text = str(value)
        if isinstance(value, Template) and _whole_template(text) and short not in FREE_FORM | INCLUDES | {"meta"}:
            args = Map({Text("_variable_params", at): value}, position=at)
        else:
            free = short in FREE_FORM or short in ANY_KEY_FREE_FORM
            args = parse_key_values(text, at, free_form=free, any_key=short in ANY_KEY_FREE_FORM)
    elif isinstance(value, (int, float)) and short in FREE_FORM:
        args = Map({Text("_raw_params", at): Text(str(value), at)}, position=at)
    elif isinstance(value, list) and short in ("command", "shell"):
        args = Map({Text("argv", at): value}, position=at)
    else:
        raise ParseError(
            f"unexpected parameter type in action: {type_word(value)}",
            position=at,
            expected=f"a mapping of arguments under '{name}', or text",
            found=f"a {type_word(value)}",
            remedy="indent 'argument: value' lines under the module's name",
        )
    return _with_extra(args, extra, at)


def _with_extra(args: Map, extra: Any, at: Position) -> Map:
    """Add the `args:` keyword; what stands with the module wins."""
    if extra is None:
        return args
    if isinstance(extra, Template):
        args.setdefault(Text("_extra_params", at), extra)
        return args
    if not isinstance(extra, dict):
        raise ParseError(
            "'args' must be a mapping",
            position=position_of(extra) or at,
            expected="argument: value lines, or a template '{{ ... }}' of a mapping",
            found=f"a {type_word(extra)}",
            remedy="indent 'argument: value' lines under 'args:'",
        )
    return Map({**extra, **args}, position=at)


def _whole_template(text: str) -> bool:
    stripped = text.strip()
    return stripped.startswith("{{") and stripped.endswith("}}") and stripped.count("{{") == 1
