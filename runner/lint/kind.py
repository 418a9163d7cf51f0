"""What a file is, told by its place and its content (pure save for looking at names)."""

from pathlib import Path
from typing import Any

from runner.model.text import Map
from runner.parse.playbook import IMPORT

VARIABLES = ("group_vars", "host_vars", "vars", "defaults")
GROUP = frozenset({"hosts", "children", "vars"})
# Three of these make a drill, also one that lacks what it must have, or has it misspelt.
DRILL = frozenset({"hosts", "cases", "load", "observe", "steady_state", "expect", "cooldown"})
INI_NAMES = ("hosts", "inventory")
YAML = (".yml", ".yaml")


def kind_of(path: Path, data: Any) -> str:
    """Return playbook, tasks, handlers, vars, drill, lab, inventory, plugin (a configured inventory) or yaml (anything else)."""
    if any(part in VARIABLES for part in path.parent.parts[-3:]):
        return "vars"
    if isinstance(data, list):
        entries = [each for each in data if isinstance(each, Map)]
        if any("hosts" in each or any(key in IMPORT for key in each) for each in entries):
            return "playbook"
        return path.parent.name if path.parent.name in ("tasks", "handlers") and entries else "yaml"
    if not isinstance(data, Map):
        return "yaml"
    if {"name", "hosts", "cases"} <= set(data) or len(DRILL & set(data)) >= 3:
        return "drill"
    if {"name", "network", "hosts"} <= set(data):
        return "lab"
    if isinstance(data.get("plugin"), str):
        return "plugin"
    groups = [each for each in data.values() if isinstance(each, dict)]
    looks = bool(groups) and len(groups) >= len([each for each in data.values() if each is not None])
    if looks and all(set(map(str, each)) <= GROUP for each in groups) and any(groups):
        return "inventory"
    return "inventory" if path.parent.name in ("inventory", "inventories") and "all" in data else "yaml"


def is_ini(path: Path) -> bool:
    """Tell whether a file is an inventory of the old form by its name and place."""
    if path.suffix == ".ini":
        return path.parent.name.startswith("inventor") or path.stem in INI_NAMES
    return not path.suffix and path.name in INI_NAMES
