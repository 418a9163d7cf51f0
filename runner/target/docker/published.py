"""Published and exposed ports as the docker command line writes them -> as the API has them (pure)."""

import ipaddress
import re
from typing import Any, Dict, List, Optional, Tuple

from runner.target.decision import ModuleFailed

Binding = Dict[str, str]


def port_range(text: str, what: str) -> List[int]:
    """Return the ports of "80" or "80-82". Raises ModuleFailed."""
    found = re.match(r"^(\d+)(?:-(\d+))?$", text)
    if not found:
        raise ModuleFailed('Invalid port description "%s" - expected a port or a range of ports' % what)
    first = int(found.group(1))
    last = int(found.group(2) or first)
    if last < first:
        raise ModuleFailed("Invalid port range: %s" % text)
    return list(range(first, last + 1))


def _split(text: str) -> Tuple[Optional[str], Optional[str], str]:
    """Return (address, host part, container part)."""
    found = re.match(r"^(?:(?:\[([^\]]*)\]|([^:\[\]]*)):)?(?:([^:]*):)?([^:]+)$", text)
    if not found:
        raise ModuleFailed('Invalid port description "%s" - expected 1 to 3 colon-separated parts' % text)
    bracketed, plain, middle, inner = found.groups()
    if middle is None and bracketed is None:
        return None, plain, inner
    address = bracketed if bracketed is not None else plain
    if middle is None:
        raise ModuleFailed('Invalid port description "%s"' % text)
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise ModuleFailed("Bind addresses for published ports must be IPv4 or IPv6 addresses, not hostnames. "
                           "Use the dig lookup to resolve hostnames. (Found hostname: %s)" % address)  # fmt: skip
    return address, middle, inner


def published(ports: List[str], default_ip: str) -> Dict[str, List[Binding]]:
    """Return "80/tcp" -> bindings for the user's list."""
    found: Dict[str, List[Binding]] = {}
    for text in ports:
        plain, _, protocol = str(text).partition("/")
        address, outer, inner = _split(plain)
        inside = port_range(inner, str(text))
        outside = _outside(outer, inside, str(text))
        for port, host in zip(inside, outside):
            binding = {"HostIp": default_ip if address is None else address, "HostPort": host}
            if outer is None:
                binding = {"HostIp": default_ip if address is None else address, "HostPort": ""}
            found.setdefault("%d/%s" % (port, (protocol or "tcp").lower()), []).append(binding)
    return found


def _outside(outer: Optional[str], inside: List[int], text: str) -> List[str]:
    if not outer:
        return [""] * len(inside)
    ports = port_range(outer, text)
    # one port inside and a range outside: the engine takes a free one of the range
    if len(inside) == 1 and len(ports) > 1:
        return ["%d-%d" % (ports[0], ports[-1])]
    return [str(port) for port in ports]


def exposed(ports: Optional[List[str]], bindings: Optional[Dict[str, Any]]) -> List[str]:
    """Return "80/tcp" for each exposed and each published port, sorted."""
    found = set(bindings or {})
    for text in ports or []:
        plain, _, protocol = str(text).partition("/")
        found.update("%d/%s" % (port, (protocol or "tcp").lower()) for port in port_range(plain, str(text)))
    return sorted(found)
