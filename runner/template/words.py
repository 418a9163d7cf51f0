"""Every filter, test and function by the names an expression may use: short, `ansible.builtin.x`, `ansible.legacy.x`."""

from collections.abc import Callable, Mapping
from typing import Any

from runner.template.filters import (
    address,
    data,
    encoding,
    jinja,
    keys,
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
from runner.template.tests import address as address_tests
from runner.template.tests import files, result, version
from runner.template.tests import kinds as kind_tests

Table = dict[str, Callable[..., Any]]
Plugin = Callable[[str, bool], Callable[..., Any] | None]
PREFIXES = ("ansible.builtin.", "ansible.legacy.")
FILTER_FILES = (jinja, encoding, regex, path, data, mapping, sets, numbers, kinds, keys, password, vaulted, query, address)
TEST_FILES = (kind_tests, result, files, version, address_tests)


class Words(Table):
    """A table that asks for plugins when a template is compiled: a project's own come before ours, those of collections after.

    plugin(name, known): the function of a plugin, or None; known: the name is in the table already.
    """

    def __init__(self, table: Mapping[str, Callable[..., Any]], plugin: Plugin) -> None:
        super().__init__(table)
        self._plugin = plugin
        self._own = frozenset(table)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the function of a name; Jinja2 asks so for every name in a template that it compiles."""
        found = self._plugin(name, name in self._own)
        if found is not None:
            self[name] = found
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and self.get(name) is not None)

    def __missing__(self, name: str) -> Any:
        found = self.get(name)
        if found is None:
            raise KeyError(name)
        return found


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
