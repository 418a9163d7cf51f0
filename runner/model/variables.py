"""How the template room sees variables: a read-only view that finds a raw, unrendered value by name."""

from collections.abc import Iterable, Iterator, Mapping
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


class VariablesMapping(Mapping[str, Any]):
    """All variables of one host as one mapping: what `hostvars['web1']` and `vars` are in an expression.

    Its items are raw values; the template room renders what is taken out of it in `variables`, that host's own view.
    written: what needs variables that this view does not have is given as it is written, for the user of it to render.
    """

    __slots__ = ("variables", "written")

    def __init__(self, variables: Variables, *, written: bool = False) -> None:
        self.variables = variables
        self.written = written

    def __getitem__(self, name: str) -> Any:
        value = self.variables.find(name)
        if value is MISSING:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(self.variables.names()))

    def __len__(self) -> int:
        return len(dict.fromkeys(self.variables.names()))
