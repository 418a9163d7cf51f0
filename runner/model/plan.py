"""What is to be run: statements with everything they inherit worked out. Values only; `plan` makes them, `execute` walks them."""

from collections.abc import Mapping
from typing import Any

from runner.model.play import Role, Task
from runner.position import Position
from runner.record import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What a statement inherits from all that stands around it, outermost first.

    keywords: keyword -> value of the innermost statement that sets it. when, tags, environment, module_defaults, collections: everything
    set on the way. vars: vars mappings. include_params: vars of dynamic includes. role: the role it belongs to; parents: the roles
    that led to that one, nearest first. chain: the roles that depend on it, nearest first.
    base: folder of the file, for relative names. trail: includes that led here.
    """

    keywords: Mapping[str, Any] = field(default_factory=dict)
    when: tuple[Any, ...] = ()
    tags: tuple[Any, ...] = ()
    environment: tuple[Any, ...] = ()
    module_defaults: tuple[Any, ...] = ()
    collections: tuple[Any, ...] = ()
    vars: tuple[Mapping[str, Any], ...] = ()
    include_params: tuple[Mapping[str, Any], ...] = ()
    role: Role | None = None
    parents: tuple[Role, ...] = ()
    chain: tuple[Role, ...] = ()
    base: str = "."
    section: str = "tasks"
    trail: tuple[Position, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PlanTask:
    """A task ready to run on any host.

    frame: what it inherits with its own keywords on top; outer: without them. key: its place in the order of the play (longer keys stand
    inside shorter ones).
    """

    task: Task
    frame: Frame
    outer: Frame
    key: tuple[int, ...]
    handler: bool = False
    implicit: bool = False

    @property
    def position(self) -> Position:
        """Where the task stands."""
        return self.task.position

    def keyword(self, name: str, default: Any = None) -> Any:
        """Return the effective raw value of a keyword."""
        return self.frame.keywords.get(name, default)


@dataclass(frozen=True, slots=True, eq=False)
class PlanBlock:
    """Statements with rescue and always. role: the block is the whole run of this role."""

    position: Position
    frame: Frame
    key: tuple[int, ...]
    body: "tuple[PlanTask | PlanBlock, ...]"
    rescue: "tuple[PlanTask | PlanBlock, ...]" = ()
    always: "tuple[PlanTask | PlanBlock, ...]" = ()
    role: Role | None = None


PlanStatement = PlanTask | PlanBlock


@dataclass(frozen=True, slots=True, eq=False)
class PlanPlay:
    """A play ready to run. sections: (name, statements); handlers are flushed after each. frame: the play's own keywords.

    roles: all, in the order of their run. mentioned: those that it names itself, as often as it does.
    """

    position: Position
    path: str
    name: Any
    frame: Frame
    keywords: Mapping[str, Any]
    sections: tuple[tuple[str, tuple[PlanStatement, ...]], ...]
    handlers: tuple[PlanTask, ...]
    roles: tuple[Role, ...]
    mentioned: tuple[Role, ...]
    index: int
