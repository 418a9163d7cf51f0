"""Addresses and routes asked of the kernel over a netlink socket (rtnetlink(7)), without running `ip`."""

import socket
import struct
from typing import Dict, List

NEWROUTE, GETROUTE, NEWADDR, GETADDR = 24, 26, 20, 22
DONE, ERROR = 3, 2
REQUEST, DUMP = 1, 0x300
LOCAL_TABLE, LOCAL_ROUTE = 255, 2
HEADER = struct.Struct("=IHHII")
ADDRESS = struct.Struct("=BBBBI")
ROUTE = struct.Struct("=BBBBBBBBI")
ATTRIBUTE = struct.Struct("=HH")
SCOPES = {0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}
FAMILIES = {socket.AF_INET: "ipv4", socket.AF_INET6: "ipv6"}


class Netlink:
    """One socket to the kernel. Raises OSError where netlink is not to be had."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self.socket.settimeout(2.0)
        self.socket.bind((0, 0))

    def close(self):
        """Close the socket."""
        self.socket.close()

    def ask(self, kind, body, dump=True):
        """Send one request and return the bytes of all messages of the answer."""
        self.socket.send(HEADER.pack(HEADER.size + len(body), kind, REQUEST | (DUMP if dump else 0), 1, 0) + body)
        answer = b""
        while True:
            piece = self.socket.recv(1 << 18)
            answer += piece
            kinds = [message[0] for message in messages(piece)]
            if DONE in kinds or ERROR in kinds or not dump:
                return answer

    def addresses(self):
        """Return all addresses, as `parsed_addresses` does."""
        return parsed_addresses(self.ask(GETADDR, ADDRESS.pack(0, 0, 0, 0, 0)))

    def local_routes(self):
        """Return the addresses this host takes as its own."""
        found: Dict[str, List[str]] = {"ipv4": [], "ipv6": []}
        for family in FAMILIES:
            for route in parsed_routes(self.ask(GETROUTE, ROUTE.pack(family, 0, 0, 0, 0, 0, 0, 0, 0))):
                if route["table"] == LOCAL_TABLE and route["type"] == LOCAL_ROUTE and route["to"]:
                    found[FAMILIES[family]].append(route["to"])
        return found

    def route_to(self, address):
        """Return the route to an address: {"gateway", "interface" (number), "source", ...}, or None."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        packed = socket.inet_pton(family, address)
        body = ROUTE.pack(family, len(packed) * 8, 0, 0, 0, 0, 0, 0, 0) + ATTRIBUTE.pack(4 + len(packed), 1) + packed
        routes = parsed_routes(self.ask(GETROUTE, body, dump=False))
        return routes[0] if routes else None


def messages(data):
    """Return (kind, body) for each message in the bytes."""
    found, place = [], 0
    while place + HEADER.size <= len(data):
        length, kind = HEADER.unpack_from(data, place)[:2]
        if length < HEADER.size:
            break
        found.append((kind, data[place + HEADER.size : place + length]))
        place += (length + 3) & ~3
    return found


def attributes(body, place):
    """Return number -> bytes of the attributes of a message from a place on."""
    found = {}
    while place + ATTRIBUTE.size <= len(body):
        length, kind = ATTRIBUTE.unpack_from(body, place)
        if length < ATTRIBUTE.size:
            break
        found[kind] = body[place + ATTRIBUTE.size : place + length]
        place += (length + 3) & ~3
    return found


def spelled(family, packed):
    """Return an address as text, "" when there is none."""
    return socket.inet_ntop(family, packed) if packed else ""


def parsed_addresses(data):
    """Return [{"family", "index", "prefix", "scope", "address", "broadcast", "label"}] in the kernel's order."""
    found = []
    for kind, body in messages(data):
        if kind != NEWADDR:
            continue
        family, prefix, _flags, scope, index = ADDRESS.unpack_from(body)
        values = attributes(body, ADDRESS.size)
        if family not in FAMILIES:
            continue
        found.append(
            {
                "family": FAMILIES[family],
                "index": index,
                "prefix": prefix,
                "scope": SCOPES.get(scope, str(scope)),
                # on a point-to-point link IFA_ADDRESS is the peer and IFA_LOCAL is us
                "address": spelled(family, values.get(2) or values.get(1)),
                "broadcast": spelled(family, values.get(4)),
                "label": values.get(3, b"").rstrip(b"\0").decode("utf-8", "replace"),
            }
        )
    return found


def parsed_routes(data):
    """Return [{"table", "type", "to", "gateway", "interface", "source"}]; `to` has its prefix unless it is one address."""
    found = []
    for kind, body in messages(data):
        if kind != NEWROUTE:
            continue
        family, length, _, _, table, _, _, route_type, _ = ROUTE.unpack_from(body)
        values = attributes(body, ROUTE.size)
        target = spelled(family, values.get(1))
        if target and length != (32 if family == socket.AF_INET else 128):
            target = "%s/%d" % (target, length)
        found.append(
            {
                "table": struct.unpack("=I", values[15])[0] if 15 in values else table,
                "type": route_type,
                "to": target,
                "gateway": spelled(family, values.get(5)),
                "interface": struct.unpack("=I", values[4])[0] if 4 in values else 0,
                "source": spelled(family, values.get(7)),
            }
        )
    return found
