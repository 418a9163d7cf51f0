"""How to reach one host: the connection variables of the inventory, resolved."""

from collections.abc import Mapping

from runner.record import dataclass, field


@dataclass(frozen=True, slots=True)
class Address:
    """Everything a connection needs to know of a host. Secrets (`password`, `key_passphrase`) are left out of its repr.

    kind: ssh, local, docker or fake. name: inventory name. host: DNS name or IP address. timeout: seconds to connect.
    common_args: words of `ansible_ssh_common_args` and `ansible_ssh_extra_args`, split (ssh's `-o Key=value`, `-J`, `-F` are understood).
    folder: where commands start on a local connection, None for our own working directory.
    keepalive: seconds between signs of life; drop_after: seconds of silence after which a host counts as unreachable.
    """

    name: str
    kind: str = "ssh"
    host: str = ""
    port: int | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    private_key_file: str | None = None
    key_passphrase: str | None = field(default=None, repr=False)
    common_args: tuple[str, ...] = ()
    host_key_checking: bool = True
    timeout: float = 10.0
    keepalive: float = 5.0
    drop_after: float = 20.0
    folder: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
