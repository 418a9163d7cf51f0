"""Every filter, test and function by the names an expression may use: short, `ansible.builtin.x`, `ansible.legacy.x`."""

from collections.abc import Callable, Mapping
from typing import Any

from runner.template.functions import FUNCTIONS
from runner.template.settings import Hooks

Table = dict[str, Callable[..., Any]]
PREFIXES = ("ansible.builtin.", "ansible.legacy.")


def filters_of(jinja: Mapping[str, Any], hooks: Hooks, added: Mapping[str, Callable[..., Any]]) -> Table:
    """Return the filters: Jinja2's, ours over them, the project's on top."""
    return {**jinja, **added}


def tests_of(jinja: Mapping[str, Any], hooks: Hooks, added: Mapping[str, Callable[..., Any]]) -> Table:
    """Return the tests: Jinja2's, ours over them, the project's on top."""
    return {**jinja, **added}


def globals_of(jinja: Mapping[str, Any]) -> dict[str, Any]:
    """Return the functions: Jinja2's own and ours."""
    return {**jinja, **FUNCTIONS}


def with_prefixes(table: Mapping[str, Callable[..., Any]]) -> Table:
    """Return a table with each name also under its full names."""
    return {**table, **{prefix + name: each for prefix in PREFIXES for name, each in table.items()}}
