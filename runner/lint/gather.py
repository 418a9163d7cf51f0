"""Finds what is to be looked at under the given paths and reads it into a project."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from runner import find
from runner.errors import RunnerError, UsageError, nearest_names
from runner.execute.misspelt import Misspelt, said
from runner.lint.facts import PlayFacts
from runner.lint.finding import Wart
from runner.lint.kind import YAML, is_ini, kind_of
from runner.lint.project import Project
from runner.lint.roles import is_role, yaml_files
from runner.lint.sources import wart_of
from runner.lint.walk import Around
from runner.model.inventory import Inventory
from runner.model.inventory_draft import Draft
from runner.model.text import Map
from runner.parse.inventory.ini import read_ini
from runner.parse.inventory.yaml import read_yaml
from runner.parse.place import Place
from runner.position import Position

PLACE = re.compile(r" \((?P<file>[^()]+):(?P<line>\d+):(?P<column>\d+)\)")
SKIPPED = frozenset("node_modules venv collections ansible_collections molecule __pycache__ build dist site-packages".split())


class Gathering:
    """Reads paths into a project. drills, labs: what checks such a file; each raises RunnerError."""

    def __init__(self, project: Project, checks: dict[str, Any]) -> None:
        self.project = project
        self.checks = checks
        self.draft: Draft | None = None
        self.named: list[Path] = []
        self.folders: list[str] = []
        self._reading = ""
        self._tasks: list[tuple[Path, str]] = []

    def paths(self, given: Iterable[str]) -> None:
        """Read files and folders. Raises UsageError for a path that does not exist."""
        for each in given:
            path = Path(each)
            self.folders.append(str(path if path.is_dir() else path.parent))
            if path.is_dir():
                self._folder(path)
            elif path.is_file():
                self._file(path, chosen=True)
            else:
                there = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
                raise UsageError(
                    f"there is no {each}", expected="a file or folder", found=each, nearest=nearest_names(path.name, there), exit_code=2
                )
        self._lone_tasks()
        self._named_variables()
        self.project.variables |= set(self._set_names())

    def _folder(self, folder: Path) -> None:
        if is_role(folder):
            self.project.role_in(folder.resolve().name, folder)
            return
        for each in sorted(folder.iterdir(), key=lambda one: (one.is_dir(), one.name)):
            if each.is_symlink() or each.name.startswith("."):
                continue
            if each.is_dir():
                if each.name not in SKIPPED:
                    self._folder(each)
            elif each.suffix in YAML or is_ini(each):
                self._file(each)

    def _file(self, path: Path, *, chosen: bool = False) -> None:
        project = self.project
        if is_ini(path):
            self._inventory(path, None)
            return
        if path.suffix not in (*YAML, ".json"):
            if chosen:
                self._inventory(path, None)
            return
        data = project.sources.read(str(path))
        kind = kind_of(path, data)
        if kind == "playbook":
            project.playbook(str(path))
        elif kind in self.checks:
            self._described(kind, path)
        elif kind == "inventory":
            self._inventory(path, data)
        elif kind == "vars":
            self.named.append(path)
            project.variables |= {str(key) for key in data} if isinstance(data, Map) else set()
        elif kind in ("tasks", "handlers"):
            self._tasks.append((path, kind))

    def _described(self, kind: str, path: Path) -> None:
        try:
            self.checks[kind](path)
        except RunnerError as error:
            self.project.tell(kind, wart_of(error, str(path)))

    def _inventory(self, path: Path, data: Any) -> None:
        self.draft = self.draft or Draft(self._odd, self.project.configuration.force_valid_group_names)
        self._reading = str(path)
        self.draft.begin(str(path), str(path.parent))
        try:
            if data is not None:
                read_yaml(data, str(path), self.draft)
            else:
                read_ini(path.read_text(encoding="utf-8"), str(path), self.draft)
        except (RunnerError, UnicodeDecodeError) as error:
            if isinstance(error, RunnerError):
                self.project.tell("inventory", wart_of(error, str(path)))

    def _odd(self, text: str) -> None:
        """Take what the reader of an inventory warns of."""
        place = PLACE.search(text)
        at = Position(self._reading, int(place["line"]), int(place["column"])) if place else Position(self._reading, 1)
        self.project.tell("inventory", Wart(PLACE.sub("", text), at, remedy="correct it", level="warning"))

    def _lone_tasks(self) -> None:
        """Read files of tasks that nothing which was read includes."""
        seen = {name for site in self.project.sites() for name, _ in site.place.trail}
        for path, section in self._tasks:
            if str(path) in seen:
                continue
            folder = str(path.parent.parent)
            owner = PlayFacts(Map(), str(path), open=True)
            place = Place(str(path.parent), folder, section=section)
            self.project.plays.append(owner)
            self.project.walk.file(str(path), Around(owner, place), Position(str(path), 1))

    def _named_variables(self) -> None:
        """Find files of group_vars and host_vars that belong to nobody, where an inventory was read."""
        if self.draft is None:
            return
        inventory = self.draft.freeze()
        self._misspelt(inventory)
        known = {"group_vars": [*inventory.groups, "all", "ungrouped"], "host_vars": [*inventory.hosts, "localhost"]}
        for path in self.named:
            kind = next((part for part in reversed(path.parent.parts) if part in known), None)
            if kind is None:
                continue
            name = path.parts[path.parts.index(kind) + 1]
            name = Path(name).stem if Path(name).suffix in (*YAML, ".json") else name
            if name not in known[kind]:
                what = "group" if kind == "group_vars" else "host"
                self.project.tell(
                    "group-vars",
                    Wart(
                        f"no inventory has the {what} '{name}': nothing reads this file",
                        Position(str(path), 1),
                        found=path.name,
                        nearest=tuple(nearest_names(name, known[kind])),
                        remedy="rename the file, or add it to the inventory",
                    ),
                )

    def _misspelt(self, inventory: Inventory) -> None:
        """Find names of variables that are nearly those of connections."""

        def tell(name: str, right: str, at: Position) -> None:
            self.project.tell("connection-variable", Wart(said(name), at, found=name, nearest=(right,), remedy="correct it"))

        looks = Misspelt([*self.folders, *self.project.settings.roles_path], tell)
        looks.inventory(inventory)
        for path in self.named:
            data = self.project.sources.read(str(path)) if {"group_vars", "host_vars"} & {*path.parts} else None
            looks.variables(data if isinstance(data, Map) else {})

    def _set_names(self) -> Iterator[str]:
        """Yield the name of every variable that something sets."""
        for site in self.project.sites():
            keywords = [site.task.keywords, *site.around]
            for each in keywords:
                yield from _keys(each.get("vars"))
            control = site.task.keywords.get("loop_control")
            yield from (str(control[word]) for word in ("loop_var", "index_var") if isinstance(control, dict) and word in control)
            yield str(site.task.keywords.get("register") or "")
            if find.short_name(str(site.task.action)) in ("set_fact", "add_host", "include_vars"):
                yield from _keys(site.task.args)
                yield str(site.task.args.get("name", "")) if isinstance(site.task.args, dict) else ""
        for play in self.project.plays:
            yield from _keys(play.entry.get("vars"))
            uses = play.entry.get("roles")
            for use in uses if isinstance(uses, list) else ():
                yield from _keys(use)
                yield from _keys(use.get("vars") if isinstance(use, dict) else None)
        for role in self.project.roles.values():
            for part in ("vars", "defaults"):
                for file in yaml_files(Path(role.path) / part):
                    yield from _keys(self.project.sources.read(str(file)))


def _keys(values: Any) -> list[str]:
    return [str(each) for each in values] if isinstance(values, dict) else []
