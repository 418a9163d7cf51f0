"""What lint knows of a playbook: tasks where they stand, plays, roles and template files."""

from collections.abc import Iterator, Mapping
from typing import Any

from runner.model.play import Task
from runner.model.text import Map
from runner.parse.place import Place
from runner.position import Position
from runner.record import dataclass, field

MISSING = object()


@dataclass(slots=True, eq=False)
class RoleFacts:
    """A role's folder as read. specs: entry point -> specification; spec_at: where they are written.

    open: something in it is included by a name that is only known when it runs.
    """

    name: str
    path: str
    defaults: Map = field(default_factory=Map)
    vars: Map = field(default_factory=Map)
    meta: Map = field(default_factory=Map)
    specs: Mapping[str, Any] = field(default_factory=dict)
    sites: "list[Site]" = field(default_factory=list)
    handlers: "list[Site]" = field(default_factory=list)
    dependencies: "list[RoleFacts]" = field(default_factory=list)
    templates: "list[TemplateFacts]" = field(default_factory=list)
    open: bool = False

    def everything(self) -> "Iterator[RoleFacts]":
        """Yield the role and those it depends on."""
        yield self
        for each in self.dependencies:
            yield from each.everything()


@dataclass(slots=True, eq=False)
class Site:
    """A task where it stands. entry: as written. around: the keywords of what stands around it, outermost first.

    loops: the loop variables of the includes that led to its file. play: the play's keywords, None in a role read by itself.
    """

    task: Task
    entry: Map
    place: Place
    around: tuple[Map, ...] = ()
    handler: bool = False
    role: RoleFacts | None = None
    loops: tuple[str, ...] = ()
    scope: tuple[Mapping[str, Any], ...] = ()

    @property
    def position(self) -> Position:
        """Where the task begins."""
        return self.task.position

    def keyword(self, name: str) -> Any:
        """Return the value of a keyword that is in force: the task's own, else the nearest around it; None when there is none."""
        for keywords in (self.task.keywords, *reversed(self.around)):
            if name in keywords:
                return keywords[name]
        return None

    def known(self, name: str) -> Any:
        """Return the value of a variable as it is written nearby, or MISSING."""
        for keywords in (self.task.keywords, *reversed(self.around)):
            values = keywords.get("vars")
            if isinstance(values, dict) and name in values:
                return values[name]
        for values in self.scope:
            if name in values:
                return values[name]
        return MISSING

    def loop_variable(self) -> str:
        """Return the name of the task's loop variable, "" when it has no loop or the name is made by a template."""
        if self.task.loop is None:
            return ""
        control = self.task.keywords.get("loop_control")
        return str(control.get("loop_var", "item")) if isinstance(control, dict) else "item"


@dataclass(slots=True, eq=False)
class PlayFacts:
    """A play as read. sites: its own tasks, those of included files too; roles: every role it names statically."""

    entry: Map
    path: str
    sites: list[Site] = field(default_factory=list)
    handlers: list[Site] = field(default_factory=list)
    roles: list[RoleFacts] = field(default_factory=list)
    open: bool = False

    def all_roles(self) -> list[RoleFacts]:
        """Return its roles with those they depend on or include, each once."""
        found: dict[str, RoleFacts] = {}
        for role in self.roles:
            for each in role.everything():
                found.setdefault(each.path, each)
        return list(found.values())


@dataclass(frozen=True, slots=True, eq=False)
class TemplateFacts:
    """A template file. role: the one it is in."""

    path: str
    text: str
    role: RoleFacts | None = None
