"""Steps into variables that hold templates: what lies on the path is rendered, the rest of the container is not."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from runner.model.text import Encrypted, Template
from runner.model.variables import VariablesMapping
from runner.template.plain import SCALARS
from runner.template.undefined import Undefined

DICT_WORDS = frozenset(name for name in dir(dict) if not name.startswith("_"))
LIST_WORDS = frozenset(name for name in dir(list) if not name.startswith("_"))
MAPPING_WORDS = frozenset({"get", "keys", "values", "items"})
NOTHING = object()
# A host's variables name all hosts again; who walks over them all is not led in a circle.
ENDLESS = frozenset({"hostvars", "vars"})


class Renders(Protocol):
    """What a step needs of the rendering it belongs to."""

    def force(self, raw: Any, name: str | None = None) -> Any:
        """Return a raw value rendered deeply, or an Undefined when it cannot be."""
        ...

    def resolve(self, name: str) -> Any:
        """Return a variable: a scalar as it is, anything else as a Lazy; NOTHING when it does not exist."""
        ...

    def other(self, mapping: VariablesMapping) -> "Renders":
        """Return a rendering in the view of another host."""
        ...

    def undefined(self, owner: Any, name: Any) -> Any:
        """Return the Undefined for something that `owner` lacks."""
        ...

    def attribute(self, value: Any, name: str) -> Any:
        """Return an attribute of a rendered value, as an expression sees it."""
        ...

    def item(self, value: Any, key: Any) -> Any:
        """Return an item of a rendered value, as an expression sees it."""
        ...


class Lazy:
    """A raw value on the way: a container or template that is rendered once it is used. name: of the variable it is, if any."""

    __slots__ = ("name", "raw", "rendering")

    def __init__(self, rendering: Renders, raw: Any, name: str | None = None) -> None:
        self.rendering = rendering
        self.raw = raw
        self.name = name

    def force(self) -> Any:
        """Return the value rendered."""
        return self.rendering.force(self.raw, self.name)

    def attribute(self, word: str) -> Any:
        """Return `value.word`: a method of the type first, then a key."""
        raw = self.raw
        if isinstance(raw, dict):
            if word in DICT_WORDS:
                return self._get if word == "get" else getattr(self.force(), word)
            return self._key(word)
        if isinstance(raw, Mapping):
            return getattr(self.force(), word) if word in MAPPING_WORDS else self._key(word)
        return self.rendering.attribute(self.force(), word)

    def item(self, key: Any) -> Any:
        """Return `value[key]`: a key or index first, then a method of the type."""
        raw = self.raw
        if isinstance(raw, Mapping):
            found = self._key(key, NOTHING)
            if found is NOTHING:
                return self.attribute(key) if isinstance(key, str) else self.rendering.undefined(raw, key)
            return found
        if isinstance(raw, list) and isinstance(key, int):
            try:
                return step(self.rendering, raw[key])
            except IndexError:
                return self.rendering.undefined(raw, key)
        return self.rendering.item(self.force(), key)

    def _key(self, key: Any, default: Any = None) -> Any:
        raw = self.raw
        if isinstance(raw, VariablesMapping):
            found = self.rendering.other(raw).resolve(key)
        else:
            try:
                found = raw[key]
            except (KeyError, TypeError):
                found = NOTHING
            else:
                return step(self.rendering, found)
        if found is not NOTHING:
            return found
        return self.rendering.undefined(raw, key) if default is None else default

    def _get(self, key: Any, default: Any = None) -> Any:
        found = self._key(key, NOTHING)
        if found is NOTHING:
            return default
        return found.force() if found.__class__ is Lazy else found


def step(rendering: Renders, value: Any) -> Any:
    """Return a raw value as the next thing on a path."""
    if value.__class__ in SCALARS:
        return value
    return Lazy(rendering, value)


def force(value: Any) -> Any:
    """Return a value ready for use outside a path."""
    return value.force() if value.__class__ is Lazy else value


class Shown(Mapping[Any, Any]):
    """A mapping from the engine (`hostvars`, one host's variables, `vars`) whose items are rendered as they are taken out."""

    __slots__ = ("raw", "rendering")

    def __init__(self, rendering: Renders, raw: Mapping[Any, Any]) -> None:
        self.rendering = rendering
        self.raw = raw

    def __getitem__(self, key: Any) -> Any:
        found = Lazy(self.rendering, self.raw).item(key) if key in self.raw else NOTHING
        if found is NOTHING:
            raise KeyError(key)
        return force(found)

    def __contains__(self, key: object) -> bool:
        return key in self.raw

    def __iter__(self) -> Iterator[Any]:
        if isinstance(self.raw, VariablesMapping):
            return (key for key in self.raw if key not in ENDLESS)
        return iter(self.raw)

    def __len__(self) -> int:
        return len(list(iter(self)))

    def whole(self) -> dict[Any, Any]:
        """Return everything in it rendered; what cannot be rendered, since a variable is missing, as it is written."""
        values = {key: self[key] for key in self}
        return {key: written(self.raw[key]) if isinstance(each, Undefined) else each for key, each in values.items()}

    def __str__(self) -> str:
        return str(self.whole())

    __repr__ = __str__


def written(value: Any) -> Any:
    """Return raw data with its templates as plain text."""
    if isinstance(value, Encrypted):
        return "(encrypted)"
    if isinstance(value, Mapping):
        return {key: written(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [written(each) for each in value]
    return str(value) if isinstance(value, Template) else value


def deep(value: Any, rendering: Renders | None, leaf: Callable[[Any], Any]) -> Any:
    """Return nested raw data with every template and secret in it replaced by leaf(it); the same object when there is none.

    rendering: shows mappings of the engine's own; None leaves them as they are.
    """
    if isinstance(value, (Template, Encrypted)):
        return leaf(value)
    if isinstance(value, dict):
        changed: dict[Any, Any] | None = None
        for key, each in value.items():
            if each.__class__ in SCALARS:
                continue
            new = deep(each, rendering, leaf)
            if new is not each:
                if changed is None:
                    changed = dict(value)
                changed[key] = new
        return value if changed is None else changed
    if isinstance(value, (list, tuple)):
        fresh: list[Any] | None = None
        for index, each in enumerate(value):
            if each.__class__ in SCALARS:
                continue
            new = deep(each, rendering, leaf)
            if new is not each:
                if fresh is None:
                    fresh = list(value)
                fresh[index] = new
        return value if fresh is None else fresh
    if rendering is None:
        return value
    if isinstance(value, VariablesMapping):
        return Shown(rendering.other(value), value)
    if isinstance(value, Mapping):
        return Shown(rendering, value)
    return value
