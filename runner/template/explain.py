"""What went wrong in a template, as an error that says where it stands, what was missing, and what was meant perhaps."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from jinja2 import nodes
from jinja2.exceptions import SecurityError, TemplateNotFound, TemplatesNotFound, TemplateSyntaxError
from jinja2.utils import missing

from runner.errors import RunnerError, TemplateError, UndefinedVariable, UnknownName, nearest_names
from runner.model.text import Text
from runner.model.variables import MISSING
from runner.position import Position
from runner.template.rendering import Rendering
from runner.template.undefined import Used

STRING = "<template>"
OUR_TYPES = re.compile(r"\b(?:Text|Template|Map|Seq)\b")
PLUGIN_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
UNKNOWN = re.compile(r"No (filter|test) named '([^']*)'")


def explain(error: Exception, source: str, rendering: Rendering, known: Mapping[str, Iterable[str]]) -> RunnerError:
    """Return a RunnerError for anything raised while a template was compiled or run.

    source: the template's text, with its position if it is Text. known: filter and test names, for the nearest.
    """
    lines = lines_in(error.__traceback__)
    line = lines[-1][1] if lines else 1
    place = at_line(source, line)
    if isinstance(error, RunnerError):
        return passed_on(error, place)
    if isinstance(error, Used):
        return undefined(error, source, line, place, rendering)
    if isinstance(error, TemplateSyntaxError):
        place = at_line(source, error.lineno)
    return other(error, source, place, known)


def explain_file(error: Exception, body: str, path: str, rendering: Rendering, known: Mapping[str, Iterable[str]]) -> RunnerError:
    """Return a RunnerError for anything raised by a template file: at its line in the innermost file, after the includes."""
    lines = [(file, line) for file, line in lines_in(error.__traceback__) if file != STRING] or [(path, 0)]
    file, line = lines[-1]
    trail = [Position(each, at) for each, at in lines[:-1]]
    place = Position(file, line)
    if isinstance(error, RunnerError):
        told = passed_on(error, place if line else None)
    elif isinstance(error, Used):
        told = undefined(error, body if file == path else text_of(file), line, place, rendering)
    else:
        if isinstance(error, TemplateSyntaxError):
            place = Position(error.filename or file, error.lineno)
        told = other(error, f"template file {path}", place, known)
    told.trail = (*(each for each in trail if each not in told.trail and each != told.position), *told.trail)
    return told.at(Position(path, 1))


def text_of(path: str) -> str:
    """Return the text of an included template, or nothing when it cannot be read any more."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""


def passed_on(error: RunnerError, place: Position | None) -> RunnerError:
    """Return an error from further inside, with this place as one more step that led there."""
    if error.position is None:
        return error.at(place)
    if place is not None and place != error.position and place not in error.trail:
        error.trail = (place, *error.trail)
    return error


def lines_in(trace: TracebackType | None) -> list[tuple[str, int]]:
    """Return (template name, line) for each compiled template in a traceback, outermost first."""
    found: list[tuple[str, int]] = []
    while trace is not None:
        template = trace.tb_frame.f_globals.get("__jinja_template__")
        if template is not None:
            found.append((template.filename or template.name or "", template.get_corresponding_lineno(trace.tb_lineno)))
        trace = trace.tb_next
    return found


def at_line(source: str, line: int) -> Position | None:
    """Return where a line of a template string stands in the file it comes from, or None when that is not known."""
    place = source.position if isinstance(source, Text) else None
    if place is None or line <= 1:
        return place
    return Position(place.file, place.line + line - 1, place.column)


# The name of what is missing where `hostvars` lacks a host.
HOST = re.compile(r"hostvars\['(?P<host>.*)'\]")


def undefined(error: Used, source: str, line: int, place: Position | None, rendering: Rendering) -> UndefinedVariable:
    """Return the error for a value that is not there."""
    value = error.undefined
    if value.reason is not None:
        return used_by(value.reason, value.missing_name(), place, shortened(source))
    name, owner = value.missing_name(), value.owner()
    known: Iterable[Any] = ()
    if owner is missing:
        known = (*rendering.variables.names(), *rendering.room.environment.globals) if value._undefined_hint is None else ()
        expected = "a variable that is defined for this host"
    else:
        known = owner.keys() if isinstance(owner, Mapping) else ()
        expected = "one of " + ", ".join(str(key) for key in list(known)[:12]) if known else ""
    path = dotted_path(str(source), name, owner is missing, line, rendering)
    host = HOST.fullmatch(str(name)) if owner is missing else None
    if host is not None:
        known, expected = rendering.variables.find("hostvars"), "a host of the inventory"
    return UndefinedVariable(
        value.sentence(),
        position=place,
        expected=expected,
        found=path,
        nearest=nearest_names(host["host"] if host else str(name), map(str, known)),
        remedy=remedy_of(path, rendering),
        source=shortened(source),
    )


def remedy_of(path: str, rendering: Rendering) -> str:
    """Return what to do about a missing value: facts that nobody gathered have a reason of their own."""
    root = path.partition(".")[0].partition("[")[0]
    of_facts = root == "ansible_facts" and root != path
    if of_facts or (root.startswith("ansible_") and rendering.variables.find(root) is MISSING):
        facts = rendering.variables.find("ansible_facts")
        if not (isinstance(facts, Mapping) and facts):
            return "no facts of this host were gathered: set `gather_facts: true` in the play, or run the setup module before"
    return "define it, correct the name, or give a value for the case that it is missing: `| default(...)`"


def used_by(reason: UndefinedVariable, name: Any, place: Position | None, source: str) -> UndefinedVariable:
    """Return the error of a nested template as seen from the template `source` that used it; `reason` itself is kept for others."""
    trail = reason.trail
    if place is not None and place != reason.position and place not in trail:
        trail = (place, *trail)
    return UndefinedVariable(
        f"{reason.source}: {reason.message}" if reason.source else reason.message,
        position=reason.position or place,
        expected=reason.expected,
        found=f"{reason.found}, used by {name}" if name else reason.found,
        nearest=reason.nearest,
        remedy=reason.remedy,
        trail=trail,
        source=source,
    )


def dotted_path(source: str, name: Any, variable: bool, line: int, rendering: Rendering) -> str:
    """Return the whole path in the source in which `name` is the missing part, with a word on which part that is."""
    tree = parsed(source, rendering)
    if tree is None:
        return str(name)
    best = ""
    for node in tree.find_all((nodes.Name, nodes.Getattr, nodes.Getitem)):
        here = isinstance(node, nodes.Name) and node.name == name if variable else step_name(node) == name
        if here and (not best or node.lineno == line):
            best = words(node)
    steps = [words(node) for node in tree.find_all((nodes.Getattr, nodes.Getitem))]
    whole = max((each for each in steps if starts(each, best)), key=len, default=best)
    if whole == best or not best:
        return best or str(name)
    return f"{whole}, of which {best} is missing"


def starts(whole: str, part: str) -> bool:
    """Tell whether a path begins with another one."""
    return bool(part) and whole.startswith(part) and whole[len(part) : len(part) + 1] in (".", "[")


def parsed(source: str, rendering: Rendering) -> nodes.Template | None:
    """Return the syntax tree of a template or bare expression once more, or None."""
    environment = rendering.room.environment
    try:
        if "{{" in source or "{%" in source:
            return environment.parse(source)  # type: ignore[no-any-return]
        return environment.expression_tree(source)  # type: ignore[no-any-return]
    except TemplateSyntaxError:
        return None


def step_name(node: nodes.Node) -> Any:
    """Return the attribute or constant key of a step."""
    if isinstance(node, nodes.Getattr):
        return node.attr
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return node.arg.value
    return missing


def words(node: nodes.Node) -> str:
    """Return a path as it is written: `a.b['c']`."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{words(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem):
        key = repr(node.arg.value) if isinstance(node.arg, nodes.Const) else words(node.arg)
        return f"{words(node.node)}[{key}]"
    return "(...)"


def other(error: Exception, source: str, place: Position | None, known: Mapping[str, Iterable[str]]) -> RunnerError:
    """Return the error for everything that is not an undefined value."""
    unknown = UNKNOWN.search(str(error))
    if unknown:
        kind, name = unknown.groups()
        cannot = f'Could not load "{name}": there is no {kind} of that name'
        if not PLUGIN_NAME.fullmatch(name):
            cannot = f"TemplateSyntaxError: Could not load \"{name}\": 'invalid plugin name: ansible.builtin.{name}'"
        return UnknownName(
            f"template error while templating string: {cannot}",
            position=place,
            found=name,
            expected=f"the name of a {kind}",
            nearest=nearest_names(name, known[kind]),
            remedy=f"correct the name, or put the {kind} into {kind}_plugins beside the playbook",
        )
    if isinstance(error, TemplateSyntaxError):
        return TemplateError(
            f"template error while templating string: {error.message}",
            position=place,
            found=shortened(source),
            expected="a template that Jinja2 can read",
            remedy="check quotes and brackets",
        )
    if isinstance(error, (TemplateNotFound, TemplatesNotFound)):
        wanted = error.message or error.name
        return TemplateError(f"could not find the template file {wanted!r}", position=place, remedy="correct the name, or create the file")
    return of_python(error, source, place)


def of_python(error: Exception, source: str, place: Position | None) -> TemplateError:
    """Return the error for what Python raised while an expression ran."""
    if isinstance(error, SecurityError):
        return TemplateError(f"an expression may not do this: {error}", position=place, found=shortened(source))
    if isinstance(error, RecursionError):
        return TemplateError(
            "recursive loop detected in template: it includes or calls itself without end",
            position=place,
            expected="includes and macros that end",
            found=shortened(source),
            remedy="remove the include or call that leads back here, or put a condition around it",
        )
    if isinstance(error, TypeError):
        return TemplateError(
            f"Unexpected templating type error occurred on ({shortened(source)}): {OUR_TYPES.sub(plain_type, str(error))}",
            position=place,
            expected="values of a type that the expression can use",
            found=shortened(source),
            remedy="convert a value first: `| int`, `| float`, `| string`, `| list`; `| type_debug` tells what it is",
        )
    return TemplateError(
        f"An unhandled exception occurred while templating '{shortened(source)}'. "
        f"Error was a {type(error).__name__}, original message: {error}",
        position=place,
        expected="a regular expression of Python" if isinstance(error, re.error) else "values that the expression can work with",
        found=shortened(source),
        remedy=remedy_for(error),
    )


def plain_type(found: re.Match[str]) -> str:
    """Return the type's name that the user knows."""
    return {"Text": "str", "Template": "str", "Map": "dict", "Seq": "list"}[found.group()]


def remedy_for(error: Exception) -> str:
    """Return what to do about an exception of an expression."""
    if isinstance(error, re.error):
        return "close every bracket, and write a character that is meant literally with a backslash"
    if isinstance(error, ZeroDivisionError):
        return "test the divisor before: `a / b if b else 0`"
    return "look at the values with debug"


def shortened(source: str) -> str:
    """Return a template's text as it is shown in a message."""
    return str(source) if len(source) <= 200 else f"{source[:200]}..."
