"""Strings and containers read from the user's files, which remember where they stood.

Trust is by origin: only a `Template` is ever rendered. What comes from a host, from a lookup or out of a rendered expression
is a plain `str` and is data. A `!unsafe` string is an `Unsafe`, never a `Template`.
"""

from typing import Any

from runner.position import Position

MARKERS = ("{{", "{%", "{#")


class Text(str):
    """A string from the user's files or command line, with its position. It is not rendered."""

    __slots__ = ("position",)
    position: Position | None

    def __new__(cls, value: str = "", position: Position | None = None) -> "Text":
        self = super().__new__(cls, value)
        self.position = position
        return self


class Template(Text):
    """A string from the user's files that holds `{{ }}`, `{% %}` or `{# #}` and is rendered when used."""

    __slots__ = ()


class Unsafe(Text):
    """A string that the user marked `!unsafe`, or that a `with_<lookup>` loop gave: shown and compared, never rendered or evaluated."""

    __slots__ = ()


class Encrypted(Text):
    """A `!vault` string: the vault text itself, decrypted only when a task uses it; the plain text is a secret."""

    __slots__ = ()


class Map(dict[Any, Any]):
    """A mapping from the user's files, with its position. Its keys are `Text` and carry theirs."""

    __slots__ = ("position",)

    def __init__(self, *args: Any, position: Position | None = None) -> None:
        super().__init__(*args)
        self.position = position


class Seq(list[Any]):
    """A list from the user's files, with its position."""

    __slots__ = ("position",)

    def __init__(self, *args: Any, position: Position | None = None) -> None:
        super().__init__(*args)
        self.position = position


def is_unsafe(value: object) -> bool:
    """Tell whether a value is user text that holds template markers and is still not to be rendered: `!unsafe`."""
    return isinstance(value, Text) and type(value) in (Text, Unsafe) and any(marker in value for marker in MARKERS)


def untrusted(value: Any) -> Any:
    """Return nested user data in which every string is `Unsafe`; the same object when there is none to change."""
    if isinstance(value, Text) and not isinstance(value, (Unsafe, Encrypted)):
        return Unsafe(value, value.position)
    if isinstance(value, dict):
        changed = {key: new for key, each in value.items() if (new := untrusted(each)) is not each}
        if not changed:
            return value
        whole = {**value, **changed}
        return Map(whole, position=value.position) if isinstance(value, Map) else whole
    if isinstance(value, list):
        fresh = [untrusted(each) for each in value]
        if all(new is each for new, each in zip(fresh, value)):
            return value
        return Seq(fresh, position=value.position) if isinstance(value, Seq) else fresh
    return value


def trusted(value: str, position: Position | None = None) -> Text:
    """Return user text as a `Template` when it holds template markers, else as `Text`."""
    kind = Template if any(marker in value for marker in MARKERS) else Text
    return kind(value, position)


def trust(value: Any, position: Position | None = None) -> Any:
    """Return a copy of nested user data (from -e JSON, INI or a script) in which every string is `trusted`."""
    if isinstance(value, Text):
        return value
    if isinstance(value, str):
        return trusted(value, position)
    if isinstance(value, dict):
        return Map({trust_key(key, position): trust(each, position) for key, each in value.items()}, position=position)
    if isinstance(value, (list, tuple)):
        return Seq([trust(each, position) for each in value], position=position)
    return value


def trust_key(key: Any, position: Position | None = None) -> Any:
    """Return a mapping key as positioned `Text` when it is a string; keys are never rendered as they stand."""
    return key if isinstance(key, Text) or not isinstance(key, str) else Text(key, position)
