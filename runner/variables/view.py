"""A stack of variable layers, looked up by name and never merged."""

from collections.abc import Iterable, Mapping
from typing import Any

from runner.model.combine import combine
from runner.model.variables import MISSING


class View:
    """Layers, highest first. Implements `runner.model.variables.Variables`."""

    __slots__ = ("layers", "merge", "rendered")

    def __init__(self, layers: tuple[Mapping[str, Any], ...], *, merge: bool = False) -> None:
        self.layers = layers
        self.merge = merge
        self.rendered: dict[str, Any] = {}

    def find(self, name: str) -> Any:
        """Return the raw value of the highest layer that has `name`, or MISSING; mappings are merged when `merge` is set."""
        for at, layer in enumerate(self.layers):
            value = layer.get(name, MISSING)
            if value is not MISSING:
                if self.merge and isinstance(value, dict):
                    return self._merged(name, at)
                return value
        return MISSING

    def names(self) -> Iterable[str]:
        """Return every name some layer has, without doubles."""
        seen: dict[str, None] = {}
        for layer in self.layers:
            seen.update(dict.fromkeys(layer))
        return seen

    def over(self, layer: Mapping[str, Any]) -> "View":
        """Return a new view with `layer` on top."""
        return View((layer, *self.layers), merge=self.merge)

    def _merged(self, name: str, start: int) -> Any:
        found = []
        for layer in self.layers[start:]:
            value = layer.get(name, MISSING)
            if value is MISSING:
                continue
            if not isinstance(value, dict):
                break
            found.append(value)
        result: Any = found[-1]
        for value in reversed(found[:-1]):
            result = combine(result, value, deep=True)
        return result

