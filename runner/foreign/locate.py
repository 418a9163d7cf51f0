"""A module's name -> the file it is in, looked for as Ansible does: collections of the play, library folders, an installed Ansible."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from runner.errors import UnknownName
from runner.foreign import routing
from runner.foreign.places import Near, Places, ansible_folder, collection_roots, plugin_folders
from runner.record import dataclass

BUILTIN = ("ansible.builtin", "ansible.legacy")
# Files that may stand beside modules and are none.
NOT_CODE = frozenset(".pyc .pyo .bak .swp .orig .rpm .md .txt .rst .ini .cfg .retry .yml .yaml .json .html".split())
HOPS = 10


@dataclass(frozen=True, slots=True)
class Located:
    """A module that is not ours. name: as Ansible names it. dotted: its Python name. path: its file. action: the file of the
    action plugin that Ansible would run in front of it, if any; alone: there is only that plugin, and path is its file."""

    name: str
    dotted: str
    path: Path
    action: Path | None = None
    alone: bool = False


def locate(name: str, places: Places, near: Near) -> Located | None:
    """Return the module of a name (short, or namespace.collection.name), None when there is none.

    Raises UnknownName for a name whose collection says that it was removed.
    """
    for _ in range(HOPS):
        found = _step(name, places, near)
        if not isinstance(found, str):
            return found
        name = found
    raise UnknownName(f"the module name '{name}' is redirected in a circle", remedy="see plugin_routing in meta/runtime.yml")


def _step(name: str, places: Places, near: Near) -> "Located | str | None":
    """Return the module, the name it is redirected to, or None."""
    if name.count(".") >= 2:
        namespace, collection, rest = name.split(".", 2)
        if f"{namespace}.{collection}" not in BUILTIN:
            return _in_collection(namespace, collection, rest, places, near)
        return _in_library(rest, places, near) if collection == "legacy" else _builtin(rest, places)
    for collection_name in near.collections:
        namespace, _, collection = collection_name.partition(".")
        if collection_name in BUILTIN or not collection:
            continue
        found = _in_collection(namespace, collection, name, places, near)
        if found is not None:
            return found
    return _in_library(name, places, near)


def _in_library(name: str, places: Places, near: Near) -> "Located | str | None":
    action = own_action(name, places, near)
    for folder in plugin_folders("module", places, near):
        path = listing(folder).get(name)
        if path is not None:
            return Located(name, f"ansible.modules.{name}", path, action)
    if action is not None:
        return Located(name, f"ansible.modules.{name}", action, action, alone=True)
    return _builtin(name, places)


def own_action(name: str, places: Places, near: Near) -> Path | None:
    """Return the project's action plugin of a short name, or None."""
    folders = plugin_folders("action", places, near)
    return next((file for folder in folders if (file := folder / f"{name}.py").is_file()), None)


def in_project(name: str, places: Places, near: Near, *, legacy: bool) -> "Located | None":
    """Return the module of a short name in the task's collections or in a library folder, None when only ansible-core has it.

    legacy: collections are not asked. Raises UnknownName as `locate`.
    """
    for words in () if legacy else near.collections:
        if words in BUILTIN:
            return None
        namespace, _, collection = words.partition(".")
        found = _in_collection(namespace, collection, name, places, near) if collection else None
        if isinstance(found, Located):
            return found
    action = own_action(name, places, near)
    for folder in plugin_folders("module", places, near):
        path = listing(folder).get(name)
        if path is not None:
            return Located(f"{BUILTIN[1]}.{name}", f"ansible.modules.{name}", path, action)
    return Located(f"{BUILTIN[1]}.{name}", f"ansible.modules.{name}", action, action, alone=True) if action is not None else None


def _builtin(name: str, places: Places) -> "Located | str | None":
    ansible = ansible_folder(places)
    if ansible is None:
        return None
    path = ansible / "modules" / f"{name}.py"
    if path.is_file():
        action = ansible / "plugins" / "action" / f"{name}.py"
        return Located(name, f"ansible.modules.{name}", path, action if action.is_file() else None)
    return _elsewhere(routing.entry(ansible / "config" / "ansible_builtin_runtime.yml", "modules", name), name)


def _in_collection(namespace: str, collection: str, name: str, places: Places, near: Near) -> "Located | str | None":
    folder = collection_folder(namespace, collection, places, near.playbook_dir)
    if folder is None:
        return None
    moved = _elsewhere(routing.entry(routing.file_of(folder), "modules", name), f"{namespace}.{collection}.{name}")
    if moved is not None:
        return moved
    *inner, last = name.split(".")
    path = listing(folder.joinpath("plugins", "modules", *inner), deep=False).get(last)
    action: Path | None = folder.joinpath("plugins", "action", *inner, f"{last}.py")
    action = action if action is not None and action.is_file() else None
    dotted = f"ansible_collections.{namespace}.{collection}.plugins.modules.{name}"
    full = f"{namespace}.{collection}.{name}"
    if path is None:
        return Located(full, dotted, action, action, alone=True) if action is not None else None
    return Located(full, dotted, path, action)


def collection_folder(namespace: str, collection: str, places: Places, playbook_dir: str) -> Path | None:
    """Return the folder of a collection, or None."""
    for root in collection_roots(places, playbook_dir):
        if (root / namespace / collection).is_dir():
            return root / namespace / collection
    return None


def _elsewhere(entry: Mapping[str, object], name: str) -> str | None:
    """Return the name that a name is redirected to. Raises UnknownName for one that is gone."""
    gone = entry.get("tombstone")
    if isinstance(gone, dict):
        raise UnknownName(
            f"the module {name} was removed",
            expected="a module that still exists",
            found=name,
            remedy=str(gone.get("warning_text") or "see the changelog of its collection"),
        )
    target = entry.get("redirect")
    return str(target) if target else None


@cache
def listing(folder: Path, deep: bool = True) -> dict[str, Path]:
    """Return name -> file of what may be a module in a folder (deep: and below it); Python files win over others of the name."""
    found: dict[str, Path] = {}
    if not folder.is_dir():
        return found
    for path in sorted(folder.rglob("*") if deep else folder.iterdir()):
        if path.suffix in NOT_CODE or path.name.startswith((".", "__")) or path.name.endswith("~") or not path.is_file():
            continue
        if path.suffix == ".py" or path.stem not in found:
            found[path.stem] = path
    return found
