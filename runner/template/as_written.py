"""What `hostvars` gives of a value that needs variables of a play or task: the value as the user wrote it, as Ansible does."""

from typing import Any, Protocol

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError

from runner.errors import UndefinedVariable
from runner.model.text import Text, Unsafe
from runner.model.variables import Variables
from runner.template.lazy import deep, written


class Looks(Protocol):
    """What is needed of the rendering of the other host. stack: the templates being rendered, the looker-on's last."""

    room: Any
    stack: list[tuple[str, Variables, str | None]]

    def leaf(self, value: Text, name: str | None = None) -> Any:
        """Return a template or vault text as what it stands for. Raises UndefinedVariable."""
        ...


def as_written(raw: Any, rendering: Looks) -> Any:
    """Return a raw value with what can be rendered rendered, and the other templates as they are.

    They stay templates, for where the value goes: a variable made of it is rendered with what is known there. They become plain text
    when the looker-on's template also uses text that is marked as data.
    """

    def leaf(value: Text) -> Any:
        try:
            return rendering.leaf(value)
        except UndefinedVariable as error:
            rendering.room.hooks.warn(
                f"hostvars gives {str(value)!r} as it is written, since outside of plays and roles {error.message}", value.position
            )
            return value

    found = deep(raw, None, leaf)
    return written(found) if uses_data(rendering) else found


def uses_data(rendering: Looks) -> bool:
    """Tell whether the template of the looker-on uses a variable that holds text which is data."""
    if not rendering.stack:
        return True
    source, variables, _ = rendering.stack[-1]
    try:
        names = {node.name for node in rendering.room.environment.parse(source).find_all(nodes.Name)}
    except TemplateSyntaxError:
        return True
    return any(holds_data(variables.find(name)) for name in names)


def holds_data(value: Any) -> bool:
    """Tell whether a raw value is, or holds, text that is marked as data."""
    if isinstance(value, dict):
        return any(holds_data(each) for each in value.values())
    if isinstance(value, list):
        return any(holds_data(each) for each in value)
    return isinstance(value, Unsafe)
