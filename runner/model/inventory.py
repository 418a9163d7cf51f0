"""The inventory as the engine sees it: hosts and groups that no longer change, every relation worked out."""

from runner.model.text import Map, Template, Text
from runner.position import Position
from runner.record import dataclass, field

ALL = "all"
UNGROUPED = "ungrouped"
LOCALHOST = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Host:
    """One host. vars: from the inventory sources only. groups: every group it is in, ancestors too, lowest precedence first.

    file and folder: the source that first named it, and that source's folder (inventory_file, inventory_dir). implicit: localhost
    that no source names.
    """

    name: str
    vars: Map
    groups: tuple[str, ...] = ()
    file: str | None = None
    folder: str | None = None
    implicit: bool = False
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """One group. hosts: direct ones. members: direct and inherited, in inventory order. depth: 0 for all.

    priority: the value of ansible_group_priority.
    """

    name: str
    vars: Map
    hosts: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    depth: int = 0
    priority: int = 1
    position: Position | None = None

    def rank(self) -> tuple[int, int, str]:
        """Return the sort key of precedence: a group later in this order overrides."""
        return (self.depth, self.priority, self.name)


@dataclass(frozen=True, slots=True)
class Source:
    """One `-i` argument. path: absolute, or the host list itself. folder: where its group_vars stand, if anywhere."""

    path: str
    folder: str | None


@dataclass(frozen=True, slots=True)
class Inventory:
    """Hosts and groups by name, in the order in which the sources named them."""

    hosts: dict[str, Host] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()

    def host(self, name: str) -> Host | None:
        """Return the host of that name; a local one is made up when no source names it and `name` is a name of localhost."""
        found = self.hosts.get(name)
        if found is not None or name not in LOCALHOST:
            return found
        return next((host for other, host in self.hosts.items() if other in LOCALHOST), None) or implicit_localhost(name)


def implicit_localhost(name: str, interpreter: Text | None = None) -> Host:
    """Return the host that stands for the control machine when no source names it. interpreter: its Python."""
    python = interpreter or Template("{{ ansible_playbook_python }}")
    return Host(name, Map({"ansible_connection": Text("local"), "ansible_python_interpreter": python}), implicit=True)
