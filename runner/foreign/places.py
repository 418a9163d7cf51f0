"""Where code of others may stand on the control machine: settings of the run, the surroundings of a task, an installed Ansible."""

import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from runner.record import dataclass, field

# Asks another Python where its `ansible` package is, without importing it.
_ASK = "import importlib.util as u; s = u.find_spec('ansible'); print(list(s.submodule_search_locations)[0] if s else '')"


@dataclass(frozen=True, slots=True)
class Places:
    """What the settings and options name, best first.

    library: folders of modules. module_utils: folders of what modules import. plugins: kind (filter, test, lookup, action) ->
    folders. collections: folders that hold `ansible_collections`. python: folders Python imports from.
    """

    library: tuple[str, ...] = ()
    module_utils: tuple[str, ...] = ()
    plugins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    collections: tuple[str, ...] = ()
    python: tuple[str, ...] = field(default_factory=lambda: tuple(each for each in sys.path if each))


@dataclass(frozen=True, slots=True)
class Near:
    """The surroundings of a task: the playbook's folder, the folders of its roles (nearest first), its `collections:` words."""

    playbook_dir: str
    roles: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()


def collection_roots(places: Places, playbook_dir: str) -> list[Path]:
    """Return the existing `ansible_collections` folders: beside the playbook, of the settings, of the Pythons there are."""
    folders = [f"{playbook_dir}/collections", *places.collections, *places.python]
    ansible = ansible_folder(places)
    if ansible is not None:
        folders.append(str(ansible.parent))
    roots = []
    for folder in dict.fromkeys(folders):
        path = Path(folder).expanduser()
        path = path if path.name == "ansible_collections" else path / "ansible_collections"
        if path.is_dir():
            roots.append(path)
    return list(dict.fromkeys(roots))


def ansible_folder(places: Places) -> Path | None:
    """Return the folder of an installed `ansible` package, or None.

    Looked for where collections are, where this Python imports from, and in the Python of an `ansible-playbook` on PATH.
    """
    for folder in (*places.collections, *places.python):
        path = Path(folder).expanduser()
        path = path.parent if path.name == "ansible_collections" else path
        if (path / "ansible" / "module_utils" / "basic.py").is_file():
            return path / "ansible"
    return _on_path(shutil.which("ansible-playbook"))


@cache
def _on_path(program: str | None) -> Path | None:
    """Return the `ansible` package that an ansible-playbook program runs with; its first line names its Python."""
    if program is None:
        return None
    try:
        with open(program, "rb") as file:
            words = file.readline(400).decode("utf-8", "replace").removeprefix("#!").split()
        if not words or not Path(words[0]).name.startswith(("python", "env")):
            return None
        answer = subprocess.run([*words, "-I", "-c", _ASK], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    found = Path(answer.stdout.strip() or "/nowhere")
    return found if (found / "module_utils" / "basic.py").is_file() else None


def plugin_folders(kind: str, places: Places, near: Near) -> Iterable[Path]:
    """Return the existing folders for plugins of a kind outside collections, best first: roles, playbook, settings."""
    name = "library" if kind == "module" else "module_utils" if kind == "module_utils" else f"{kind}_plugins"
    given = {"module": places.library, "module_utils": places.module_utils}.get(kind, places.plugins.get(kind, ()))
    for folder in dict.fromkeys((*(f"{role}/{name}" for role in near.roles), f"{near.playbook_dir}/{name}", *given)):
        path = Path(folder).expanduser()
        if path.is_dir():
            yield path
