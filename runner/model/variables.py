"""How the template room sees variables: a read-only view that finds a raw, unrendered value by name."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol


class Missing:
    """The type of `MISSING`, which stands for "no layer has that name"."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING = Missing()


class Variables(Protocol):
    """A stack of layers. Values come back as written (`Template` strings not rendered).

    `rendered` is a cache that belongs to this very view: name -> rendered value.
    """

    rendered: dict[str, Any]

    def find(self, name: str) -> Any:
        """Return the raw value of the highest layer that has `name`, or MISSING."""
        ...

    def names(self) -> Iterable[str]:
        """Return every name that some layer has."""
        ...

    def over(self, layer: Mapping[str, Any]) -> "Variables":
        """Return a new view with one more layer on top."""
        ...
