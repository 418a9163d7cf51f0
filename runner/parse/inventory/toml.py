"""Inventory as TOML: tables of groups with vars, children (a list) and hosts.

https://docs.ansible.com/ansible/latest/collections/ansible/builtin/toml_inventory.html
"""

import tomllib
from typing import Any

from runner.errors import InventoryError
from runner.model.inventory_draft import Draft
from runner.model.text import trust
from runner.parse.inventory.yaml import read_yaml
from runner.position import Position


def read_toml(text: str, path: str, draft: Draft) -> None:
    """Add what a TOML text says to the draft. Raises InventoryError."""
    start = Position(path, 1)
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InventoryError(f"TOML file ({path}) is invalid: {error}", position=start, expected="TOML", remedy="correct it") from error
    for name, group in data.items():
        if isinstance(group, dict) and isinstance(group.get("children"), list):
            group["children"] = {str(child): None for child in group["children"]}
        elif isinstance(group, dict) and "children" in group:
            raise InventoryError(
                f"Invalid 'children' entry for '{name}' group, requires a list", position=start, found=type(group["children"]).__name__
            )
    read_yaml(trust(data, start), path, draft)
