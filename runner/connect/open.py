"""Address -> connection: the table of the ways to reach a host."""

from collections.abc import Callable

from runner.connect.base import Connection
from runner.connect.docker import DockerConnection
from runner.connect.fake import FakeConnection
from runner.connect.local import LocalConnection
from runner.connect.ssh import SshConnection
from runner.errors import UnknownName, nearest_names
from runner.model.address import Address

KINDS: dict[str, Callable[[Address], Connection]] = {
    "docker": DockerConnection,
    "fake": FakeConnection,
    "local": LocalConnection,
    "smart": SshConnection,
    "ssh": SshConnection,
    "paramiko": SshConnection,
}


def connection_for(address: Address) -> Connection:
    """Return a connection of the address's kind, not open yet. Raises UnknownName."""
    kind = KINDS.get(address.kind)
    if kind is None:
        message = f"{address.name}: there is no connection of the kind {address.kind!r}"
        raise UnknownName(message, expected=", ".join(KINDS), found=address.kind, nearest=nearest_names(address.kind, KINDS))
    return kind(address)
