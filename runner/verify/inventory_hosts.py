"""testinfra's hosts by inventory name, for checks that look across hosts."""

from collections.abc import Iterator, Mapping
from typing import Any

from testinfra.host import Host

from runner.verify.backend import testinfra_host
from runner.verify.hosts import Hosts, Shells


class InventoryHosts(Mapping[str, Host]):
    """All hosts of the inventory, limited as the user asked; one is connected to when a check first asks something of it."""

    def __init__(self, hosts: Hosts, shells: Shells) -> None:
        self._hosts = hosts
        self.partial = hosts.partial
        self._made = {name: testinfra_host(name, shells) for name in hosts.matching("all")}

    def __getitem__(self, name: str) -> Host:
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def named(self, *patterns: str) -> list[str]:
        """Return the names of the hosts that match any of the patterns, each once. Raises InventoryError for a malformed one."""
        found = [name for pattern in patterns for name in self._hosts.matching(pattern)]
        return [name for name in dict.fromkeys(found) if name in self._made]

    def matching(self, *patterns: str) -> dict[str, Host]:
        """Return the hosts that match any of the patterns."""
        return {name: self._made[name] for name in self.named(*patterns)}

    def variables(self, name: str) -> Mapping[str, Any]:
        """Return the inventory's variables of a host."""
        return self._hosts.variables(name)
