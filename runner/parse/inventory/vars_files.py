"""The files of group_vars/ and host_vars/ beside an inventory or a playbook, read when first asked for."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from runner.errors import ParseError
from runner.model.combine import combine
from runner.model.text import Map
from runner.parse.settings import Settings
from runner.parse.source import read_source
from runner.parse.yaml_text import Warn, load_yaml
from runner.position import Position, position_of
from runner.record import dataclass
from runner.vault.secrets import Secrets

Given = Callable[[str, str, str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class VarsReading:
    """How the files are read. extensions: those that count, besides none at all. deep: merge mappings (hash_behaviour).

    told: is given each mapping that was read.
    """

    secrets: Secrets
    warn: Warn
    extensions: tuple[str, ...] = (".yml", ".yaml", ".json")
    deep: bool = False
    told: Callable[[Mapping[str, Any]], None] = lambda mapping: None


class NamedVars(Mapping[str, Map]):
    """Name of a group or host -> the variables of its files in one folder, such as group_vars/. Each is read when looked up.

    A lookup raises ParseError for a file that cannot be read or is no mapping, VaultError for one that cannot be decrypted.
    """

    def __init__(self, folder: str, reading: VarsReading) -> None:
        self.folder = folder
        self.reading = reading
        self._paths = self._list()
        self._read: dict[str, Map] = {}

    def _list(self) -> dict[str, str]:
        """Return name -> path. Of `web`, `web.yml`, `web.yaml` and `web.json` the first that exists counts, as in Ansible."""
        try:
            entries = sorted(os.listdir(self.folder))
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except OSError as problem:
            raise ParseError(
                f"Unable to read {self.folder}: {problem.strerror}",
                position=Position(self.folder, 1),
                remedy="check the permissions of the folder",
            ) from problem
        found: dict[str, str] = {}
        for extension in reversed(("", *self.reading.extensions)):
            for entry in entries:
                name = entry.removesuffix(extension) if extension else entry
                if entry.endswith(extension) and name:
                    found[name] = str(Path(self.folder, entry))
        return found

    def __getitem__(self, name: str) -> Map:
        if name not in self._read:
            self._read[name] = self._load(self._paths[name])
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def _load(self, path: str) -> Map:
        made = Map(position=Position(path, 1))
        for file in self._files(path):
            own = read_vars_file(file, self.reading)
            self.reading.told(own)
            made = combine(made, own, deep=self.reading.deep)
        return made

    def _files(self, path: str) -> list[str]:
        """Return the file itself, or the files of a folder and its folders, sorted; hidden ones and backups are left out."""
        if not Path(path).is_dir():
            return [path]
        found: list[str] = []
        for entry in sorted(os.listdir(path)):
            inner = str(Path(path, entry))
            if entry.startswith(".") or entry.endswith("~"):
                continue
            if Path(inner).is_dir():
                found += self._files(inner)
            elif Path(entry).suffix in ("", *self.reading.extensions):
                found.append(inner)
        return found


def read_vars_file(path: str, reading: VarsReading) -> Map:
    """Return the mapping of a file of variables, empty for an empty file. Raises ParseError when it holds something else."""
    data = load_yaml(read_source(path, reading.secrets), path, warn=reading.warn)
    if data is None:
        return Map(position=Position(path, 1))
    if not isinstance(data, Map):
        raise ParseError(
            f"{path} must be stored as a dictionary/hash",
            position=position_of(data) or Position(path, 1),
            expected="a mapping of variables, name: value",
            found="a list" if isinstance(data, list) else type(data).__name__.lower(),
        )
    for key in data:
        if not isinstance(key, str):
            reading.warn(f"the variable name {key!r} is no text", position_of(data) or Position(path, 1))
    return data


@dataclass(frozen=True, slots=True)
class FolderVars:
    """The group_vars/ and host_vars/ beside one inventory source or playbook: name -> variables."""

    groups: Mapping[str, Map]
    hosts: Mapping[str, Map]


class Plugged(Mapping[str, Map]):
    """The variables of files, and over them those that plugins give: (name) -> variables."""

    def __init__(self, files: Mapping[str, Map], given: Callable[[str], Mapping[str, Any]]) -> None:
        self._files = files
        self._given = given
        self._made: dict[str, Map] = {}

    def __getitem__(self, name: str) -> Map:
        if name not in self._made:
            files = self._files.get(name)
            given = self._given(name)
            self._made[name] = Map({**(files or {}), **given}, position=position_of(files)) if given or files is None else files
        if not self._made[name] and name not in self._files:
            raise KeyError(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


class VarsFiles:
    """The files of variables of a whole run; each folder is listed once and each file read once.

    given: what vars plugins give: (host or group, folder, name) -> variables. told: is given each mapping that was read.
    """

    def __init__(
        self,
        secrets: Secrets,
        settings: Settings,
        warn: Warn | None = None,
        given: Given | None = None,
        told: Callable[[Mapping[str, Any]], None] = lambda mapping: None,
    ) -> None:
        self._given = given
        deep = settings.hash_behaviour == "merge"
        self._reading = VarsReading(secrets, warn or _silent, settings.yaml_valid_extensions, deep, told)
        self._folders: dict[str, FolderVars] = {}

    def at(self, folder: str) -> FolderVars:
        """Return what stands in group_vars/ and host_vars/ of `folder`. Raises ParseError when they cannot be listed."""
        if folder not in self._folders:
            groups, hosts = (NamedVars(str(Path(folder, name)), self._reading) for name in ("group_vars", "host_vars"))
            self._folders[folder] = FolderVars(self._plugged("group", folder, groups), self._plugged("host", folder, hosts))
        return self._folders[folder]

    def _plugged(self, kind: str, folder: str, files: Mapping[str, Map]) -> Mapping[str, Map]:
        given = self._given
        return files if given is None else Plugged(files, lambda name: given(kind, folder, name))


def _silent(text: str, position: Position) -> None:
    """Stand in for a warning function where nobody listens."""
