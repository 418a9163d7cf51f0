"""A value that is not there: it can be tested, defaulted and walked into; anything else raises."""

from typing import Any, NoReturn

from jinja2 import StrictUndefined
from jinja2.exceptions import TemplateRuntimeError, UndefinedError
from jinja2.utils import missing

from runner.errors import UndefinedVariable
from runner.model.text import Encrypted
from runner.model.variables import VariablesMapping
from runner.template.kept import KeepText, KeptData

BUILTIN = {dict: "dict", list: "list", str: "str", tuple: "tuple", int: "int", float: "float"}


class Used(UndefinedError):
    """An undefined value was used. `undefined` is that value."""

    def __init__(self, undefined: "Undefined") -> None:
        super().__init__(undefined.sentence())
        self.undefined = undefined


class Undefined(StrictUndefined):
    """What Jinja2 makes of a missing name, attribute or item.

    `reason` is the error of the nested template that could not be rendered, when that is why the value is missing.
    """

    __slots__ = ("reason",)

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: str | None = None,
        exc: type[TemplateRuntimeError] = UndefinedError,
        reason: UndefinedVariable | None = None,
    ) -> None:
        super().__init__(hint, obj, name, exc)
        self.reason = reason

    def sentence(self) -> str:
        """Return Ansible's sentence about it: `'x' is undefined`, `'dict object' has no attribute 'x'`."""
        if self.reason is not None:
            return self.reason.message
        if self._undefined_hint:
            return self._undefined_hint
        if self._undefined_obj is missing:
            return f"{self._undefined_name!r} is undefined"
        kind = type_word(self._undefined_obj)
        if not isinstance(self._undefined_name, str):
            return f"{kind} object has no element {self._undefined_name!r}"
        return f"'{kind} object' has no attribute {str(self._undefined_name)!r}"

    def missing_name(self) -> Any:
        """Return the name, attribute or index that is missing."""
        return self._undefined_name

    def owner(self) -> Any:
        """Return the object that lacks it, or jinja2's `missing` for a variable."""
        return self._undefined_obj

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        if self._undefined_exception is not UndefinedError:
            raise self._undefined_exception(self.sentence())
        raise Used(self)

    def __repr__(self) -> str:
        return f"AnsibleUndefined(hint={self._undefined_hint!r}, name={self._undefined_name!r})"

    def __getattr__(self, name: str) -> Any:
        if name[:2] == "__":
            raise AttributeError(name)
        return self

    def __getitem__(self, key: Any) -> Any:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _refuse
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _refuse
    __pos__ = __neg__ = __call__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __int__ = __float__ = __complex__ = __pow__ = __rpow__ = _refuse
    __iter__ = __str__ = __len__ = _refuse
    __eq__ = __ne__ = __bool__ = __hash__ = __contains__ = _refuse
    _fail_with_undefined_error = _refuse


def type_word(value: Any) -> str:
    """Return the name of a value's type as Ansible's messages have it; our own string and container types are plain ones."""
    if isinstance(value, Encrypted):
        return "AnsibleVaultEncryptedUnicode"
    if isinstance(value, KeepText):
        return "NativeJinjaUnsafeText" if isinstance(value, KeptData) else "NativeJinjaText"
    for kind, word in BUILTIN.items():
        if isinstance(value, kind) and not isinstance(value, bool):
            return word
    if isinstance(getattr(value, "raw", value), VariablesMapping):
        return "ansible.vars.hostvars.HostVarsVars"
    return type(value).__name__
