"""A foreign module with every shared file it imports -> what is sent to the host, each file once under the hash of its content."""

import base64
import hashlib
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from runner.errors import TaskError
from runner.foreign import routing
from runner.foreign.imports import Wanted, imports_of
from runner.foreign.kind import Kind, kind_of
from runner.foreign.locate import Located, collection_folder
from runner.foreign.places import Near, Places, ansible_folder, plugin_folders
from runner.record import dataclass, field
from runner.target.foreign_process import KEPT

BASIC = "ansible.module_utils.basic"
SIX = "ansible.module_utils.six"
# A package of the same name that is installed on the host may add to it, as with Ansible.
_PACKAGE = b"__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"


@dataclass(frozen=True, slots=True)
class Payload:
    """What is sent for a module. kind: how it runs. main: kept name of a script's code, "" for Python.

    files: (full name, whether it is a package, kept name). code: full kept name -> text as the agent keeps it.
    """

    kind: Kind
    main: str
    files: tuple[tuple[str, bool, str], ...]
    code: Mapping[str, str]


@dataclass(slots=True)
class Packing:
    """Collects the files of one module."""

    places: Places
    near: Near
    files: dict[str, tuple[bool, bytes]] = field(default_factory=dict)

    def whole(self, dotted: str, source: bytes) -> None:
        """Take a module, its packages and what every module needs."""
        self.add(dotted, False, source)
        parts = dotted.split(".")
        for count in range(1, len(parts)):
            name = ".".join(parts[:count])
            self.add(name, True, self._package(name))
        for each in self._needed(Wanted(BASIC, False, 0), dotted):
            self.add(*each)

    def add(self, dotted: str, is_package: bool, source: bytes) -> None:
        """Take a file, its packages, and all it imports."""
        todo = [(dotted, is_package, source)]
        while todo:
            name, package, content = todo.pop()
            if name in self.files:
                continue
            self.files[name] = (package, content)
            for wanted in _imports(content, name, package):
                todo += self._needed(wanted, name)

    def _needed(self, wanted: Wanted, by: str) -> list[tuple[str, bool, bytes]]:
        """Return the file that an import means (the module, else the one that has the name in it) and its packages."""
        # six makes what is below it when it is imported
        parts = SIX.split(".") if wanted.name.startswith(SIX + ".") else wanted.name.split(".")
        for count in (len(parts), len(parts) - 1):
            name = ".".join(parts[:count])
            found = self.files.get(name) or self._file(name)
            if found is not None:
                above = [".".join(parts[:each]) for each in range(1, count)]
                packages = [(each, True, self._package(each)) for each in above if each not in self.files]
                return [(name, *found), *packages]
        if wanted.optional:
            return []
        looked = [".".join(parts[:count]) for count in (len(parts), len(parts) - 1)]
        raise TaskError(
            f"Could not find imported module support code for {by}.  Looked for ({looked})",
            expected="a file of that name in a module_utils folder",
            found=f"import in {by}, line {wanted.line}",
            remedy="install the collection it is from, or put the file into module_utils beside the playbook",
        )

    def _package(self, dotted: str) -> bytes:
        found = self._file(dotted)
        return found[1] if found is not None and found[0] else b""

    def _file(self, dotted: str) -> tuple[bool, bytes] | None:
        """Return (whether it is a package, source) of a shared file's full name, or None."""
        if dotted == "ansible":
            return True, _PACKAGE + self._release()
        if dotted in ("ansible.module_utils", "ansible.modules"):
            return True, _PACKAGE
        parts = dotted.split(".")
        if parts[0] == "ansible_collections":
            return self._of_collection(parts)
        if parts[:2] != ["ansible", "module_utils"]:
            return None
        ansible = ansible_folder(self.places)
        folders = [*plugin_folders("module_utils", self.places, self.near), *([ansible / "module_utils"] if ansible else [])]
        return next((found for folder in folders if (found := _python(folder.joinpath(*parts[2:])))), None)

    def _of_collection(self, parts: list[str]) -> tuple[bool, bytes] | None:
        if len(parts) < 3:
            return True, b""
        folder = collection_folder(parts[1], parts[2], self.places, self.near.playbook_dir)
        if folder is None:
            return None
        if len(parts) < 5:
            return True, b""
        found = _python(folder.joinpath(*parts[3:]))
        if found is not None or parts[3:5] != ["plugins", "module_utils"]:
            return found
        moved = routing.entry(routing.file_of(folder), "module_utils", ".".join(parts[5:])).get("redirect")
        if not moved:
            return None
        target = str(moved)
        if not target.startswith("ansible_collections."):
            namespace, collection, rest = target.split(".", 2)
            target = f"ansible_collections.{namespace}.{collection}.plugins.module_utils.{rest}"
        return False, f"import sys\nimport {target} as found\nsys.modules[__name__] = found\n".encode()

    def _release(self) -> bytes:
        return f"__version__ = '{version_of(ansible_folder(self.places))}'\n__author__ = 'Ansible, Inc.'\n".encode()


@cache
def _imports(source: bytes, dotted: str, is_package: bool) -> tuple[Wanted, ...]:
    try:
        return tuple(imports_of(source, dotted, is_package))
    except SyntaxError as error:
        raise TaskError(f"{dotted} is no Python that can be read: {error.msg} (line {error.lineno})") from error


@cache
def _python(path: Path) -> tuple[bool, bytes] | None:
    """Return (whether it is a package, source) of a path without its ending."""
    if (path / "__init__.py").is_file():
        return True, (path / "__init__.py").read_bytes()
    file = path.with_name(path.name + ".py")
    if file.is_file():
        return False, file.read_bytes()
    return (True, b"") if path.is_dir() else None


@cache
def version_of(ansible: Path | None) -> str:
    """Return the version of an installed ansible package, as its release file has it."""
    if ansible is not None and (ansible / "release.py").is_file():
        for line in (ansible / "release.py").read_text(encoding="utf-8").splitlines():
            if line.startswith("__version__"):
                return line.partition("=")[2].strip().strip("'\"")
    return "2.18.0"


def pack(located: Located, places: Places, near: Near) -> Payload:
    """Return what is sent for a module. Raises TaskError for a file that is missing, or when no Ansible is installed."""
    content = located.path.read_bytes()
    kind = kind_of(content, located.path.name)
    if kind.kind != "python":
        name, text = kept(content)
        return Payload(kind, name, (), {KEPT + name: text})
    if ansible_folder(places) is None:
        raise no_ansible(located.name)
    packing = Packing(places, near)
    packing.whole(located.dotted, content)
    files, code = [], {}
    for dotted, (package, source) in sorted(packing.files.items()):
        name, text = kept(source)
        files.append((dotted, package, name))
        code[KEPT + name] = text
    return Payload(kind, "", tuple(files), code)


@cache
def kept(content: bytes) -> tuple[str, str]:
    """Return (name, text) under which content is kept by an agent."""
    return "c" + hashlib.sha256(content).hexdigest()[:24], base64.b64encode(zlib.compress(content, 6)).decode("ascii")


def no_ansible(name: str) -> TaskError:
    """Return the error for a Python module whose shared files are nowhere."""
    return TaskError(
        f"the module '{name}' needs ansible.module_utils, and no installed Ansible was found on this machine",
        expected="the package ansible-core: beside muster, on the PATH, or in a folder of collections_path",
        found="none of them",
        remedy="pip install ansible-core (or ansible, with its collections) where muster is installed, or set "
        "ANSIBLE_COLLECTIONS_PATH to a site-packages folder that has it",
    )
