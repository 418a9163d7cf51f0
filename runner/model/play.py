"""Playbooks, plays, roles, blocks and tasks as read: keywords stay as written, static imports are already followed."""

from collections.abc import Mapping
from typing import Any

from runner.model.text import Map, Text
from runner.position import Position
from runner.record import dataclass, field


def short_role_name(name: str) -> str:
    """Return a role's name without the collection it comes from, if it comes from one."""
    return name.split(".", 2)[2] if name.count(".") >= 2 and "/" not in name else name


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One task. args: the module's arguments as written (free-form text under `_raw_params`), or one template that gives them.

    loop: (lookup name, value) of `with_<lookup>`, or ("loop", value). keywords: the task's own, as written.
    """

    position: Position
    action: Text
    args: Any
    keywords: Map
    loop: tuple[str, Any] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A list of statements with rescue and always; also what a static import or a role becomes.

    kind: block, import, use or role. A `use` holds the dependencies of a role and, last, the role's own block.
    role: the role whose tasks stand in it. params: `vars` of the import that count as include
    parameters. public: the role's variables are seen by the whole play.
    """

    position: Position
    keywords: Map
    body: "tuple[Task | Block, ...]" = ()
    rescue: "tuple[Task | Block, ...]" = ()
    always: "tuple[Task | Block, ...]" = ()
    kind: str = "block"
    role: "Role | None" = None
    import_vars: Mapping[str, Any] = field(default_factory=dict)


Statement = Task | Block


@dataclass(frozen=True, slots=True, eq=False)
class Role:
    """A role as used in one place. params: what the use passes besides keywords (the role_params layer).

    key: equal for two uses that Ansible treats as the same run; handlers_key: for two that share their handlers.
    dependencies: the blocks of the roles it depends on.
    specs: argument specification of the entry point, {} when it has none. collections: those its meta names.
    """

    name: str
    path: str
    position: Position
    key: str
    params: Mapping[str, Any]
    defaults: Mapping[str, Any]
    vars: Mapping[str, Any]
    tasks: tuple[Statement, ...]
    handlers: tuple[Statement, ...]
    dependencies: tuple[Block, ...]
    allow_duplicates: bool = False
    public: bool = True
    fqcn: str = ""
    collections: tuple[str, ...] = ()
    handlers_key: str = ""

    @property
    def short_name(self) -> str:
        """The name without the collection it comes from, if it comes from one."""
        return short_role_name(self.name)

    @property
    def collection(self) -> str | None:
        """The collection it comes from, None for a role of one's own."""
        return ".".join(self.name.split(".", 2)[:2]) if self.short_name != self.name else None


@dataclass(frozen=True, slots=True, eq=False)
class Play:
    """One play. keywords: as written. roles: every role it names statically, in order, dependencies first."""

    position: Position
    path: str
    keywords: Map
    pre_tasks: tuple[Statement, ...]
    roles: tuple[Block, ...]
    tasks: tuple[Statement, ...]
    post_tasks: tuple[Statement, ...]
    handlers: tuple[Statement, ...]

    @property
    def name(self) -> str:
        """The play's name as written: `name`, else its hosts."""
        given = self.keywords.get("name")
        if given:
            return str(given)
        hosts = self.keywords.get("hosts", "")
        return ",".join(str(each) for each in hosts) if isinstance(hosts, list) else str(hosts)


@dataclass(frozen=True, slots=True, eq=False)
class Playbook:
    """A playbook file with its imported playbooks in place."""

    path: str
    plays: tuple[Play, ...]
