"""Dataclasses that cost next to nothing to define: their `__init__` is compiled when the first object is made.

Some eighty dataclasses are defined before the first task runs, and the standard library compiles six functions for each, which
took half of the start-up. These mean the same, for what we use: no inheritance, no ClassVar, no ordering. To mypy they are the
standard library's own.
"""

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from dataclasses import Field, FrozenInstanceError, dataclass, field, fields, is_dataclass, replace
else:
    T = TypeVar("T")
    MISSING = object()

    class FrozenInstanceError(AttributeError):
        """An attribute of a frozen object was set."""

    class Field:
        """One field. default / default_factory: MISSING where there is none."""

        __slots__ = ("default", "default_factory", "init", "metadata", "name", "repr", "type")

        def __init__(self, default, default_factory, init, repr, metadata):
            if default.__class__.__hash__ is None:
                raise ValueError(f"a default of type {type(default).__name__} would be shared; use default_factory")
            self.default, self.default_factory, self.init, self.repr = default, default_factory, init, repr
            self.metadata = metadata or {}
            self.name = self.type = None

        @property
        def required(self):
            """Whether an object cannot be made without it."""
            return self.default is MISSING and self.default_factory is MISSING

    def field(*, default=MISSING, default_factory=MISSING, init=True, repr=True, metadata: Mapping[str, Any] | None = None):
        """Return a field with more than a plain default."""
        return Field(default, default_factory, init, repr, metadata)

    def dataclass(cls: type[T] | None = None, *, frozen: bool = False, slots: bool = False, eq: bool = True):
        """Make a class of annotated fields a record; see `dataclasses.dataclass`."""
        if cls is None:
            return lambda given: _record(given, frozen, slots, eq)
        return _record(cls, frozen, slots, eq)

    def _record(cls, frozen, slots, eq):
        body = dict(cls.__dict__)
        found: dict[str, Field] = {}
        # Python 3.14 keeps annotations as a function; asking the class gives them in every version.
        for name, kind in (body.get("__annotations__") or cls.__annotations__).items():
            given = body.pop(name, MISSING)
            one = given if given.__class__ is Field else Field(given, MISSING, True, True, None)
            one.name, one.type = name, kind
            found[name] = one
            if not slots and one.default is not MISSING:
                body[name] = one.default
        body["__dataclass_fields__"] = found
        body["__match_args__"] = tuple(name for name, one in found.items() if one.init)
        body.setdefault("__repr__", _repr)
        if slots:
            body["__slots__"] = tuple(found)
        body.pop("__dict__", None)
        body.pop("__weakref__", None)
        if eq:
            body["_values"] = staticmethod(attrgetter(*found) if found else _nothing)
            body.setdefault("__eq__", _eq)
            body["__hash__"] = _hash if frozen else None
        if frozen:
            body.update(__setattr__=_refuse, __delattr__=_refuse, __getstate__=_state, __setstate__=_set_state)
        body["__init__"] = _first_init
        return type(cls)(cls.__name__, cls.__bases__, body)

    def _first_init(self, *args, **given):
        """Compile the real `__init__` and put it in place of this one."""
        cls = type(self)
        made = _compiled(cls)
        type.__setattr__(cls, "__init__", made)
        made(self, *args, **given)

    def _compiled(cls) -> Callable[..., None]:
        names: dict[str, Any] = {"MISSING": MISSING}
        parameters, lines = [], []
        frozen = cls.__setattr__ is _refuse
        for name, one in cls.__dataclass_fields__.items():
            value = name
            if one.default_factory is not MISSING:
                names[f"make_{name}"] = one.default_factory
                value = f"make_{name}() if {name} is MISSING else {name}" if one.init else f"make_{name}()"
            if one.init:
                names[f"default_{name}"] = one.default
                parameters.append(name if one.required else f"{name}=default_{name}")
            elif one.default_factory is MISSING:
                continue
            if frozen and "__slots__" in cls.__dict__:
                names[f"set_{name}"] = cls.__dict__[name].__set__
                lines.append(f"set_{name}(self, {value})")
            elif frozen:
                lines.append(f"object.__setattr__(self, {name!r}, {value})")
            else:
                lines.append(f"self.{name} = {value}")
        if hasattr(cls, "__post_init__"):
            lines.append("self.__post_init__()")
        exec(f"def __init__({', '.join(['self', *parameters])}):\n " + "\n ".join(lines or ["pass"]), names)  # noqa: S102 our own text
        made: Callable[..., None] = names["__init__"]
        made.__qualname__ = f"{cls.__qualname__}.__init__"
        return made

    def _nothing(_self):
        return ()

    def _repr(self):
        shown = [one.name for one in self.__dataclass_fields__.values() if one.repr]
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def _eq(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self._values(self) == self._values(other)

    def _hash(self):
        return hash(self._values(self))

    def _refuse(self, name, value=None):
        raise FrozenInstanceError(f"cannot change '{name}' of a {type(self).__name__}")

    def _state(self):
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def _set_state(self, state):
        for name, value in state.items():
            object.__setattr__(self, name, value)

    def fields(record) -> Iterable[Field]:
        """Return the fields of a record or record class."""
        return tuple(record.__dataclass_fields__.values())

    def is_dataclass(value) -> bool:
        """Tell whether a value or class is a record."""
        return hasattr(value, "__dataclass_fields__")

    def replace(record: T, /, **changes: Any) -> T:
        """Return a copy with some fields changed."""
        for name, one in record.__dataclass_fields__.items():
            if one.init and name not in changes:
                changes[name] = getattr(record, name)
        return type(record)(**changes)


__all__ = ["Field", "FrozenInstanceError", "dataclass", "field", "fields", "is_dataclass", "replace"]
