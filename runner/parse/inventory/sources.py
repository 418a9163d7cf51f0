"""From the `-i` arguments to the inventory: folders, files of every form, programs and host lists, merged in order."""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runner.errors import InventoryError, RunnerError, VaultError, nearest_names
from runner.late import late
from runner.model.inventory import Inventory, Source
from runner.model.inventory_draft import Draft
from runner.model.text import Map
from runner.parse.inventory.constructed import PLUGINS as CONSTRUCTED
from runner.parse.inventory.generator import PLUGINS as GENERATOR
from runner.parse.inventory.host_list import read_host_list
from runner.parse.inventory.ini import read_ini
from runner.parse.inventory.script import read_script
from runner.parse.inventory.yaml import read_yaml
from runner.parse.settings import Settings
from runner.parse.source import read_source
from runner.parse.yaml_text import load_yaml
from runner.position import Position
from runner.record import dataclass
from runner.vault.secrets import Secrets

if TYPE_CHECKING:
    from runner.parse.inventory import toml
else:
    toml = late("runner.parse.inventory.toml")

ALWAYS_IGNORED = re.compile(r"^\.|^host_vars$|^group_vars$|^vars_plugins$")
YAML_EXTENSIONS = (".yaml", ".yml", ".json", ".config", "")

Warn = Callable[[str], None]
Construct = Callable[[Map, Draft], None]


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading inventories needs to know. construct: works out the configuration of an inventory plugin."""

    settings: Settings
    secrets: Secrets
    warn: Warn
    construct: Construct | None = None


def read_inventory(sources: Sequence[str], reading: Reading, cwd: str) -> Inventory:
    """Return the inventory of all `-i` arguments, later ones adding to and overriding earlier ones.

    A source that cannot be read is a warning, or with the settings any_unparsed_is_failed / unparsed_is_failed (all of them) an
    InventoryError.
    """
    deep = reading.settings.hash_behaviour == "merge"
    draft = Draft(reading.warn, reading.settings.force_valid_group_names, deep=deep)
    parsed = False
    for written in sources:
        if not written:
            continue
        is_list = "," in written and not Path(cwd, written).exists()
        path = written if is_list else os.path.normpath(os.path.join(cwd, os.path.expanduser(written)))
        draft.sources.append(Source(path, None if is_list else path if Path(path).is_dir() else str(Path(path).parent)))
        parsed = _read_source(path, draft, reading, is_list=is_list) or parsed
    if sources and not parsed:
        if reading.settings.inventory_unparsed_failed:
            raise InventoryError("No inventory was parsed, please check your configuration and options.")
        if reading.settings.inventory_unparsed_warning:
            reading.warn("No inventory was parsed, only implicit localhost is available")
    return draft.freeze()


def _read_source(path: str, draft: Draft, reading: Reading, *, is_list: bool = False) -> bool:
    """Add one source to the draft; tell whether it could be read."""
    if not is_list and Path(path).is_dir():
        return _read_folder(path, draft, reading)
    if is_list:
        draft.begin(None, None)
        return _read_host_list(path, draft, reading)
    draft.begin(path, str(Path(path).parent))
    failures = [_missing(path)] if not Path(path).exists() else _read_file(path, draft, reading)
    if failures is None:
        return True
    if reading.settings.inventory_any_unparsed_failed:
        raise failures[-1] if failures else InventoryError(f"Completely failed to parse inventory source {path}")
    for failure in failures:
        reading.warn(_told(failure, path))
    reading.warn(f"Unable to parse {path} as an inventory source")
    return False


def _read_host_list(written: str, draft: Draft, reading: Reading) -> bool:
    ranges = "advanced_host_list" in reading.settings.inventory_enabled
    try:
        read_host_list(written, draft, ranges=ranges)
    except InventoryError as failure:
        if reading.settings.inventory_any_unparsed_failed:
            raise
        form = "advanced_host_list" if ranges else "host_list"
        reading.warn(f"Failed to parse {written.rstrip(',')}, with {form}: {failure.message}; expected {failure.expected}")
        return False
    return True


def _told(failure: RunnerError, path: str) -> str:
    where = f"{failure.position}: " if failure.position else f"{path}: "
    parts = [f" * Failed to parse {where}{failure.message}"]
    parts += [f"expected {failure.expected}"] if failure.expected else []
    parts += [f"found {failure.found}"] if failure.found else []
    parts += ["did you mean " + " or ".join(failure.nearest) + "?"] if failure.nearest else []
    parts += [failure.remedy] if failure.remedy else []
    return "; ".join(parts)


def _missing(path: str) -> RunnerError:
    folder = Path(path).parent
    there = [each.name for each in folder.iterdir()] if folder.is_dir() else []
    return InventoryError(
        f"the inventory {path} does not exist",
        nearest=nearest_names(Path(path).name, there),
        remedy="correct the path given with -i; a single host needs a comma behind it",
    )


def _read_folder(path: str, draft: Draft, reading: Reading) -> bool:
    """Add every file of a folder, in order of their names, without ignored extensions, hidden files and the vars folders."""
    settings = reading.settings
    ignored = [re.compile(re.escape(each) + "$") for each in settings.inventory_ignore_extensions]
    ignored += [re.compile(each) for each in settings.inventory_ignore_patterns]
    parsed = False
    for name in sorted(os.listdir(path)):
        if ALWAYS_IGNORED.search(name) or any(each.search(name) for each in ignored):
            continue
        parsed = _read_source(str(Path(path, name)), draft, reading) or parsed
    if not parsed and settings.inventory_any_unparsed_failed:
        raise InventoryError(
            f"Completely failed to parse inventory source {path}", remedy="put an inventory file into the folder"
        )
    return parsed


def _read_file(path: str, draft: Draft, reading: Reading) -> list[RunnerError] | None:
    """Add one file in whichever form it has. Return None when that went well, else what each form complained about."""
    enabled = reading.settings.inventory_enabled
    failures: list[RunnerError] = []
    for form in _forms(path, enabled):
        trial = draft.trial()
        try:
            if form == "script":
                read_script(path, trial)
            elif form == "yaml":
                _read_yaml(path, trial, reading)
            elif form == "toml":
                toml.read_toml(read_source(path, reading.secrets), path, trial)
            else:
                read_ini(read_source(path, reading.secrets), path, trial)
        except VaultError:
            raise
        except RunnerError as failure:
            failures.append(failure.at(Position(path, 1)))
        else:
            draft.accept(trial)
            return None
    return _likeliest(failures, path)


def _read_yaml(path: str, draft: Draft, reading: Reading) -> None:
    """Add a YAML inventory, or what the configuration of an inventory plugin makes of the hosts so far."""
    data = load_yaml(read_source(path, reading.secrets), path, warn=lambda text, at: reading.warn(f"{text} ({at})"))
    enabled = {"auto", str(data.get("plugin")), str(data.get("plugin")).rpartition(".")[2]} if isinstance(data, Map) else set()
    if reading.construct and isinstance(data, Map) and isinstance(data.get("plugin"), str) and (
        data["plugin"] in CONSTRUCTED or enabled.intersection(reading.settings.inventory_enabled)
    ):
        reading.construct(data, draft)
    elif "yaml" in reading.settings.inventory_enabled:
        read_yaml(data, path, draft)
    else:
        raise InventoryError(
            f"{path} is not the configuration of an inventory plugin that is enabled",
            position=Position(path, 1),
            expected="'plugin: <name>', one of enable_plugins: " + ", ".join(reading.settings.inventory_enabled),
            found="nothing" if not data else "no such plugin",
            remedy="add 'plugin:', or enable the inventory plugin yaml",
        )


def _forms(path: str, enabled: Sequence[str]) -> list[str]:
    """Return the forms a file may have, in the order they are tried."""
    found = []
    if "script" in enabled and _is_program(path):
        found.append("script")
    if {"yaml", "auto", *CONSTRUCTED, *GENERATOR}.intersection(enabled) and Path(path).suffix in YAML_EXTENSIONS:
        found.append("yaml")
    if "toml" in enabled and Path(path).suffix == ".toml":
        found.append("toml")
    if "ini" in enabled and "toml" not in found:
        found.append("ini")
    return found


def _is_program(path: str) -> bool:
    if os.access(path, os.X_OK):
        return True
    try:
        with open(path, "rb") as stream:
            return stream.read(2) == b"#!"
    except OSError:
        return False


def _likeliest(failures: list[RunnerError], path: str) -> list[RunnerError]:
    """Return the complaints worth showing: of a file named .yml that of YAML, of a program its own, else all."""
    if Path(path).suffix in (".yml", ".yaml", ".json", ".toml") or _is_program(path):
        return failures[:1]
    return failures[-1:]
