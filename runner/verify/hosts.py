"""What the verify suite needs to know of the hosts and how it talks to them: two narrow seams, given by the caller."""

from collections.abc import Mapping
from typing import Any, Protocol

from runner.model.request import ShellAnswer


class Hosts(Protocol):
    """The inventory, limited as the user asked. partial: whether that leaves out any host."""

    partial: bool

    def matching(self, pattern: str) -> list[str]:
        """Return the names of the hosts that match an inventory pattern, in the order of the inventory. Raises InventoryError."""
        ...

    def variables(self, name: str) -> Mapping[str, Any]:
        """Return the inventory's variables of a host, rendered when they are read."""
        ...


class Shells(Protocol):
    """One connection a host, opened when first used and kept."""

    def run(self, name: str, command: str) -> ShellAnswer:
        """Run a command with the host's /bin/sh, as the user that the inventory says. Raises Unreachable and BecomeError."""
        ...

    def close(self) -> None:
        """Close all connections; safe to call twice."""
        ...
