"""Filters of ansible.utils on network addresses: ipaddr, ipwrap, ipsubnet, ipmath, nthhost, next_nth_usable ..."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from runner.errors import TemplateError
from runner.late import late
from runner.template.filters.address_query import QUERIES, Address, as_address, member, nth, quiet

if TYPE_CHECKING:
    import netaddr
else:
    netaddr = late("netaddr")


def ipaddr(value: Any, query: Any = "", version: Any = False, alias: str = "ipaddr") -> Any:
    """Return what a query says of an address or network, False when the value is none; of a list, a list of what fits.

    query: nothing (is it an address?), a word such as `network` or `host`, a network it must be in, or a number: which
    address of the network. Raises TemplateError for an unknown query.
    """
    if isinstance(value, bool) or value is None or value == "":
        return False
    if isinstance(value, (list, tuple)):
        found = [ipaddr(each, query, version, alias) for each in value]
        return [each for each in found if each not in (False, None, "")]
    address = as_address(value, query)
    if address is None or (version and address.version != int(version)):
        return False
    return answered(address, query, alias)


def answered(address: Address, query: Any, alias: str) -> Any:
    """Return what a query says of one address."""
    word = str(query)
    if word in QUERIES:
        return QUERIES[word](address)
    if word.lstrip("-").isdigit():
        return nth(address, int(word))
    try:
        network = netaddr.IPNetwork(word)
    except quiet() as error:
        raise TemplateError(
            f"{alias}: unknown filter type: {word}",
            expected="a network, a number, or one of " + ", ".join(sorted(filter(None, QUERIES))),
            found=word,
        ) from error
    return member(address, network)


def ipv4(value: Any, query: Any = "") -> Any:
    """Return like ipaddr, for IPv4 only."""
    return ipaddr(value, query, 4, "ipv4")


def ipv6(value: Any, query: Any = "") -> Any:
    """Return like ipaddr, for IPv6 only."""
    return ipaddr(value, query, 6, "ipv6")


def ipwrap(value: Any, query: Any = "") -> Any:
    """Return IPv6 addresses in brackets, anything else as it is."""
    if isinstance(value, (list, tuple)):
        return [ipwrap(each, query) for each in value]
    found = ipaddr(value, query, False, "ipwrap") if query else value
    address = as_address(found, "")
    if address is None or address.version != 6:
        return found
    if "/" in str(found):
        host, _, prefix = str(found).partition("/")
        return f"[{host}]/{prefix}"
    return f"[{found}]"


def network_of(value: Any) -> netaddr.IPNetwork:
    """Return a network. Raises TemplateError when the value is none."""
    try:
        return netaddr.IPNetwork(str(value))
    except quiet() as error:
        raise TemplateError(f"{value!r} is not a network or address", expected="a network such as 10.0.0.0/24", found=str(value)) from error


def ipsubnet(value: Any, query: Any = "", index: Any = None) -> Any:
    """Return a network, how many subnets of a size it has or the one with an index; of a bare address the networks around it.

    query: a size, or a network: the place of the value among its subnets, from 1. Raises TemplateError for what cannot be.
    """
    address = as_address(value, "")
    if address is None:
        return False
    network = address.network.cidr
    if query in ("", None):
        return str(network)
    if not str(query).lstrip("/").isdigit():
        return place_in(network, network_of(query))
    size = int(str(query).lstrip("/"))
    if address.network.size == 1:
        return around(address.network, size, index)
    if index is None:
        if not network.prefixlen <= size <= address.longest:
            raise TemplateError(f"Requested subnet size of {size} is invalid", expected=f"{network.prefixlen} or more", found=str(query))
        return str(1 << (size - network.prefixlen))
    if size > address.longest:
        return False
    if size < network.prefixlen:
        return f"{network.network}/{size}" if int(index) == 0 else False
    try:
        return str(list_at(network, size, int(index)))
    except IndexError:
        return False


def around(network: netaddr.IPNetwork, size: int, index: Any) -> Any:
    """Return the network of a size around an address, or the one with an index among all larger ones; False when there is none."""
    inner = network.supernet(size) if size <= network.prefixlen else []
    if index is None:
        return str(inner[0]) if inner else str(network)
    try:
        return str(inner[int(index)])
    except IndexError:
        return False


def place_in(network: netaddr.IPNetwork, outer: netaddr.IPNetwork) -> str:
    """Return the place of a network among the subnets of its size in another one, from 1. Raises TemplateError when it is not in it."""
    width = 32 if network.version == 4 else 128
    if network.version != outer.version or not outer.first <= network.first:
        raise TemplateError(f"{network} is not in the subnet {outer}", found=str(network), expected=f"a subnet of {outer}")
    return str(((network.first - outer.first) >> (width - network.prefixlen)) + 1)


def list_at(network: netaddr.IPNetwork, size: int, index: int) -> netaddr.IPNetwork:
    """Return the subnet with an index without making all before it."""
    count = 1 << (size - network.prefixlen)
    if not -count <= index < count:
        raise IndexError(index)
    first = network.first + (index % count) * (1 << ((32 if network.version == 4 else 128) - size))
    return netaddr.IPNetwork((first, size), version=network.version)


def ipmath(value: Any, amount: Any) -> str:
    """Return the address that lies `amount` further."""
    if not isinstance(amount, int) or isinstance(amount, bool):
        raise TemplateError(f"You must pass an integer for arithmetic; {amount} is not a valid integer", found=str(amount))
    try:
        address = netaddr.IPNetwork(str(value)).ip if "/" in str(value) else netaddr.IPAddress(str(value))
    except quiet() as error:
        raise TemplateError(f"You must pass a valid IP address; {value} is invalid", found=str(value)) from error
    return str(address + amount)


def nthhost(value: Any, query: Any = "") -> Any:
    """Return the address of a network with a number, False when there is none."""
    try:
        return str(network_of(value)[int(query)])
    except (IndexError, ValueError, TemplateError):
        return False


def usable(value: Any, offset: int) -> Any:
    """Return the address so far from an address with its prefix, if a host may have it."""
    address = as_address(value, "")
    if address is None:
        return False
    if address.bare:
        return None
    network = address.network
    edge = 1 if network.size > 2 else 0
    target = int(network.ip) + offset
    inside = network.first + edge <= target <= network.last - edge
    return str(netaddr.IPAddress(target, version=address.version)) if inside else None


def next_nth_usable(value: Any, offset: Any) -> Any:
    """Return the n-th usable address after this one in its network."""
    return usable(value, int(offset))


def previous_nth_usable(value: Any, offset: Any) -> Any:
    """Return the n-th usable address before this one in its network."""
    return usable(value, -int(offset))


def network_in_network(value: Any, test: Any) -> bool:
    """Tell whether an address or network lies in a network."""
    both = [each.network for each in (as_address(value, ""), as_address(test, "")) if each is not None]
    if len(both) < 2:
        return False
    outer, inner = both
    return bool(inner.first >= outer.first and inner.last <= outer.last and inner.version == outer.version)


def network_in_usable(value: Any, test: Any) -> bool:
    """Tell whether an address or network lies in what hosts of a network may use."""
    both = [each.network for each in (as_address(value, ""), as_address(test, "")) if each is not None]
    if len(both) < 2:
        return False
    outer, inner = both
    edge = 1 if outer.size > 2 else 0
    return bool(inner.first >= outer.first + edge and inner.last <= outer.last - edge and inner.version == outer.version)


def reduce_on_network(value: Iterable[Any], network: Any) -> list[Any]:
    """Return those addresses of a list that lie in a network."""
    return [each for each in value if network_in_network(network, each)]


def cidr_merge(value: Iterable[Any], action: str = "merge") -> Any:
    """Return networks joined as far as they touch (merge), or the smallest one around all of them (span)."""
    networks = [network_of(each) for each in value]
    if action == "merge":
        return [str(each) for each in netaddr.cidr_merge(networks)]
    if action == "span":
        return str(netaddr.spanning_cidr(networks)) if len(networks) > 1 else str(networks[0]) if networks else None
    raise TemplateError(f"cidr_merge: invalid action '{action}'", expected="merge or span", found=action)


def hwaddr(value: Any, query: str = "") -> Any:
    """Return a MAC address, in a notation when one is told (bare, cisco, eui48, int, linux, pgsql, unix, win).

    What is no address is None without a notation, and an error with one. Raises TemplateError.
    """
    kinds = {
        "bare": netaddr.mac_bare,
        "cisco": netaddr.mac_cisco,
        "eui48": netaddr.mac_eui48,
        "linux": netaddr.mac_unix_expanded,
        "unix": netaddr.mac_unix,
        "win": netaddr.mac_eui48,
        **dict.fromkeys(("pgsql", "postgresql", "psql"), netaddr.mac_pgsql),
    }
    try:
        address = netaddr.EUI(str(value))
    except quiet() as error:
        if query in ("", "bool"):
            return None
        raise TemplateError(f"hwaddr: not a hardware address: {value}", expected="such as 52:54:00:12:34:56", found=str(value)) from error
    if query in ("", "bool", "int"):
        return {"": value, "bool": True, "int": int(address)}[query]
    if query not in kinds:
        raise TemplateError(f"hwaddr: unknown filter type: {query}", expected=", ".join(kinds), found=query)
    address.dialect = kinds[query]
    return str(address)


def slaac(value: Any, query: str = "") -> Any:
    """Return the IPv6 address that a MAC address gets in a network."""
    network = as_address(value, "")
    if network is None or network.version != 6:
        return False
    try:
        return str(netaddr.EUI(str(query)).ipv6(network.network.first))
    except quiet():
        return False


_NAMES = {
    "ipaddr": ipaddr,
    "ipv4": ipv4,
    "ipv6": ipv6,
    "ipwrap": ipwrap,
    "ipsubnet": ipsubnet,
    "ipmath": ipmath,
    "nthhost": nthhost,
    "next_nth_usable": next_nth_usable,
    "previous_nth_usable": previous_nth_usable,
    "network_in_network": network_in_network,
    "network_in_usable": network_in_usable,
    "reduce_on_network": reduce_on_network,
    "cidr_merge": cidr_merge,
    "hwaddr": hwaddr,
    "macaddr": hwaddr,
    "slaac": slaac,
}
FILTERS = {**_NAMES, **{f"ansible.utils.{name}": each for name, each in _NAMES.items()}}
