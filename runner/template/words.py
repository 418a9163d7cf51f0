"""Every filter, test and function by the names an expression may use: short, `ansible.builtin.x`, `ansible.legacy.x`."""

from collections.abc import Callable, Mapping
from typing import Any

from runner.template.filters import (
    address,
    data,
    encoding,
    jinja,
    kinds,
    mapping,
    numbers,
    password,
    path,
    query,
    regex,
    sets,
    vaulted,
)
from runner.template.functions import FUNCTIONS
from runner.template.tests import files, result, version
from runner.template.tests import kinds as kind_tests

Table = dict[str, Callable[..., Any]]
PREFIXES = ("ansible.builtin.", "ansible.legacy.")
FILTER_FILES = (jinja, encoding, regex, path, data, mapping, sets, numbers, kinds, password, vaulted, query, address)
TEST_FILES = (kind_tests, result, files, version)


def filters_of(jinja: Mapping[str, Any], added: Mapping[str, Callable[..., Any]]) -> Table:
    """Return the filters: Jinja2's, ours over them, the project's on top."""
    table = dict(jinja)
    for file in FILTER_FILES:
        table.update(file.FILTERS)
    return {**with_prefixes(table), **added}


def tests_of(jinja: Mapping[str, Any], added: Mapping[str, Callable[..., Any]]) -> Table:
    """Return the tests: Jinja2's, ours over them, the project's on top."""
    table = dict(jinja)
    for file in TEST_FILES:
        table.update(file.TESTS)
    return {**with_prefixes(table), **added}


def globals_of(jinja: Mapping[str, Any]) -> dict[str, Any]:
    """Return the functions: Jinja2's own and ours."""
    return {**jinja, **FUNCTIONS}


def with_prefixes(table: Mapping[str, Callable[..., Any]]) -> Table:
    """Return a table with each short name also under its full names."""
    short = {name: each for name, each in table.items() if "." not in name}
    return {**table, **{prefix + name: each for prefix in PREFIXES for name, each in short.items()}}
