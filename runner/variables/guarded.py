"""A view in which some names must not be looked at yet, because their values are not known before other work is done."""

from collections.abc import Mapping
from typing import Any

from runner.variables.view import View


class Forbidden(BaseException):
    """A name was looked at too early. Not an Exception: nothing between may turn it into a user's mistake."""


class Guard:
    """The names not to be looked at, in one view and all that are made over it, until `release`."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self._views: list[tuple[Guarded, int]] = []

    def view(self, view: View) -> "Guarded":
        """Return a view guarded by this."""
        return self.made(view.layers, 0, merge=view.merge)

    def made(self, layers: tuple[Mapping[str, Any], ...], extra: int, *, merge: bool) -> "Guarded":
        """Return a guarded view. extra: how many of its layers lie over those of the first one."""
        made = Guarded(layers, self, extra, merge=merge)
        self._views.append((made, extra))
        return made

    def release(self, fresh: View) -> None:
        """Let every name be looked at, in the layers as they are now."""
        self.names = frozenset()
        for view, extra in self._views:
            view.layers = view.layers[:extra] + fresh.layers
        self._views.clear()


class Guarded(View):
    """A view that raises Forbidden for the names of its guard, whatever layer would have them."""

    __slots__ = ("extra", "guard")

    def __init__(self, layers: tuple[Mapping[str, Any], ...], guard: Guard, extra: int, *, merge: bool = False) -> None:
        super().__init__(layers, merge=merge)
        self.guard = guard
        self.extra = extra

    def find(self, name: str) -> Any:
        """See `View.find`. Raises Forbidden."""
        if name in self.guard.names:
            raise Forbidden(name)
        return super().find(name)

    def over(self, layer: Mapping[str, Any]) -> "Guarded":
        """Return a new view with `layer` on top, guarded as this one."""
        return self.guard.made((layer, *self.layers), self.extra + 1, merge=self.merge)
