"""Reads the folder of a role: variables, meta, specification, every file of tasks and handlers, templates."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from runner.lint.facts import RoleFacts, TemplateFacts
from runner.lint.sources import Sources
from runner.lint.walk import Around, Walk
from runner.model.text import Map, Template
from runner.parse.place import EXTENSIONS, Place
from runner.position import Position, position_of


def is_role(folder: Path) -> bool:
    """Tell whether a folder is a role's."""
    return any((folder / part / f"main{ending}").is_file() for part in ("tasks", "meta", "handlers") for ending in EXTENSIONS)


def yaml_files(folder: Path) -> list[Path]:
    """Return the YAML files in a folder and below it, main first."""
    found = sorted(each for each in folder.rglob("*") if each.is_file() and each.suffix in (".yml", ".yaml"))
    return sorted(found, key=lambda each: (each.parent != folder, each.stem != "main"))


def read_role(name: str, path: Path, place: Place, sources: Sources, walk: Walk) -> RoleFacts:
    """Return a role's facts; dependencies are added by the caller, who knows where roles are."""
    meta = _mapping(sources, path / "meta", "main")
    role = RoleFacts(name, str(path), _variables(sources, path / "defaults"), _variables(sources, path / "vars"), meta)
    role.specs = _specs(sources, path, meta)
    if sources.locked.intersection(str(each) for part in ("defaults", "vars") for each in yaml_files(path / part)):
        role.open = True
    inner = Place(
        base=str(path / "tasks"), playbook_dir=place.playbook_dir, role_path=str(path), role_name=name, chain=(*place.chain, str(path))
    )
    scope = (role.vars, role.defaults)
    for section in ("tasks", "handlers"):
        there = Place(str(path / section), inner.playbook_dir, str(path), name, section, chain=inner.chain)
        around = Around(role, there, role=role, scope=scope)
        for file in yaml_files(path / section):
            # what another file includes was read where it is included
            if file.stem == "main" or not any(str(file) in _files(each.place) for each in (*role.sites, *role.handlers)):
                walk.file(str(file), around)
    role.templates = [
        TemplateFacts(str(each), text, role)
        for each in sorted((path / "templates").rglob("*"))
        if each.is_file() and (text := sources.text(each)) is not None
    ]
    return role


def _files(place: Place) -> Iterable[str]:
    return (name for name, _ in place.trail)


def _mapping(sources: Sources, folder: Path, stem: str) -> Map:
    for ending in EXTENSIONS:
        file = folder / f"{stem}{ending}"
        if file.is_file():
            found = sources.read(str(file))
            return found if isinstance(found, Map) else Map(position=Position(str(file), 1))
    return Map()


def _variables(sources: Sources, folder: Path) -> Map:
    """Return what main.yml, or the folder main, of defaults or vars sets."""
    if (folder / "main").is_dir():
        found = Map()
        for file in yaml_files(folder / "main"):
            values = sources.read(str(file))
            found.update(values if isinstance(values, Map) else {})
        return found
    return _mapping(sources, folder, "main")


def _specs(sources: Sources, path: Path, meta: Map) -> Map:
    found: Any = meta.get("argument_specs")
    if any((path / "meta" / f"argument_specs{ending}").is_file() for ending in EXTENSIONS):
        found = _mapping(sources, path / "meta", "argument_specs").get("argument_specs")
    return found if isinstance(found, Map) else Map()


def dependency_names(role: RoleFacts) -> list[tuple[str, Position]]:
    """Return the roles that a role's meta names, each with its place."""
    found = []
    entries = role.meta.get("dependencies")
    for entry in entries if isinstance(entries, list) else ():
        name = entry.get("role", entry.get("name")) if isinstance(entry, dict) else entry
        at = position_of(name, entry, role.meta)
        if isinstance(name, str) and not isinstance(name, Template) and at is not None and not (isinstance(entry, dict) and "src" in entry):
            found.append((name, at))
    return found
