"""What comes out of an expression as plain data: no generators, views, tuples or marks, and text that is a literal becomes it."""

import ast
from collections.abc import Iterable, Iterator, Mapping, MappingView, Set
from datetime import date, time, timedelta
from typing import Any, cast

from jinja2 import Undefined as JinjaUndefined
from markupsafe import Markup

from runner.model.text import Text, Unsafe
from runner.template.kept import KeepText, KeptData
from runner.template.omit import Omit

SCALARS: frozenset[type] = frozenset({str, int, float, bool, type(None), Text, Unsafe, Omit})
WORDS = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}
SCALARS_AND_KEPT = SCALARS | {KeepText, KeptData}


def plain(value: Any, scalars: frozenset[type] = SCALARS) -> Any:
    """Return a value as plain data, the same object when it is so already. Raises Used for an undefined value in it.

    scalars: the kinds that need no change; with SCALARS_AND_KEPT text that is to stay text remains marked so.
    """
    kind = value.__class__
    if kind in scalars:
        return value
    if isinstance(value, dict):
        return _plain_dict(value, scalars)
    if isinstance(value, list):
        return _plain_list(value, scalars)
    if isinstance(value, str):
        return str(value) if isinstance(value, (KeepText, Markup)) else value
    if isinstance(value, JinjaUndefined):
        return str(value)
    if isinstance(value, (tuple, Set, MappingView, range, Iterator)):
        return [plain(each, scalars) for each in cast("Iterable[Any]", value)]
    if isinstance(value, Mapping):
        whole = value.whole() if hasattr(value, "whole") else value
        return {key: plain(whole[key], scalars) for key in whole}
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "surrogateescape")
    if isinstance(value, bool):
        return bool(value)
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, (date, time, timedelta)):
        return str(value)
    return str(value)


def _plain_dict(value: dict[Any, Any], scalars: frozenset[type]) -> dict[Any, Any]:
    changed: dict[Any, Any] | None = None
    for key, each in value.items():
        if each.__class__ in scalars:
            continue
        new = plain(each, scalars)
        if new is not each:
            if changed is None:
                changed = dict(value)
            changed[key] = new
    return value if changed is None else changed


def _plain_list(value: list[Any], scalars: frozenset[type]) -> list[Any]:
    changed: list[Any] | None = None
    for index, each in enumerate(value):
        if each.__class__ in scalars:
            continue
        new = plain(each, scalars)
        if new is not each:
            if changed is None:
                changed = list(value)
            changed[index] = new
    return value if changed is None else changed


def text(value: Any) -> str:
    """Return a value as it reads inside text: None is nothing, containers are as Python writes them."""
    if value.__class__ is str:
        return str(value)
    if value is None:
        return ""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (MappingView, range, Iterator)):
        return str(plain(value))
    check(value)
    return str(value)


def ready(value: Any) -> Any:
    """Return one piece of a template's output checked: here, at its own line, an undefined value in it is found out."""
    if value.__class__ in SCALARS:
        return value
    if isinstance(value, (MappingView, range, Iterator)):
        return plain(value)
    check(value)
    return value


def check(value: Any) -> None:
    """Raise Used when a value, or anything in it, is undefined."""
    if isinstance(value, (list, tuple)):
        for each in value:
            if each.__class__ not in SCALARS:
                check(each)
    elif isinstance(value, dict):
        for each in value.values():
            if each.__class__ not in SCALARS:
                check(each)
    elif isinstance(value, JinjaUndefined):
        str(value)


def join(parts: Any) -> str:
    """Return the pieces of a template as one text."""
    return "".join([part if part.__class__ is str else text(part) for part in parts])


def looks_literal(source: str) -> bool:
    """Tell whether a rendered text has the form that Ansible turns into a list, mapping or boolean."""
    return (source.startswith(("[", "{")) and not source.startswith("{{")) or source in {"True", "False"}


def literal(source: str) -> Any:
    """Return what a text that `looks_literal` stands for, or the text itself when it is not a literal after all."""
    try:
        found = _constant(ast.parse(source.strip(), mode="eval").body)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return source
    return found if isinstance(found, (list, dict, bool)) else source


def _constant(node: ast.expr) -> Any:
    if isinstance(node, ast.Dict):
        if None in node.keys:
            raise ValueError
        return {_constant(key): _constant(each) for key, each in zip(node.keys, node.values) if key is not None}
    if isinstance(node, ast.List):
        return [_constant(each) for each in node.elts]
    if isinstance(node, ast.Name) and node.id in WORDS:
        return WORDS[node.id]
    if isinstance(node, (ast.Tuple, ast.Set)):
        return plain(ast.literal_eval(node))
    return ast.literal_eval(node)


def native_literal(source: str) -> Any:
    """Return what any Python literal in a text stands for (the `jinja2_native` setting), or the text itself."""
    try:
        found = ast.literal_eval(ast.parse(source, mode="eval"))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return source
    return source if isinstance(found, str) else plain(found)
