"""An inventory in the making: sources, add_host and group_by add to it, `freeze` works out every relation."""

import re
from collections.abc import Callable
from typing import Any

from runner.errors import InventoryError
from runner.model.combine import combine
from runner.model.inventory import ALL, LOCALHOST, UNGROUPED, Group, Host, Inventory, Source
from runner.model.text import Map
from runner.position import Position
from runner.record import dataclass, field, replace

INVALID_GROUP_CHARACTERS = re.compile(r"^[\d\W]|[^\w]")

Warn = Callable[[str], None]


@dataclass(slots=True)
class DraftHost:
    vars: Map
    file: str | None
    folder: str | None
    position: Position | None
    groups: list[str] = field(default_factory=list)


@dataclass(slots=True)
class DraftGroup:
    vars: Map
    position: Position | None
    hosts: dict[str, None] = field(default_factory=dict)
    children: dict[str, None] = field(default_factory=dict)
    parents: dict[str, None] = field(default_factory=dict)
    priority: int = 1


class Draft:
    """Hosts and groups being collected.

    warn: is told of odd names, each text once. group_names: what to do with characters a variable name may not hold: never
    (keep, warn), ignore (keep), always (replace, warn), silently (replace). deep: a mapping set again is merged with what was
    there before (hash_behaviour = merge).
    """

    def __init__(self, warn: Warn, group_names: str = "never", *, deep: bool = False) -> None:
        self.hosts: dict[str, DraftHost] = {}
        self.groups: dict[str, DraftGroup] = {}
        self.sources: list[Source] = []
        self.file: str | None = None
        self.folder: str | None = None
        self.group_names = group_names
        self.deep = deep
        self._warn = warn
        self._warned: set[str] = set()
        self.add_group(ALL)
        self.add_group(UNGROUPED)
        self.add_child(ALL, UNGROUPED)

    @classmethod
    def of(cls, inventory: Inventory, warn: Warn, group_names: str = "never") -> "Draft":
        """Return a draft that begins as a copy of `inventory`."""
        self = cls(warn, group_names)
        self.sources = list(inventory.sources)
        for name, group in inventory.groups.items():
            hosts, children, parents = (dict.fromkeys(each) for each in (group.hosts, group.children, group.parents))
            made = DraftGroup(
                Map(group.vars, position=group.vars.position), group.position, hosts, children, parents, group.priority
            )
            self.groups[name] = made
        for name, host in inventory.hosts.items():
            groups = [each for each in host.groups if name in self.groups[each].hosts]
            values = Map(host.vars, position=host.vars.position)
            self.hosts[name] = DraftHost(values, host.file, host.folder, host.position, groups)
        return self

    def trial(self) -> "Draft":
        """Return a copy to try something on; `accept` takes it over if that went well."""
        copy = Draft(self.warn, self.group_names, deep=self.deep)
        copy.hosts = {
            name: replace(each, vars=Map(each.vars, position=each.vars.position), groups=list(each.groups))
            for name, each in self.hosts.items()
        }
        copy.groups = {
            name: replace(
                each,
                vars=Map(each.vars, position=each.vars.position),
                hosts=dict(each.hosts),
                children=dict(each.children),
                parents=dict(each.parents),
            )
            for name, each in self.groups.items()
        }
        copy.sources = list(self.sources)
        copy.begin(self.file, self.folder)
        return copy

    def accept(self, trial: "Draft") -> None:
        """Take over the hosts and groups of a trial."""
        self.hosts, self.groups = trial.hosts, trial.groups

    def warn(self, text: str) -> None:
        """Warn once of each text."""
        if text not in self._warned:
            self._warned.add(text)
            self._warn(text)

    def begin(self, file: str | None, folder: str | None) -> None:
        """Say which source the next hosts come from."""
        self.file, self.folder = file, folder

    def add_group(self, name: str, position: Position | None = None) -> str:
        """Add a group unless it exists; return its name, cleaned if the setting says so. Raises InventoryError when empty."""
        if not isinstance(name, str) or not name:
            raise InventoryError(f"Invalid group name supplied, expected a string but got {name!r}", position=position)
        name = self.clean(name)
        if name not in self.groups:
            self.groups[name] = DraftGroup(Map(position=position), position)
        return name

    def clean(self, name: str) -> str:
        """Return a group name as `group_names` wants it."""
        if not INVALID_GROUP_CHARACTERS.search(name) or self.group_names == "ignore":
            return name
        if self.group_names == "never":
            self.warn("Invalid characters were found in group names but not replaced, use -vvvv to see details")
            return name
        if self.group_names == "always":
            self.warn("Invalid characters were found in group names and automatically replaced, use -vvvv to see details")
        return INVALID_GROUP_CHARACTERS.sub("_", name)

    def add_host(self, name: str, group: str | None = None, port: int | None = None, position: Position | None = None) -> str:
        """Add a host unless it exists, and put it in a group that exists. Raises InventoryError for an empty name."""
        if not isinstance(name, str) or not name:
            raise InventoryError(f"Invalid host name supplied, expected a string but got {name!r}", position=position)
        if name not in self.hosts:
            self._warn_of_second_localhost(name)
            self.hosts[name] = DraftHost(Map(position=position), self.file, self.folder, position)
            if port:
                self.hosts[name].vars["ansible_port"] = port
        if group:
            self._put_host(group, name, position)
        return name

    def _put_host(self, group: str, name: str, position: Position | None) -> None:
        if group not in self.groups:
            raise InventoryError(f"{group} is not a known group", position=position)
        self.groups[group].hosts[name] = None
        if group not in self.hosts[name].groups:
            self.hosts[name].groups.append(group)

    def _warn_of_second_localhost(self, name: str) -> None:
        first = next((each for each in LOCALHOST if each in self.hosts), None)
        if first and name in LOCALHOST:
            self.warn(f"A duplicate localhost-like entry was found ({name}). First found localhost was {first}")

    def add_child(self, group: str, child: str, position: Position | None = None) -> None:
        """Put a group or a host that exists into a group that exists. Raises InventoryError if not, or for a circle."""
        if group not in self.groups:
            raise InventoryError(f"{group} is not a known group", position=position)
        if child in self.groups:
            if child == group:
                raise InventoryError(f"can't add group {group} to itself", position=position)
            if group in self._below(child):
                raise InventoryError(
                    f"Adding group '{child}' as child to '{group}' creates a recursive dependency loop.",
                    position=position,
                    expected="groups without a circle",
                    remedy=f"take {group} out of the descendants of {child}",
                )
            self.groups[group].children[child] = None
            self.groups[child].parents[group] = None
        elif child in self.hosts:
            self._put_host(group, child, position)
        else:
            raise InventoryError(f"{child} is not a known host nor group", position=position)

    def _below(self, name: str) -> dict[str, None]:
        """Return the group and its descendants, level by level."""
        found = {name: None}
        level = [name]
        while level:
            level = list(dict.fromkeys(child for each in level for child in self.groups[each].children if child not in found))
            found.update(dict.fromkeys(level))
        return found

    def set_var(self, entity: str, key: Any, value: Any) -> None:
        """Set a variable of a group or host. `ansible_group_priority` of a group becomes its priority.

        Raises InventoryError when there is no such group or host, or the priority is no number.
        """
        if entity in self.groups:
            if key == "ansible_group_priority":
                self.groups[entity].priority = _priority(entity, value)
            else:
                self._set(self.groups[entity], key, value)
        elif entity in self.hosts:
            self._set(self.hosts[entity], key, value)
        else:
            raise InventoryError(f"Could not identify group or host named {entity}")

    def set_host_var(self, host: str, key: Any, value: Any) -> None:
        """Set a variable of a host, even if a group has the same name."""
        self._set(self.hosts[host], key, value)

    def _set(self, owner: DraftHost | DraftGroup, key: Any, value: Any) -> None:
        if self.deep:
            owner.vars = combine(owner.vars, {key: value}, deep=True)
        else:
            owner.vars[key] = value

    def freeze(self) -> Inventory:
        """Return the inventory. Hosts of no group are in `ungrouped`, groups of no parent in `all`."""
        self._reconcile()
        depths = self._depths()
        groups = {name: self._group(name, each, depths[name]) for name, each in self.groups.items()}
        above: dict[str, frozenset[str]] = {}
        for name in sorted(groups, key=lambda each: depths[each]):
            above[name] = frozenset({name}).union(*(above[parent] for parent in groups[name].parents))
        hosts = {name: self._host(name, each, groups, above) for name, each in self.hosts.items()}
        return Inventory(hosts, groups, tuple(self.sources))

    def _reconcile(self) -> None:
        for name, group in self.groups.items():
            if name != ALL and not group.parents:
                self.add_child(ALL, name)
        for name, host in self.hosts.items():
            own = [each for each in host.groups if each not in (ALL, UNGROUPED)]
            if own:
                self.groups[UNGROUPED].hosts.pop(name, None)
                host.groups = [each for each in host.groups if each != UNGROUPED]
            elif UNGROUPED not in host.groups:
                self._put_host(UNGROUPED, name, None)
            if name in self.groups:
                self.warn(f"Found both group and host with same name: {name}")

    def _depths(self) -> dict[str, int]:
        depths: dict[str, int] = {}

        def depth(name: str) -> int:
            if name not in depths:
                depths[name] = max((depth(parent) + 1 for parent in self.groups[name].parents), default=0)
            return depths[name]

        return {name: depth(name) for name in self.groups}

    def _group(self, name: str, made: DraftGroup, depth: int) -> Group:
        members = dict.fromkeys(host for each in self._below(name) for host in self.groups[each].hosts)
        return Group(
            name,
            made.vars,
            hosts=tuple(made.hosts),
            children=tuple(made.children),
            parents=tuple(made.parents),
            members=tuple(members),
            depth=depth,
            priority=made.priority,
            position=made.position,
        )

    def _host(self, name: str, made: DraftHost, groups: dict[str, Group], above: dict[str, frozenset[str]]) -> Host:
        names = frozenset({ALL}).union(*(above[each] for each in made.groups))
        ranked = sorted(names, key=lambda each: groups[each].rank())
        return Host(name, made.vars, tuple(ranked), made.file, made.folder, position=made.position)


def _priority(group: str, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as problem:
        raise InventoryError(
            f"ansible_group_priority of group {group} is not a whole number",
            position=getattr(value, "position", None),
            expected="a whole number",
            found=str(value),
        ) from problem
