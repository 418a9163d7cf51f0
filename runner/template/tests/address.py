"""Tests of ansible.utils on addresses and networks: ip, ipv4, in_network, private, subnet_of ..."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from runner.late import late

if TYPE_CHECKING:
    import ipaddress
    import socket
else:
    ipaddress = late("ipaddress")
    socket = late("socket")

MAC = re.compile(r"([0-9a-f]{2}[:-]){5}[0-9a-f]{2}|([0-9a-f]{4}\.){2}[0-9a-f]{4}|[0-9a-f]{12}", re.IGNORECASE)


def address(value: Any) -> Any:
    """Return a value as a single address, None when it is none."""
    try:
        return ipaddress.ip_address(str(value))
    except ValueError:
        return None


def network(value: Any) -> Any:
    """Return a value as a network or address, None when it is neither."""
    try:
        return ipaddress.ip_network(str(value))
    except ValueError:
        return None


def is_ip(value: Any, version: int = 0, *, single: bool = False) -> bool:
    """Tell whether a value is an address, or unless `single` a network, of a version (0: any)."""
    found = address(value) if single else network(value)
    return found is not None and version in (0, found.version)


def has(word: str) -> Callable[[Any], bool]:
    """Return a test for what Python's ipaddress says of an address; of a network it never holds."""

    def check(value: Any) -> bool:
        found = address(value)
        return bool(found is not None and getattr(found, word))

    return check


def inside(value: Any, outer: Any) -> bool:
    """Tell whether an address or network lies in a network."""
    one, two = network(value), network(outer)
    return bool(one is not None and two is not None and one.version == two.version and one.subnet_of(two))


def in_any(value: Any, outer: Any) -> bool:
    """Tell whether an address lies in one or more of some networks."""
    return any(inside(value, each) for each in outer)


def in_one(value: Any, outer: Any) -> bool:
    """Tell whether an address lies in exactly one of some networks."""
    return sum(inside(value, each) for each in outer) == 1


def supernet_of(value: Any, inner: Any) -> bool:
    """Tell whether a network holds another one."""
    return inside(inner, value)


def mask(value: Any, *, host: bool) -> bool:
    """Tell whether a value is an IPv4 netmask, or the mask of its host part."""
    found = address(value)
    if found is None or found.version != 4:
        return False
    try:
        made = ipaddress.IPv4Network(f"0.0.0.0/{found}")
    except ValueError:
        return False
    return bool(made.hostmask == found if host else made.netmask == found)


def within_ipv6(word: str) -> Callable[[Any], bool]:
    """Return a test whether an IPv6 address carries an IPv4 one in a way that Python's ipaddress has a word for."""

    def check(value: Any) -> bool:
        found = address(value)
        return bool(found is not None and found.version == 6 and getattr(found, word))

    return check


def resolvable(value: Any) -> bool:
    """Tell whether a name server, or the hosts file, knows a host or address."""
    try:
        if address(value) is not None:
            socket.gethostbyaddr(str(value))
        else:
            socket.getaddrinfo(str(value), None)
    except OSError:
        return False
    return True


_NAMES: dict[str, Callable[..., bool]] = {
    "ip": is_ip,
    "ip_address": lambda value: is_ip(value, single=True),
    "ipv4": lambda value: is_ip(value, 4),
    "ipv4_address": lambda value: is_ip(value, 4, single=True),
    "ipv4_hostmask": lambda value: mask(value, host=True),
    "ipv4_netmask": lambda value: mask(value, host=False),
    "ipv6": lambda value: is_ip(value, 6),
    "ipv6_address": lambda value: is_ip(value, 6, single=True),
    "ipv6_ipv4_mapped": within_ipv6("ipv4_mapped"),
    "ipv6_sixtofour": within_ipv6("sixtofour"),
    "ipv6_teredo": within_ipv6("teredo"),
    "in_network": inside,
    "in_any_network": in_any,
    "in_one_network": in_one,
    "subnet_of": inside,
    "supernet_of": supernet_of,
    "loopback": has("is_loopback"),
    "multicast": has("is_multicast"),
    "private": has("is_private"),
    "public": has("is_global"),
    "reserved": has("is_reserved"),
    "unspecified": has("is_unspecified"),
    "mac": lambda value: MAC.fullmatch(str(value)) is not None,
    "resolvable": resolvable,
}
TESTS = {f"ansible.utils.{name}": each for name, each in _NAMES.items()}
