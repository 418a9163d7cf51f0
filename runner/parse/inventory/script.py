"""Inventory from a program: `--list` prints JSON groups, `--host NAME` the variables of a host unless `_meta` has them."""

import json
import subprocess
from typing import Any

from runner.errors import InventoryError
from runner.model.inventory_draft import Draft
from runner.model.text import trust
from runner.position import Position

GROUP_KEYS = ("hosts", "vars", "children")


def read_script(path: str, draft: Draft) -> None:
    """Run an inventory program and add what it prints to the draft. Raises InventoryError when that fails."""
    read_listing(_run(draft, path, "--list"), path, draft)


def read_listing(data: Any, path: str, draft: Draft) -> None:
    """Add what `--list` of an inventory program at a path says to the draft. Raises InventoryError."""
    position = Position(path, 1)
    if not isinstance(data, dict):
        raise InventoryError(
            f"failed to parse executable inventory script results from {path}: needs to be a json dict",
            position=position,
            expected="a JSON object of groups",
            found=type(data).__name__,
        )
    meta = data.pop("_meta", None)
    for group, value in data.items():
        _read_group(group, value, draft, position)
    known = _meta_vars(meta, position)
    for name in list(dict.fromkeys(host for group in data for host in _hosts(data[group], group))):
        values = known.get(name, {}) if known is not None else _run(draft, path, "--host", name)
        if not isinstance(values, dict):
            raise InventoryError(f"the variables of host {name} from {path} are not a JSON object", position=position)
        for key, value in trust(values, position).items():
            draft.set_host_var(name, key, value)


def _meta_vars(meta: Any, position: Position) -> dict[str, Any] | None:
    """Return the variables of every host if the script gave them with the list, else None."""
    if meta is None:
        return None
    if not isinstance(meta, dict) or not isinstance(meta.get("hostvars", {}), dict):
        raise InventoryError("_meta of the inventory script is not an object with hostvars", position=position)
    return meta.get("hostvars")


def _hosts(value: Any, group: str) -> list[str]:
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and not any(key in value for key in GROUP_KEYS):
        return [group]
    return (value.get("hosts") or []) if isinstance(value, dict) else []


def _read_group(name: str, value: Any, draft: Draft, position: Position) -> None:
    group = draft.add_group(name, position)
    if isinstance(value, dict) and not any(key in value for key in GROUP_KEYS):
        value = {"hosts": [name], "vars": value}
    elif not isinstance(value, dict):
        value = {"hosts": value}
    hosts = value.get("hosts")
    if hosts is not None and not isinstance(hosts, list):
        raise InventoryError(
            f"You defined a group '{name}' with bad data for the host list", position=position, found=repr(hosts)
        )
    for host in hosts or []:
        draft.add_host(host, group, position=position)
    variables = value.get("vars")
    if variables is not None and not isinstance(variables, dict):
        raise InventoryError(
            f"You defined a group '{name}' with bad data for variables", position=position, found=repr(variables)
        )
    for key, each in trust(variables or {}, position).items():
        draft.set_var(group, key, each)
    for child in value.get("children") or [] if name != "_meta" else []:
        draft.add_child(group, draft.add_group(child, position), position)


def _run(draft: Draft, path: str, *words: str) -> Any:
    """Return the JSON that the program prints; the draft is told of what it says on stderr."""
    command = [path, *words]
    position = Position(path, 1)
    try:
        ran = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    except OSError as problem:
        raise InventoryError(
            f"problem running {' '.join(command)}: {problem.strerror}",
            position=position,
            expected="an executable program",
            remedy="make it executable and give it a #! line, or take the #! line away if it is a plain inventory file",
        ) from problem
    said = ran.stderr.decode("utf-8", "replace").strip()
    if ran.returncode:
        raise InventoryError(
            f"Inventory script ({path}) had an execution error: {said or f'exit code {ran.returncode}'}", position=position
        )
    if said:
        draft.warn(f"inventory script {path}: {said}")
    try:
        return json.loads(ran.stdout) if ran.stdout.strip() or words[0] == "--list" else {}
    except ValueError as problem:
        raise InventoryError(
            f"failed to parse executable inventory script results from {path}: {problem}",
            position=position,
            expected="JSON",
            found=ran.stdout.decode("utf-8", "replace")[:80],
        ) from problem
