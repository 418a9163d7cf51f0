"""What earlier inventory sources gave, as an inventory file for a plugin that makes groups of their hosts; and taking it out again."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from runner.model.inventory_draft import Draft
from runner.model.text import Encrypted


@contextmanager
def as_file(draft: Draft) -> Iterator[list[str]]:
    """Give the words `-i FILE` for what a draft holds, none when it holds no host. Only we may read the file; it is gone afterwards.

    Vault texts are left out: the plugin has no password for them.
    """
    if not draft.hosts:
        yield []
        return
    with TemporaryDirectory(prefix="muster-inventory-") as folder:
        file = Path(folder) / "earlier.json"
        file.touch(0o600)
        file.write_text(json.dumps(_groups(draft)), encoding="utf-8")
        yield ["-i", str(file)]


def _groups(draft: Draft) -> dict[str, Any]:
    found: dict[str, Any] = {"all": {"hosts": {name: _open(host.vars) for name, host in draft.hosts.items()}}}
    for name, group in draft.groups.items():
        entry = found.setdefault(name, {})
        entry["vars"] = _open(group.vars)
        entry["children"] = {each: {} for each in group.children}
        if name != "all":
            entry["hosts"] = {each: {} for each in group.hosts}
    return found


def _open(values: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name): each for name, each in values.items() if not isinstance(each, Encrypted) and _writes(each)}


def _writes(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def without_earlier(listing: dict[str, Any], draft: Draft) -> dict[str, Any]:
    """Return a listing without the variables that the draft has already, so that those keep their place and kind."""
    variables = (listing.get("_meta") or {}).get("hostvars") or {}
    kept = {
        name: {key: each for key, each in values.items() if name not in draft.hosts or key not in draft.hosts[name].vars}
        for name, values in variables.items()
    }
    groups = {
        name: {**group, "vars": {key: each for key, each in group["vars"].items() if key not in draft.groups[name].vars}}
        if name in draft.groups and isinstance(group, dict) and isinstance(group.get("vars"), dict)
        else group
        for name, group in listing.items()
        if name != "_meta"
    }
    return {**groups, "_meta": {"hostvars": kept}}
