"""A view in which some names must not be looked at, because their values are not known yet."""

from collections.abc import Mapping
from typing import Any

from runner.variables.view import View


class Forbidden(BaseException):
    """A name was looked at whose value is not known yet. Not an Exception: nothing between may turn it into a user's mistake."""


class Guarded(View):
    """A view that raises Forbidden for some names, whatever layer would have them."""

    __slots__ = ("forbidden",)

    def __init__(self, layers: tuple[Mapping[str, Any], ...], forbidden: frozenset[str], *, merge: bool = False) -> None:
        super().__init__(layers, merge=merge)
        self.forbidden = forbidden

    def find(self, name: str) -> Any:
        """See `View.find`. Raises Forbidden."""
        if name in self.forbidden:
            raise Forbidden(name)
        return super().find(name)

    def over(self, layer: Mapping[str, Any]) -> "Guarded":
        """Return a new view with `layer` on top, as guarded as this one, but for the names in `layer`."""
        return Guarded((layer, *self.layers), self.forbidden.difference(layer), merge=self.merge)
