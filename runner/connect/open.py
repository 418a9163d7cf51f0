"""Address -> connection: the table of the ways to reach a host. A kind's file is loaded when first used: ssh brings much."""

from importlib import import_module

from runner.connect.base import Connection
from runner.connect.kinds import INSIDE
from runner.errors import UnknownName, nearest_names
from runner.model.address import Address

# kind -> (file in this room, class)
KINDS = {
    "docker": ("docker", "DockerConnection"),
    "podman": ("docker", "DockerConnection"),
    "fake": ("fake", "FakeConnection"),
    "local": ("local", "LocalConnection"),
    "smart": ("ssh", "SshConnection"),
    "ssh": ("ssh", "SshConnection"),
    "paramiko": ("ssh", "SshConnection"),
    **dict.fromkeys(INSIDE, ("inside", "InsideConnection")),
}


def connection_for(address: Address) -> Connection:
    """Return a connection of the address's kind, not open yet. Raises UnknownName."""
    kind = KINDS.get(address.kind)
    if kind is None:
        message = f"{address.name}: there is no connection of the kind {address.kind!r}"
        raise UnknownName(message, expected=", ".join(KINDS), found=address.kind, nearest=nearest_names(address.kind, KINDS))
    file, name = kind
    connection: Connection = getattr(import_module(f"runner.connect.{file}"), name)(address)
    return connection
