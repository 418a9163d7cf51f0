"""Filters, tests and lookups of the project and of collections, loaded into the controller when an expression names one."""

import functools
import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from runner.errors import RunnerError, TemplateError
from runner.foreign import routing
from runner.foreign.installed import Installed, needs_ansible
from runner.foreign.locate import collection_folder
from runner.foreign.places import Near, Places, ansible_folder, collection_roots, plugin_folders

Table = Mapping[str, Callable[..., Any]]
# What a file of each kind defines, and the method that gives its names.
CLASSES = {"filter": ("FilterModule", "filters"), "test": ("TestModule", "tests")}
BUILTIN = ("ansible.builtin.", "ansible.legacy.")


class Plugins:
    """Plugins by kind and name; each file is loaded once."""

    def __init__(self, places: Places, warn: Callable[[str], None]) -> None:
        self.places = places
        self._roles: list[str] = []
        self.warn = warn
        self.near = Near(".")
        self._playbooks: list[str] = []
        self._installed: Installed | None = None
        self._loaded: dict[tuple[str, Path], Table] = {}
        self._told: set[tuple[str, Path]] = set()

    def begin(self, playbook_dir: str) -> None:
        """Say beside which playbook plugins may stand; those of earlier ones, and of the roles in use, stay."""
        if playbook_dir in self._playbooks:
            return
        self._playbooks.insert(0, playbook_dir)
        self._installed = None
        self._look()

    def role(self, path: str) -> None:
        """Take in the plugins of a role that is used from now on. path: its folder."""
        if path not in self._roles:
            self._roles.append(path)
            self._look()

    def _look(self) -> None:
        # an earlier playbook's folder holds its plugins as a role's does
        others = [*(each for each in self._roles if any(Path(each).glob("*_plugins"))), *self._playbooks[1:]]
        self.near = Near(self._playbooks[0] if self._playbooks else ".", tuple(dict.fromkeys(others)))

    def find(self, kind: str, name: str, known: bool) -> Callable[..., Any] | None:
        """Return a filter or test function, or a lookup's run function, of that name; None when there is none.

        kind: filter, test or lookup. known: we carry one of that name ourselves, so that only the project's own comes before it.
        Raises TemplateError for a plugin that cannot be loaded.
        """
        if kind == "lookup":
            return self._lookup(name, known)
        short = next((name.removeprefix(prefix) for prefix in BUILTIN if name.startswith(prefix)), name)
        for folder in plugin_folders(kind, self.places, self.near):
            found = self._folder(kind, folder).get(short)
            if found is not None and name.count(".") < 2:
                return found
        return None if known else self._in_collection(kind, self._target(kind, name))

    def _target(self, kind: str, name: str) -> str:
        """Return the full name that a name leads to: a short one by ansible-core's table, a full one by its collection's."""
        ansible = ansible_folder(self.places)
        for _ in range(10):
            parts = name.split(".", 2)
            if len(parts) < 3 or name.startswith(BUILTIN):
                file = ansible / "config" / "ansible_builtin_runtime.yml" if ansible else None
            else:
                folder = collection_folder(parts[0], parts[1], self.places, self.near.playbook_dir)
                file = routing.file_of(folder) if folder else None
            moved = routing.entry(file, kind, parts[-1]).get("redirect") if file else None
            if not moved:
                return name
            name = str(moved)
        return name

    def _in_collection(self, kind: str, name: str) -> Callable[..., Any] | None:
        if name.count(".") < 2:
            return None
        namespace, collection, rest = name.split(".", 2)
        folder = collection_folder(namespace, collection, self.places, self.near.playbook_dir)
        if folder is None:
            return None
        package = f"ansible_collections.{namespace}.{collection}.plugins.{kind}"
        place = folder / "plugins" / kind
        own = place / f"{rest}.py"
        files = [own, *(each for each in sorted(place.glob("*.py")) if each != own and each.stem != "__init__")]
        broken: RunnerError | None = None
        for file in (each for each in files if each.is_file()):
            try:
                found = self._file(kind, file, f"{package}.{file.stem}").get(rest)
            except RunnerError as error:
                self._skipped(kind, file, error)
                broken = broken or error
                continue
            if found is not None:
                return found
        if broken is not None:
            raise broken
        return None

    def _skipped(self, kind: str, file: Path, error: RunnerError) -> None:
        """Tell, once, that a file is left out, as Ansible does."""
        if (kind, file) not in self._told:
            self._told.add((kind, file))
            self.warn(f"Skipping {kind} plugin {file}: {error.message}; {error.remedy}")

    def _folder(self, kind: str, folder: Path) -> Table:
        """Return what all files of a folder define; one that cannot be loaded is left out with a warning, as Ansible does."""
        key = (kind, folder)
        if key not in self._loaded:
            table: dict[str, Callable[..., Any]] = {}
            for file in sorted(folder.glob("*.py")):
                try:
                    table.update(self._file(kind, file, None))
                except RunnerError as error:
                    self._skipped(kind, file, error)
            self._loaded[key] = table
        return self._loaded[key]

    def _file(self, kind: str, file: Path, dotted: str | None) -> Table:
        key = (kind, file)
        if key not in self._loaded:
            holder, method = CLASSES[kind]
            module = self._module(file, dotted)
            maker = getattr(module, holder, None)
            try:
                table = getattr(maker(), method)() if maker is not None else {}
            except Exception as error:
                raise _broken(file, error) from error
            self._loaded[key] = {str(name): with_plain_arguments(each) for name, each in table.items()}
        return self._loaded[key]

    def _module(self, file: Path, dotted: str | None) -> ModuleType:
        """Import a plugin file. dotted: its name in a collection, for relative imports."""
        try:
            if dotted is not None:
                self._collections_importable(file)
                return importlib.import_module(dotted)
            return _imported(file)
        except ImportError as error:
            if (error.name or "").partition(".")[0] != "ansible":
                raise _broken(file, error) from error
        except Exception as error:
            raise _broken(file, error) from error
        if not self.installed().importable():
            raise needs_ansible(f"the plugin {file}")
        try:
            return importlib.import_module(dotted) if dotted is not None else _imported(file)
        except Exception as error:
            raise _broken(file, error) from error

    def _collections_importable(self, file: Path) -> None:
        if self.installed().importable():
            return
        root = next(str(root.parent) for root in self.installed().roots if root in file.parents)
        if root not in sys.path:
            sys.path.append(root)

    def installed(self) -> Installed:
        """Return the Ansible that is installed here, if any."""
        if self._installed is None:
            roots = tuple(collection_roots(self.places, self.near.playbook_dir))
            self._installed = Installed(ansible_folder(self.places), roots)
        return self._installed

    def _lookup(self, name: str, known: bool) -> Callable[..., Any] | None:
        folder = next(
            (each for each in plugin_folders("lookup", self.places, self.near) if name.count(".") < 2 and (each / f"{name}.py").is_file()),
            None,
        )
        if folder is None and known:
            return None
        target = name if folder is not None else self._target("lookup", name)
        if folder is None and not any(self._lookup_files(target)):
            return None

        def run(terms: list[Any], context: Any, **options: Any) -> list[Any]:
            installed = self.installed()
            variables = _Values(context, installed.data)
            module = installed.lookup(target, variables, self.near.playbook_dir, folder)
            if module is None:
                raise TemplateError(f"the lookup '{target}' cannot be loaded by the installed Ansible", remedy="see its requirements")
            return list(module.run(installed.data(terms), variables=variables, **options))

        return run

    def _lookup_files(self, name: str) -> Iterator[Path]:
        """Yield the file of a lookup in its collection or in the installed Ansible."""
        parts = name.split(".", 2)
        if len(parts) < 3 or name.startswith(BUILTIN):
            ansible = ansible_folder(self.places)
            places = [ansible / "plugins" / "lookup"] if ansible else []
        else:
            folder = collection_folder(parts[0], parts[1], self.places, self.near.playbook_dir)
            places = [folder / "plugins" / "lookup"] if folder else []
        yield from (file for place in places if (file := place / f"{parts[-1]}.py").is_file())


class _Values(Mapping[str, Any]):
    """The variables as a lookup of Ansible's kind sees them: rendered as they are taken out, and never to be rendered again.

    context: ours of the same lookup. data: marks a value as no template.
    """

    def __init__(self, context: Any, data: Callable[[Any], Any]) -> None:
        self.context = context
        self.data = data

    def __getitem__(self, name: str) -> Any:
        missing = object()
        found = self.context.value(name, missing)
        if found is missing:
            raise KeyError(name)
        return self.data(found)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(self.context.variables.names()))

    def __len__(self) -> int:
        return len(dict.fromkeys(self.context.variables.names()))


def _imported(file: Path) -> ModuleType:
    """Import a file under a name of its own."""
    name = f"muster_plugins_{hashlib.sha256(str(file).encode()).hexdigest()[:12]}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _broken(file: Path, error: Exception) -> TemplateError:
    return TemplateError(
        f"the plugin {file} cannot be loaded: {type(error).__name__}: {error}",
        expected="a Python file that can be imported here",
        found=str(error),
        remedy="mend the file, or install what it imports into the Python that runs muster",
    )


def with_plain_arguments(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter or test that is given plain Python data instead of our strings and containers with positions.

    What it says with one of Ansible's own errors is the user's message.
    """

    @functools.wraps(function)
    def call(*given: Any, **named: Any) -> Any:
        try:
            return function(*(_plain(each) for each in given), **{name: _plain(each) for name, each in named.items()})
        except Exception as error:
            if type(error).__module__.startswith("ansible.errors"):
                raise TemplateError(str(error)) from error
            raise

    return call


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_plain(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return str.__str__(value) if isinstance(value, str) else value
