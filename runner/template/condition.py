"""`when`, `failed_when`, `until` and their like: is it true?"""

from typing import Any

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError

from runner.errors import RunnerError, TemplateError, UndefinedVariable
from runner.model.text import Template, Text, Unsafe
from runner.position import Position, position_of
from runner.template.rendering import Rendering
from runner.template.settings import TemplateSettings
from runner.template.undefined import Undefined, Used, type_word

MARKS = "{{ }} or {% %}"
FALSE_WORDS = frozenset({"false", "no", "off", "0", "n", "f"})


def holds(source: Any, rendering: Rendering, settings: TemplateSettings, around: Position | None = None) -> bool:
    """Return whether a condition holds: a boolean, an expression, or a template whose text is an expression.

    Nothing and the empty text hold. A result that is not a boolean counts as Python counts it. Raises TemplateError whose
    message begins `The conditional check '...' failed`.
    """
    if source is None or source == "":
        return True
    if not isinstance(source, str):
        return _counted(source, source, rendering, settings, around)
    warn = rendering.room.hooks.warn
    try:
        if isinstance(source, Template) and ("{{" in source or "{%" in source):
            warn(
                f"conditional statements should not include jinja2 templating delimiters such as {MARKS}. Found: {source}",
                position_of(source),
            )
            value = _of_template(source, rendering)
        else:
            value = rendering.room.run_expression(source, rendering, keep=True)
        if isinstance(value, Undefined):
            raise rendering.room.explained(Used(value), source, rendering)
    except RunnerError as error:
        raise _told(error, source) from error.__cause__
    return _counted(source, value, rendering, settings, around)


def _counted(source: Any, value: Any, rendering: Rendering, settings: TemplateSettings, around: Position | None) -> bool:
    """Return how a condition's value counts; one that is no boolean is told, or refused. Raises TemplateError."""
    if not isinstance(value, bool):
        if settings.strict:
            raise _refused(source, value)
        if settings.inspect:
            rendering.room.hooks.deprecate(_not_boolean(source, value, around), position_of(source) or around)
    return bool(value)


def _refused(source: Any, value: Any) -> TemplateError:
    """Return the error of a condition that gives no boolean where only booleans are allowed."""
    kind = type_word(value)
    return TemplateError(
        f"The conditional check '{source}' failed. The result was of type '{kind}', and conditions must give True or False",
        position=position_of(source),
        expected="an expression that gives True or False, such as a comparison or a test",
        found=kind,
        remedy="compare it, ask `| length > 0`, or write `| bool` for text that says yes or no; without --strict it counts as "
        f"{bool(value)}",
    )


def _not_boolean(source: Any, value: Any, around: Position | None) -> str:
    place = position_of(source)
    where = f"location {place}" if place else f"approximate location {around}" if around else f"unknown location (conditional: {source})"
    told = (
        f"Conditional result at {where} was of type '{type_word(value)}'. "
        f"Conditional results should only be True or False. The result was interpreted as {bool(value)}."
    )
    if isinstance(value, str) and value.strip().lower() in FALSE_WORDS:
        told += f" If the text {value!r} means false, write `{source} | bool`."
    return told


def _of_template(source: Template, rendering: Rendering) -> Any:
    value = rendering.template(source)
    if not isinstance(value, str):
        return value
    if value.strip() == "":
        return True
    if not isinstance(value, Text) or isinstance(value, Unsafe):
        _refuse_calls(value, source, rendering)
        value = Text(value, source.position)
    return rendering.room.run_expression(value, rendering, keep=True)


def _refuse_calls(value: str, source: Template, rendering: Rendering) -> None:
    """Raise TemplateError when text that may come from a host calls a function: it is data, and data may not run lookups."""
    try:
        tree = rendering.room.environment.expression_tree(value)
    except TemplateSyntaxError:
        return
    if any(isinstance(call.node, nodes.Name) for call in tree.find_all(nodes.Call)):
        raise TemplateError(
            "Conditional is marked as unsafe, and cannot be evaluated: its text comes out of a template and calls a function",
            position=source.position,
            found=value,
            remedy="write the expression itself, without {{ }}",
        )


def _told(error: RunnerError, source: str) -> RunnerError:
    detail = error.message
    if isinstance(error, UndefinedVariable):
        detail = f"error while evaluating conditional ({source}): {detail}"
    error.message = f"The conditional check '{source}' failed. The error was: {detail}"
    error.args = (error.message,)
    return error.at(position_of(source))
