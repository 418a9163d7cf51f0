"""Inventory in INI form: hosts with variables, [groups], [group:vars], [group:children]."""

import ast
import re
import shlex
import warnings
from typing import Any

from runner.errors import InventoryError, nearest_names
from runner.model.inventory import UNGROUPED
from runner.model.inventory_draft import Draft
from runner.model.text import Text, trust
from runner.parse.inventory.host_range import expand
from runner.position import Position

SECTION = re.compile(r"^\[(?P<group>[^:\]\s]+)(?::(?P<kind>\w+))?\]\s*(?:#.*)?$")
GROUP_NAME = re.compile(r"^(?P<name>[^#:\]\s]+)\s*(?:#.*)?$")
LITERAL = re.compile(r"""[-+.0-9\[({'"]|[bBfFrRuU]{1,2}['"]|(?:True|False|None)\b""")
QUOTING = re.compile(r"['\"\\#]")
IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}\Z", re.ASCII)
WHOLE_NUMBER = re.compile(r"(?:0|[1-9][0-9]*)\Z", re.ASCII)
KINDS = ("hosts", "children", "vars")


def read_ini(text: str, path: str, draft: Draft) -> None:
    """Add the hosts and groups of an INI text to the draft. Raises InventoryError at the line that is wrong."""
    _Reader(path, draft).read(text)


class _Reader:
    """Reads one text. waiting: groups used before any section defines them, with the section that used them."""

    def __init__(self, path: str, draft: Draft) -> None:
        self.path = path
        self.draft = draft
        self.waiting: dict[str, tuple[str, Position]] = {}
        self.group, self.kind = UNGROUPED, "hosts"

    def read(self, text: str) -> None:
        for number, raw in enumerate(text.splitlines(), 1):
            line = raw.strip()
            if not line or line[0] in "#;":
                continue
            position = Position(self.path, number, len(raw) - len(raw.lstrip()) + 1)
            if line[0] == "[" and line.split("#")[0].rstrip().endswith("]") and "=" not in line.split("]")[0]:
                self.section(line, position)
            elif line[0] == "[" and "]" not in line:
                raise InventoryError(
                    f"Section '{line}' is never closed", position=position, expected="[group], [group:vars] or [group:children]",
                    found=line, remedy=f"write {line.split('#')[0].rstrip()}]",
                )  # fmt: skip
            elif self.kind == "hosts":
                self.hosts(line, raw, position)
            elif self.kind == "children":
                self.child(line, position)
            else:
                self.variable(line, raw, position)
        for name, (section, position) in self.waiting.items():
            what = "includes undefined group" if section.endswith(":children") else "not valid for undefined group"
            raise InventoryError(
                f"Section [{section}] {what}: {name}",
                position=position,
                expected="a group that is defined in the inventory",
                found=name,
                nearest=nearest_names(name, [each for each in self.draft.groups if each not in self.waiting]),
                remedy=f"add a section [{name}], or correct the name",
            )

    def section(self, line: str, position: Position) -> None:
        match = SECTION.match(line)
        if not match:
            if "[" in line and expand_like(line):
                return self.hosts(line, line, position)
            raise InventoryError(
                f"Invalid section entry: '{line}'. Please make sure that there are no spaces in the section entry, "
                "and that there are no other invalid characters",
                position=position,
                expected="[group], [group:vars] or [group:children]",
                found=line,
            )
        kind = match["kind"] or "hosts"
        if kind not in KINDS:
            raise InventoryError(
                f"Section [{match['group']}:{kind}] has unknown type: {kind}",
                position=position,
                expected="vars or children",
                found=kind,
                nearest=nearest_names(kind, KINDS),
            )
        self.kind = kind
        self.group = self.draft.clean(Text(match["group"], position))
        if kind == "vars":
            if self.group not in self.draft.groups:
                self.waiting[self.group] = (f"{self.group}:vars", position)
                self.draft.add_group(self.group, position)
        else:
            self.draft.add_group(self.group, position)
            self.waiting.pop(self.group, None)
        return None

    def hosts(self, line: str, raw: str, position: Position) -> None:
        try:
            tokens = shlex.split(line, comments=True) if QUOTING.search(line) else line.split()
        except ValueError as problem:
            raise InventoryError(
                f"Error parsing host definition '{line}': {problem}",
                position=position,
                expected="closed quotes",
                remedy="close the quote",
            ) from problem
        if not tokens:
            return
        names, port = expand(tokens[0], position)
        values = [self.assignment(token, raw, position) for token in tokens[1:]]
        for name in names:
            self.draft.add_host(name, self.group, port, position)
            for key, value in values:
                self.draft.set_host_var(name, key, value)

    def assignment(self, token: str, raw: str, position: Position) -> tuple[Text, Any]:
        key, equals, value = token.partition("=")
        if not equals:
            raise InventoryError(
                f"Expected key=value host variable assignment, got: {token}",
                position=Position(self.path, position.line, raw.find(token) + 1),
                expected="key=value",
                found=token,
                remedy="write key=value without spaces around the =, and quote values that have spaces",
            )
        place = Position(self.path, position.line, raw.find(f"{key}=") + 1)
        return Text(key, place), typed(value, Position(self.path, position.line, place.column + len(key) + 1))

    def child(self, line: str, position: Position) -> None:
        match = GROUP_NAME.match(line)
        if not match:
            raise InventoryError(
                f"Expected group name, got: {line}", position=position, expected="the name of a group", found=line
            )
        name = self.draft.clean(Text(match["name"], position))
        if name not in self.draft.groups:
            self.draft.add_group(name, position)
            self.waiting[name] = (f"{self.group}:children", position)
        self.draft.add_child(self.group, name, position)

    def variable(self, line: str, raw: str, position: Position) -> None:
        key, equals, value = line.partition("=")
        if not equals:
            raise InventoryError(
                f"Expected key=value, got: {line}",
                position=position,
                expected="key=value",
                found=line,
                remedy=f"hosts belong under [{self.group}], not under [{self.group}:vars]",
            )
        column = raw.index("=") + 2 + len(value) - len(value.lstrip())
        place = Position(self.path, position.line, column)
        self.draft.set_var(self.group, Text(key.strip(), position), typed(value.strip(), place))


def expand_like(line: str) -> bool:
    """Tell whether a line in brackets is a host after all: an IPv6 address or a range."""
    return bool(re.match(r"^\[[0-9A-Fa-f]*:[0-9A-Fa-f:.]*\]", line)) and not SECTION.match(line)


def typed(value: str, position: Position | None = None) -> Any:
    """Return an INI value as the Python literal it is (numbers, True, lists, quoted text), else as text; all trusted."""
    if not LITERAL.match(value):
        return trust(value, position)
    if WHOLE_NUMBER.match(value):
        return int(value)
    if IPV4.match(value):
        return Text(value, position)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            found = ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        found = value
    if not isinstance(found, (str, int, float, bool, list, dict, tuple, type(None))):
        found = value
    return trust(found, position)
