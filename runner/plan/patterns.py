"""Host patterns: which hosts of the inventory a `hosts:` value or a `--limit` means, and in what order.

The language: https://docs.ansible.com/ansible/latest/inventory_guide/intro_patterns.html
"""

import fnmatch
import random
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from runner.errors import InventoryError, nearest_names
from runner.model.inventory import ALL, LOCALHOST, Host, Inventory
from runner.parse.limit import Limit
from runner.position import Position, position_of

SUBSCRIPT = re.compile(r"^(?P<name>.+)\[(?:(?P<index>-?[0-9]+)|(?P<first>[0-9]+)[:-](?P<last>[0-9]*))\]$")
ADDRESS = re.compile(
    r"^(?:[^:\[\]\s]|\[[^\[\]]*\])+(?::[0-9]+)?$|^[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*$|^\[[0-9A-Fa-f:.]+\](?::[0-9]+)?$"
)
PART = re.compile(r"(?:[^\s:\[\]]|\[[^\]]*\])+")
GLOB = re.compile(r"[.?*\[]")
ORDERS = ("inventory", "reverse_inventory", "sorted", "reverse_sorted", "shuffle")

Warn = Callable[[str, Position | None], None]


def match(
    pattern: Any,
    inventory: Inventory,
    *,
    limit: str | Sequence[str] | None = None,
    order: str | None = None,
    warn: Warn | None = None,
    mismatch: str = "warning",
    shuffle: Callable[[list[Any]], None] = random.shuffle,
) -> list[Host]:
    """Return the hosts that a pattern (text, or a list of texts) means, each once.

    limit: what `--limit` says (a `Limit` if it may hold @file); only hosts that match it as well are returned. order: a value
    of the `order` keyword.
    warn: is told of a part that matches nothing. mismatch: warning, ignore or error, the host_pattern_mismatch setting.
    Raises InventoryError for a wrong regular expression or order, and for mismatches if they are errors.
    """
    search = _Search(
        inventory, warn if mismatch == "warning" else None, strict=mismatch == "error", position=position_of(pattern)
    )
    names = search.evaluate(split(pattern))
    if limit is not None:
        parts = limit.patterns if isinstance(limit, Limit) else split(limit)
        wanted = set(_Search(inventory, warn, strict=False, position=None).evaluate(parts))
        names = [name for name in names if name in wanted]
    hosts = [host for host in (inventory.host(name) for name in names) if host is not None]
    return ordered(hosts, order, shuffle, position_of(order, pattern))


def ordered(
    hosts: list[Host], order: str | None, shuffle: Callable[[list[Any]], None] = random.shuffle, position: Position | None = None
) -> list[Host]:
    """Return the hosts in the order that a value of the `order` keyword names. Raises InventoryError for another value."""
    if order in (None, "", "inventory"):
        return hosts
    if order == "reverse_inventory":
        return hosts[::-1]
    if order in ("sorted", "reverse_sorted"):
        return sorted(hosts, key=lambda host: host.name, reverse=order == "reverse_sorted")
    if order == "shuffle":
        mixed = list(hosts)
        shuffle(mixed)
        return mixed
    raise InventoryError(
        f"Invalid 'order' specified for inventory hosts: {order}",
        exit_code=5,
        position=position,
        expected="one of " + ", ".join(ORDERS),
        found=str(order),
        nearest=nearest_names(str(order), ORDERS),
    )


def split(pattern: Any) -> list[str]:
    """Return the parts of a pattern: those of a list, else what commas separate, else what colons outside of brackets do."""
    if isinstance(pattern, (list, tuple)):
        return [part for each in pattern for part in split(each)]
    text = str(pattern)
    if "," in text:
        parts = [each.strip() for each in text.split(",")]
    elif ADDRESS.match(text):
        parts = [text]
    else:
        parts = PART.findall(text)
    return [part for part in parts if part]


class _Search:
    """One search in one inventory."""

    def __init__(self, inventory: Inventory, warn: Warn | None, *, strict: bool, position: Position | None) -> None:
        self.inventory = inventory
        self.warn = warn
        self.strict = strict
        self.position = position

    def evaluate(self, parts: Iterable[str]) -> list[str]:
        """Return the names that the parts together mean: first those that add, then `&`, then `!`."""
        given = [part for part in parts if part]
        adding = [part for part in given if part[0] not in "&!"] or [ALL]
        found: dict[str, None] = {}
        for part in adding:
            found.update(dict.fromkeys(self.names(part)))
        for part in given:
            if part[0] == "&":
                kept = set(self.names(part[1:]))
                found = {name: None for name in found if name in kept}
        for part in given:
            if part[0] == "!":
                for name in self.names(part[1:]):
                    found.pop(name, None)
        return list(found)

    def names(self, part: str) -> list[str]:
        """Return the names that one part, without its sign, means."""
        if part in self.inventory.hosts:
            return [part]
        subscript = None if part.startswith("~") else SUBSCRIPT.match(part)
        if not subscript:
            return self.members(part)
        names = self.members(subscript["name"])
        if subscript["index"] is not None:
            return self.one(names, int(subscript["index"]), part)
        last = int(subscript["last"]) + 1 if subscript["last"] else len(names)
        return names[int(subscript["first"]) : last]

    def one(self, names: list[str], index: int, part: str) -> list[str]:
        if -len(names) <= index < len(names):
            return [names[index]]
        if names and self.warn:
            self.warn(
                f"The host pattern {part} asks for a host that is not there: it counts from 0 to {len(names) - 1}", self.position
            )
        return []

    def members(self, name: str) -> list[str]:
        """Return the hosts of the groups, and the hosts, whose names match a name, glob or `~regex`."""
        found: dict[str, None] = {}
        groups = self.matching(name, self.inventory.groups)
        for group in groups:
            found.update(dict.fromkeys(self.inventory.groups[group].members))
        if not groups or name[0] == "~" or GLOB.search(name):
            found.update(dict.fromkeys(self.matching(name, self.inventory.hosts)))
        if not found and name in LOCALHOST:
            host = self.inventory.host(name)
            return [host.name] if host else []
        if not found and name != ALL and not groups:
            self.complain(name)
        return list(found)

    def matching(self, name: str, known: Iterable[str]) -> list[str]:
        if name in known:
            return [name]
        if name[0] == "~":
            try:
                regex = re.compile(name[1:])
            except re.error as problem:
                raise InventoryError(
                    f"Invalid host list pattern: {name}: {problem}",
                    position=self.position,
                    expected="a regular expression after the ~",
                    found=name[1:],
                ) from problem
        elif GLOB.search(name):
            regex = re.compile(fnmatch.translate(name))
        else:
            return []
        return [each for each in known if regex.match(each)]

    def complain(self, name: str) -> None:
        near = nearest_names(name, [*self.inventory.groups, *self.inventory.hosts])
        message = f"Could not match supplied host pattern, ignoring: {name}"
        if self.strict:
            raise InventoryError(
                message.replace(", ignoring", ""),
                position=self.position,
                expected="a group or host of the inventory",
                found=name,
                nearest=near,
            )
        if self.warn:
            self.warn(message + (f" (did you mean {' or '.join(near)}?)" if near else ""), self.position)
