"""Filters on any value: bool, ternary, mandatory, type_debug."""

from typing import Any

from jinja2 import Undefined as JinjaUndefined

from runner.errors import TemplateError
from runner.model.text import Unsafe
from runner.template.undefined import Undefined, type_word

TRUE = frozenset({"yes", "on", "1", "true"})


def boolean(value: Any) -> bool | None:
    """Return whether a value means true: true, 1, `yes`, `on`, `1`, `true`. None stays None."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, JinjaUndefined):
        str(value)
    if isinstance(value, str):
        return value.lower() in TRUE
    return bool(value == 1)


def ternary(value: Any, true_val: Any, false_val: Any, none_val: Any = None) -> Any:
    """Return true_val or false_val; for None none_val, if there is one."""
    if value is None and none_val is not None:
        return none_val
    return true_val if bool(value) else false_val


def mandatory(value: Any, msg: str | None = None) -> Any:
    """Return a value that must be defined. Raises TemplateError with the message given."""
    if isinstance(value, JinjaUndefined):
        name = value.missing_name() if isinstance(value, Undefined) else None
        called = f" '{name}' " if name else ""
        raise TemplateError(str(msg) if msg else f"Mandatory variable{called} not defined.", found=str(name or ""))
    return value


def type_debug(value: Any) -> str:
    """Return the name of a value's type; of text that is data and of what is undefined, Ansible's name for it."""
    if isinstance(value, Undefined):
        return "AnsibleUndefined"
    return "AnsibleUnsafeText" if isinstance(value, Unsafe) else type_word(value)


FILTERS = {"bool": boolean, "ternary": ternary, "mandatory": mandatory, "type_debug": type_debug}
