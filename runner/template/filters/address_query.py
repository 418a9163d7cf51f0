"""What ipaddr can be asked of one address or network."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from runner.errors import TemplateError
from runner.late import late
from runner.record import dataclass

if TYPE_CHECKING:
    import netaddr
else:
    netaddr = late("netaddr")


def quiet() -> tuple[type[Exception], ...]:
    """Return what netaddr raises for what is no address."""
    return (netaddr.AddrFormatError, ValueError, TypeError)


@dataclass(frozen=True, slots=True)
class Address:
    """An address or network as written. network: with its prefix. bare: written without one. number: written as a number."""

    text: str
    network: Any
    bare: bool
    number: bool = False

    @property
    def version(self) -> int:
        """4 or 6."""
        return int(self.network.version)

    @property
    def whole(self) -> bool:
        """It is a network, not a host in one: its address is the first of it and it holds more than two."""
        return bool(self.network.ip == self.network.network and self.network.size > 2)

    @property
    def longest(self) -> int:
        """The prefix length of a single address."""
        return 32 if self.version == 4 else 128


def as_address(value: Any, query: Any) -> Address | None:
    """Return a value as an address, or None when it is none. A number is one, too."""
    if isinstance(value, bool):
        return None
    text = str(value)
    number = text.isdigit()
    if number and query not in ("", "address", "int", "bool", "host", "ipv4", "ipv6", "host/prefix", "address/prefix"):
        number = True
    try:
        if number:
            address = netaddr.IPAddress(int(text))
            return Address(text, netaddr.IPNetwork(address), True, True)
        if "." not in text.partition("/")[0] and ":" not in text:
            return None
        return Address(text, netaddr.IPNetwork(text), "/" not in text)
    except quiet():
        return None


def single(address: Address) -> bool:
    """Tell whether it stands for one host: written bare, or a host with its network's prefix."""
    return not address.whole


def with_prefix(address: Address, ip: Any) -> str:
    """Return an address of the network with the network's prefix."""
    return f"{ip}/{address.network.prefixlen}"


def plain_address(address: Address) -> Any:
    """Return the address without prefix; None for a network, whose first address only IPv6 gives to hosts."""
    return str(address.network.ip) if single(address) or address.version == 6 else None


def host(address: Address) -> Any:
    """Return the address with its prefix; None for a network."""
    return str(address.network) if single(address) else None


def written_with_prefix(address: Address) -> Any:
    """Return the address with its prefix when it is written with one; None for a network and for a bare address."""
    return None if address.bare else host(address)


def host_in_net(address: Address) -> Any:
    """Return the address with its prefix; False for a network."""
    return str(address.network) if single(address) else False


def router(address: Address) -> Any:
    """Return the address with its prefix when it is written with the network's; False for anything else."""
    return host_in_net(address)


def net(address: Address) -> Any:
    """Return the network itself when it is one written as such."""
    return str(address.network) if address.network.ip == address.network.network and address.network.size > 1 else None


def usable_edge(address: Address, last: bool) -> Any:
    """Return the first or last address that a host of the network may have."""
    network = address.network
    if network.size == 1:
        return None
    edge = 1 if network.size > 2 else 0
    number = network.last - edge if last else network.first + edge
    return str(netaddr.IPAddress(number, version=address.version))


def neighbour(address: Address, offset: int) -> Any:
    """Return the address beside this one, if a host of the network may have it."""
    network = address.network
    edge = 1 if network.size > 2 else 0
    number = int(network.ip) + offset
    inside = network.first + edge <= number <= network.last - edge
    return str(netaddr.IPAddress(number, version=address.version)) if inside and network.size > 1 else None


def nth(address: Address, number: int) -> Any:
    """Return the address of the network with a number, with its prefix; False when there is none. A bare address has no others."""
    if address.network.size == 1:
        return address.text
    try:
        return with_prefix(address, address.network[number])
    except IndexError:
        return False


def member(address: Address, network: Any) -> Any:
    """Return the address as written when it lies in the network, else None."""
    inside = address.network.first >= network.first and address.network.last <= network.last
    return address.text if inside and address.version == network.version else None


def kept(address: Address, holds: Any) -> Any:
    """Return the address as written when something holds for it, else None."""
    return address.text if holds else None


def public(address: Address) -> bool:
    """Tell whether the address can be reached from everywhere."""
    ip = address.network.ip
    return bool(ip.is_global() and not ip.is_multicast())


def private(address: Address) -> bool:
    """Tell whether the address is one that is not used between networks: private, loopback, link-local, documentation."""
    ip = address.network.ip
    return bool(not ip.is_global() and not ip.is_multicast())


def broadcast(address: Address) -> Any:
    """Return the network's broadcast address, if it has one."""
    found = address.network.broadcast
    return str(found) if found is not None else None


def in_network(address: Address) -> Address:
    """Return an address that was written with a prefix. Raises TemplateError for a bare one."""
    if address.bare:
        raise TemplateError("Not a network address", expected="an address with its prefix, as 10.0.0.1/24", found=address.text)
    return address


def range_usable(address: Address) -> Any:
    """Return the first and last address that a host of the network may have, joined by a dash."""
    first, last = usable_edge(in_network(address), last=False), usable_edge(address, last=True)
    return f"{first}-{last}" if first is not None else None


def peer(address: Address) -> Any:
    """Return the other end of a point-to-point network. Raises TemplateError for a larger one."""
    if not 2 <= address.network.size <= 4:
        raise TemplateError("Not a point-to-point network", expected="a prefix of 30 or 31 (126 or 127)", found=address.text)
    return neighbour(address, 1) or neighbour(address, -1)


def size_usable(address: Address) -> int:
    """Return how many hosts the network can have."""
    size = int(address.network.size)
    return 0 if size == 1 else size if size == 2 else size - 2


def in_version(address: Address, version: int) -> Any:
    """Return the address as written when it is of a version; an IPv4 address inside an IPv6 one is converted."""
    if address.version == version:
        return address.text
    try:
        made = address.network.ipv4() if version == 4 else address.network.ipv6()
    except (*quiet(), netaddr.AddrConversionError):
        return False
    return str(made)


def six_to_four(address: Address) -> Any:
    """Return the 6to4 network of an IPv4 address."""
    if address.version == 6:
        return kept(address, address.network.ip in netaddr.IPNetwork("2002::/16")) or False
    if address.whole:
        return False
    value = int(address.network.ip)
    return f"2002:{value >> 16:04x}:{value & 0xFFFF:04x}::1/48"


def wrapped(address: Address) -> str:
    """Return an IPv6 address in brackets."""
    if address.version != 6:
        return address.text
    ip, slash, prefix = address.text.partition("/")
    return f"[{ip}]{slash}{prefix}"


QUERIES: dict[str, Callable[[Address], Any]] = {
    "": lambda a: str(a.network.ip) if a.number else a.text if a.bare else str(a.network),
    "bool": lambda a: True,
    "address": plain_address,
    "ip": plain_address,
    "address/prefix": host_in_net,
    "ip/prefix": written_with_prefix,
    "host": host,
    "host/prefix": host_in_net,
    "hostnet": host_in_net,
    "router": router,
    "gateway": router,
    "gw": router,
    "net": net,
    "network": lambda a: str(a.network.network),
    "network_id": lambda a: str(a.network.network),
    "network/prefix": lambda a: str(a.network.cidr),
    "subnet": lambda a: str(a.network.cidr),
    "cidr": lambda a: str(a.network),
    "cidr_lookup": lambda a: str(a.network.cidr),
    "netmask": lambda a: str(a.network.netmask),
    "network_netmask": lambda a: f"{a.network.network} {a.network.netmask}",
    "network_wildcard": lambda a: f"{a.network.network} {a.network.hostmask}",
    "address_netmask": lambda a: f"{a.network.ip} {a.network.netmask}",
    "ip_netmask": lambda a: f"{a.network.ip} {a.network.netmask}" if written_with_prefix(a) else None,
    "ip_wildcard": lambda a: f"{a.network.ip} {a.network.hostmask}",
    "hostmask": lambda a: str(a.network.hostmask),
    "wildcard": lambda a: str(a.network.hostmask),
    "prefix": lambda a: int(a.network.prefixlen),
    "broadcast": broadcast,
    "size": lambda a: int(a.network.size),
    "size_usable": size_usable,
    "first_usable": lambda a: usable_edge(in_network(a), last=False),
    "last_usable": lambda a: usable_edge(in_network(a), last=True),
    "range_usable": range_usable,
    "next_usable": lambda a: neighbour(in_network(a), 1),
    "previous_usable": lambda a: neighbour(in_network(a), -1),
    "peer": peer,
    "revdns": lambda a: str(a.network.ip.reverse_dns),
    "version": lambda a: a.version,
    "type": lambda a: "network" if net(a) else "address",
    "int": lambda a: int(a.network.ip) if a.bare else f"{int(a.network.ip)}/{a.network.prefixlen}",
    "ipv4": lambda a: in_version(a, 4),
    "ipv6": lambda a: in_version(a, 6),
    "4": lambda a: kept(a, a.version == 4) or False,
    "6": lambda a: kept(a, a.version == 6) or False,
    "public": lambda a: kept(a, public(a)),
    "private": lambda a: kept(a, private(a)),
    "unicast": lambda a: kept(a, a.network.ip.is_unicast()),
    "multicast": lambda a: kept(a, a.network.ip.is_multicast()),
    "loopback": lambda a: kept(a, a.network.ip.is_loopback()),
    "link-local": lambda a: kept(a, a.network.ip.is_link_local()),
    "lladdr": lambda a: kept(a, a.network.ip.is_link_local()),
    "6to4": six_to_four,
    "wrap": wrapped,
}
