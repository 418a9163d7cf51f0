"""One rendering: a view of the variables, and the chain of templates being rendered in it."""

from collections.abc import Callable
from typing import Any, Protocol

from runner.errors import TemplateError, UndefinedVariable
from runner.model.text import Encrypted, Template, Text
from runner.model.variables import MISSING, Variables, VariablesMapping
from runner.position import Position
from runner.template.as_written import as_written
from runner.template.lazy import NOTHING, Lazy, deep
from runner.template.plain import SCALARS
from runner.template.settings import Hooks, TemplateSettings
from runner.template.undefined import Undefined


class Room(Protocol):
    """What a rendering needs of the templar it belongs to."""

    hooks: Hooks
    settings: TemplateSettings
    environment: Any
    lookups: Any

    def run(self, source: str, rendering: "Rendering") -> Any:
        """Return the value of a template's text in a rendering. Raises TemplateError."""
        ...

    def run_expression(self, source: str, rendering: "Rendering", keep: bool = False) -> Any:
        """Return the value of an expression. Raises TemplateError."""
        ...

    def explained(self, error: Exception, source: str, rendering: "Rendering") -> Exception:
        """Return the user's error for anything raised in a template."""
        ...

    def run_file(self, text: str, path: str, rendering: "Rendering", options: Any, names: dict[str, Any] | None = None) -> str:
        """Return a template file's text rendered. Raises TemplateError."""
        ...


class Rendering:
    """Finds, renders and keeps the variables of one view. stack: the template texts being rendered, with their views.

    written: what cannot be rendered for want of a variable is given to the looker-on as it is written (`hostvars`).
    """

    __slots__ = ("depth", "room", "stack", "variables")

    def __init__(
        self,
        room: Room,
        variables: Variables,
        stack: list[tuple[str, Variables, str | None]] | None = None,
        *,
        written: bool = False,
    ) -> None:
        self.room = room
        self.variables = variables
        self.stack = [] if stack is None else stack
        # how deep in the stack the looker-on stands
        self.depth = len(self.stack) if written else -1

    def resolve(self, name: str) -> Any:
        """Return a variable: a scalar as it is, anything else as a Lazy; NOTHING when it does not exist."""
        variables = self.variables
        if name in variables.rendered:
            return variables.rendered[name]
        raw = variables.find(name)
        if raw.__class__ in SCALARS:
            return raw
        if raw is MISSING:
            return Lazy(self, VariablesMapping(variables)) if name == "vars" else NOTHING
        return Lazy(self, raw, name)

    def value(self, name: str) -> Any:
        """Return a variable rendered, or an Undefined."""
        found = self.resolve(name)
        if found.__class__ is Lazy:
            return found.force()
        return Undefined(name=name) if found is NOTHING else found

    def force(self, raw: Any, name: str | None = None) -> Any:
        """Return a raw value rendered deeply, or an Undefined when a variable it uses is missing. Raises TemplateError."""
        # A vault text is kept under another key, so that the test vault_encrypted still finds it as it is written.
        key = f"{name}\0" if name is not None and raw.__class__ is Encrypted else name
        if key is not None:
            kept = self.variables.rendered.get(key, NOTHING)
            if kept is not NOTHING:
                return kept
        try:
            if raw.__class__ is Template:
                value = self.template(raw, name)
            else:
                value = deep(raw, self, self.leaf if name is None else self._leaf_of(name))
        except UndefinedVariable as error:
            if self.depth == len(self.stack):
                return as_written(raw, self)
            return Undefined(name=name, reason=error)
        if key is not None:
            self.variables.rendered[key] = value
        return value

    def _leaf_of(self, name: str) -> Callable[[Any], Any]:
        return lambda value: self.leaf(value, name)

    def leaf(self, value: Text, name: str | None = None) -> Any:
        """Return a template or vault text as what it stands for."""
        if isinstance(value, Encrypted):
            return self.room.hooks.decrypt(value)
        return self.template(value, name)

    def template(self, source: Text, name: str | None = None) -> Any:
        """Return the value of a template. name: the variable it is the value of. Raises TemplateError."""
        stack = self.stack
        for each in stack:
            if each[0] is source and each[1] is self.variables:
                raise self._circle(source, name)
        stack.append((source, self.variables, name))
        try:
            return self.room.run(source, self)
        finally:
            stack.pop()

    def _circle(self, source: Text, name: str | None) -> TemplateError:
        start = next(index for index, each in enumerate(self.stack) if each[0] is source)
        loop = [*self.stack[start:], (source, self.variables, name)]
        names = [each[2] or str(each[0]) for each in loop]
        places = [each[0].position for each in loop[:-1] if isinstance(each[0], Text) and each[0].position]
        return TemplateError(
            f"recursive loop detected in template string: {source}",
            position=source.position,
            expected="variables that do not need themselves",
            found=" -> ".join(names),
            remedy="give one of them another name, or a value that does not use the others",
            trail=_without(places, source.position),
        )

    def other(self, mapping: VariablesMapping) -> "Rendering":
        """Return a rendering in the view of another host, which shares the chain."""
        if mapping.variables is self.variables:
            return self
        return Rendering(self.room, mapping.variables, self.stack, written=mapping.written)

    def undefined(self, owner: Any, name: Any) -> Undefined:
        """Return the Undefined for something that `owner` lacks."""
        if not isinstance(owner, (dict, VariablesMapping)) and hasattr(owner, "keys"):
            return Undefined(name=f"hostvars[{str(name)!r}]")
        return Undefined(obj=owner, name=name)

    def attribute(self, value: Any, name: str) -> Any:
        """Return an attribute of a rendered value."""
        return self.room.environment.path_attribute(value, name)

    def item(self, value: Any, key: Any) -> Any:
        """Return an item of a rendered value."""
        return self.room.environment.path_item(value, key)


def _without(places: list[Position], own: Position | None) -> list[Position]:
    return [each for each in dict.fromkeys(places) if each != own]
