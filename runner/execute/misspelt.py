"""Misspelt connection variables of an inventory, unless something in the project reads them."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from runner.model.inventory import Inventory
from runner.position import Position, position_of
from runner.variables.misspelt import meant

# A project larger than this is not looked through, and nothing is told.
MOST_FILES = 5000
LARGEST = 512 * 1024


class Misspelt:
    """Looks at the variables of an inventory and of its files. folders: where what reads variables stands.

    tell: is given name, right name and place of each, once a file.
    """

    def __init__(self, folders: Iterable[str], tell: Callable[[str, str, Position], None]) -> None:
        self._folders = list(dict.fromkeys(os.path.abspath(each) for each in folders))
        self._tell = tell
        self._told: set[tuple[str, str]] = set()

    def inventory(self, inventory: Inventory) -> None:
        """Look at the variables that the sources themselves give hosts and groups."""
        for group in inventory.groups.values():
            self.variables(group.vars)
        for host in inventory.hosts.values():
            self.variables(host.vars)

    def variables(self, mapping: Mapping[str, Any]) -> None:
        """Look at the names of some variables. Those that stand in no file (scripts, plugins) are left alone."""
        for name, value in mapping.items():
            at = position_of(name)
            # a list or a mapping is no connection variable, whatever its name
            if at is None or not isinstance(name, str) or isinstance(value, (list, dict)) or (name, at.file) in self._told:
                continue
            right = meant(name)
            if right is not None:
                self._told.add((str(name), at.file))
                if not self._is_read(str(name)):
                    self._tell(str(name), right, at)

    def _is_read(self, name: str) -> bool:
        """Tell whether a word stands in a file of the project other than where it gets its value."""
        use = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])(?!['\"]?\s*(?::|=(?!=)))".encode())
        for count, file in enumerate(self._files()):
            if count >= MOST_FILES:
                return True
            try:
                if file.stat().st_size <= LARGEST and use.search(file.read_bytes()):
                    return True
            except OSError:
                continue
        return False

    def _files(self) -> Iterator[Path]:
        for folder in self._folders:
            for where, inner, names in os.walk(folder):
                inner[:] = [each for each in inner if not each.startswith(".") and each not in ("node_modules", "__pycache__")]
                yield from (Path(where, name) for name in names if not name.startswith("."))


def said(name: str) -> str:
    """Return what to say of such a variable."""
    return f"the variable '{name}' means nothing to a connection, and nothing else reads it"
