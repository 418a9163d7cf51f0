"""A small run for the template room: variables in layers, hosts, and the calls a template makes."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from runner.model.text import Encrypted, trust, trusted
from runner.model.variables import MISSING, VariablesMapping
from runner.position import Position
from runner.template.settings import Hooks, TemplateSettings
from runner.template.templar import Templar

PLACE = Position("play.yml", 10, 7)


class View:
    """Layers of raw variables, the last on top."""

    def __init__(self, *layers: Mapping[str, Any]) -> None:
        self.layers = layers
        self.rendered: dict[str, Any] = {}
        self.asked: list[str] = []

    def find(self, name: str) -> Any:
        self.asked.append(name)
        return next((layer[name] for layer in reversed(self.layers) if name in layer), MISSING)

    def names(self) -> Iterable[str]:
        return [name for layer in self.layers for name in layer]

    def over(self, layer: Mapping[str, Any]) -> "View":
        return View(*self.layers, layer)


class HostVars(Mapping[str, Any]):
    """Hosts by name, each with a view of its own."""

    def __init__(self) -> None:
        self.views: dict[str, View] = {}

    def __getitem__(self, name: str) -> VariablesMapping:
        return VariablesMapping(self.views[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.views)

    def __len__(self) -> int:
        return len(self.views)


class Run:
    """A templar and what it was told and asked.

    Numbers stay numbers here, so that a case shows what a filter gives; what they become at the level of 2.18 has cases of its own.
    """

    def __init__(self, *, numbers: bool = True, **settings: Any) -> None:
        self.warnings: list[str] = []
        self.hooks = Hooks(
            decrypt=lambda value: {"sealed": "opened"}[str(value)],
            warn=lambda text, position: self.warnings.append(text),
            deprecate=lambda text, position: self.warnings.append(text),
            hosts_matching=lambda patterns: {"web": ["w1", "w2"], "web all:!w1": ["w2", "d1"]}.get(" ".join(patterns), []),
            vault_encrypt=lambda text, secret, vault_id, salt: f"$ANSIBLE_VAULT;1.1;{secret};{text[::-1]}",
            vault_decrypt=lambda text, secret, vault_id: text.rpartition(";")[2][::-1],
            setting=lambda name, options: {"DEFAULT_FORKS": 5}[name],
        )
        self.templar = Templar(TemplateSettings(numbers=numbers, **settings), self.hooks)

    def view(self, data: Mapping[str, Any], position: Position | None = PLACE) -> View:
        return View(trust(data, position))

    def render(self, source: Any, data: Mapping[str, Any] | View | None = None) -> Any:
        view = data if isinstance(data, View) else self.view(data or {})
        return self.templar.render(trust(source, PLACE), view)

    def condition(self, source: Any, data: Mapping[str, Any] | None = None) -> bool:
        return self.templar.condition(trust(source, PLACE), self.view(data or {}))


@pytest.fixture
def run() -> Run:
    return Run()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("files", "templates"):
        (tmp_path / folder).mkdir()
    return tmp_path


__all__ = ["Encrypted", "HostVars", "Run", "View", "trusted"]
