"""What a collection says of its names in meta/runtime.yml: where they went, what is gone."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def _content(file: Path) -> Mapping[str, Any]:
    if not file.is_file():
        return {}
    with open(file, "rb") as stream:
        content = yaml.load(stream, Loader=_LOADER)  # noqa: S506 (a safe loader, in C where there is one)
    return content if isinstance(content, dict) else {}


def routing(file: Path) -> Mapping[str, Any]:
    """Return `plugin_routing` of a runtime file: kind -> name -> {redirect, tombstone, deprecation}; {} without such a file."""
    found = _content(file).get("plugin_routing")
    return found if isinstance(found, dict) else {}


def groups(file: Path) -> Mapping[str, Any]:
    """Return `action_groups` of a runtime file: name -> modules, and mappings of which `metadata` may name further groups."""
    found = _content(file).get("action_groups")
    return found if isinstance(found, dict) else {}


def entry(file: Path, kind: str, name: str) -> Mapping[str, Any]:
    """Return what a runtime file says of one name, {} for nothing. kind: modules, module_utils, filter, test, lookup, action."""
    names = routing(file).get(kind)
    found = names.get(name) if isinstance(names, dict) else None
    return found if isinstance(found, dict) else {}


def file_of(collection: Path) -> Path:
    """Return where a collection keeps its runtime file."""
    return collection / "meta" / "runtime.yml"
