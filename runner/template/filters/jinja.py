"""Jinja2's own filters that give generators, made to give lists; and `string`, whose text stays text."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from jinja2.filters import FILTERS as JINJA

from runner.template.kept import KeepText
from runner.template.plain import text

LISTED = ("map", "select", "reject", "selectattr", "rejectattr", "batch", "slice", "reverse", "groupby", "items", "list")


def listed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter whose generator is walked at once, so that its result has a length and can be used twice."""

    @wraps(function)
    def walked(*args: Any, **options: Any) -> Any:
        found = function(*args, **options)
        return list(found) if isinstance(found, Iterator) else found

    return walked


def string(value: Any) -> str:
    """Return a value as text that is not turned into anything else; None is the word."""
    return KeepText("None" if value is None else text(value))


FILTERS: dict[str, Callable[..., Any]] = {**{name: listed(JINJA[name]) for name in LISTED}, "string": string}
