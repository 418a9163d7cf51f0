"""Reads DER and PEM (pure). Source: ITU-T X.690, RFC 7468."""

import base64
import re
from typing import Any, List, Optional

SEQUENCE, SET, OID, INTEGER, OCTETS, BITS, BOOLEAN, NULL = 0x30, 0x31, 0x06, 0x02, 0x04, 0x03, 0x01, 0x05


class BadDer(ValueError):
    """The bytes are no DER, or not the structure that was expected."""


class Node:
    """One value. tag: its first byte. content: its bytes. raw: with tag and length."""

    def __init__(self, tag: int, content: bytes, raw: bytes) -> None:
        self.tag = tag
        self.content = content
        self.raw = raw

    @property
    def children(self) -> "List[Node]":
        """The values inside."""
        return read_all(self.content)

    def integer(self) -> int:
        """Return an INTEGER's number."""
        return int.from_bytes(self.content, "big", signed=True)

    def oid(self) -> str:
        """Return an OBJECT IDENTIFIER with dots."""
        return oid_text(self.content)

    def bits(self) -> bytes:
        """Return a BIT STRING's bytes."""
        return self.content[1:]

    def text(self) -> str:
        """Return a string of any kind."""
        if self.tag == 0x1E:
            return self.content.decode("utf-16-be", "replace")
        return self.content.decode("utf-8", "replace")

    def find(self, tag: int) -> "Optional[Node]":
        """Return the first value inside with a tag."""
        return next((each for each in self.children if each.tag == tag), None)


def read_all(data: bytes) -> List[Node]:
    """Return the values that follow each other in `data`. Raises BadDer."""
    found = []
    place = 0
    while place < len(data):
        start = place
        if place + 2 > len(data):
            raise BadDer("the data ends early")
        tag, length = data[place], data[place + 1]
        place += 2
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(data[place : place + count], "big")
            place += count
        if place + length > len(data):
            raise BadDer("the data ends early")
        found.append(Node(tag, data[place : place + length], data[start : place + length]))
        place += length
    return found


def read_one(data: bytes) -> Node:
    """Return the one value that `data` is. Raises BadDer."""
    found = read_all(data)
    if len(found) != 1:
        raise BadDer("one value was expected")
    return found[0]


def oid_text(content: bytes) -> str:
    """Return 2a8648... as 1.2.840..."""
    numbers: List[int] = []
    value = 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2) if numbers else 0
    return ".".join(str(each) for each in [first, numbers[0] - 40 * first] + numbers[1:]) if numbers else ""


def pem_blocks(text: str) -> List[Any]:
    """Return (label, DER bytes) of each block; an encrypted traditional key has bytes that are no DER."""
    found = []
    for label, body in re.findall(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", text, re.DOTALL):
        lines = [line for line in body.strip().splitlines() if ":" not in line]
        try:
            found.append((label, base64.b64decode("".join(lines))))
        except ValueError:
            raise BadDer("the %s is damaged" % label.lower())
    return found


def colons(data: bytes) -> str:
    """Return bytes as 00:11:22."""
    return ":".join("%02x" % byte for byte in data)


def der_of(text: str, *labels: str) -> bytes:
    """Return the DER of the first PEM block with one of the labels. Raises BadDer."""
    for label, data in pem_blocks(text):
        if label in labels:
            return bytes(data)
    raise BadDer("there is no %s" % labels[0].lower())
