"""The names under which a task finds where its host is: today's, and those that inventories and roles had before Ansible 2.0."""

from collections.abc import Iterable, Mapping
from typing import Any

# of two that are set, the older one counts, as it does when the host is reached
_PAIRS = (("ansible_ssh_host", "ansible_host"), ("ansible_ssh_user", "ansible_user"), ("ansible_ssh_port", "ansible_port"))


def names(layers: Iterable[tuple[str, Mapping[str, Any]]], address: str) -> dict[str, Any]:
    """Return the connection variables that a host has by the other name of one in its inventory.

    layers: the inventory's (name, mapping) of the host, low to high. address: where the host is if nothing says so.
    """
    given: dict[str, Any] = {}
    for _, layer in layers:
        given.update({name: layer[name] for pair in _PAIRS for name in pair if name in layer})
    found: dict[str, Any] = {"ansible_ssh_host": address, "ansible_host": address}
    for older, newer in _PAIRS:
        for name in (older, newer):
            if name in given:
                found.update({older: given[name], newer: given[name]})
                break
    return found
