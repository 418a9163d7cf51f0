"""The names under which a task finds where its host is, also where an inventory has those of before Ansible 2.0."""

from collections.abc import Iterable, Mapping
from typing import Any

# Older and newer. The reverse is left alone: a name that is there counts when the host is reached, and the older one before the newer.
_PAIRS = (("ansible_ssh_host", "ansible_host"), ("ansible_ssh_user", "ansible_user"), ("ansible_ssh_port", "ansible_port"))


def names(layers: Iterable[tuple[str, Mapping[str, Any]]], address: str) -> dict[str, Any]:
    """Return the connection variables that a host has without being given them by these names.

    layers: the inventory's (name, mapping) of the host, low to high. address: where the host is if nothing says so.
    """
    found: dict[str, Any] = {"ansible_host": address}
    for _, layer in layers:
        found.update({newer: layer[older] for older, newer in _PAIRS if older in layer})
    return found
