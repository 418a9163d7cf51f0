"""Takes apart the engine's stream of a container's two outputs. Source: docs.docker.com/engine/api, ContainerAttach, stream format."""

import struct
from typing import List, Tuple


def split_streams(data: bytes) -> List[Tuple[int, bytes]]:
    """Return (1 for stdout or 2 for stderr, bytes) in the order they came. An incomplete end is given as far as it goes."""
    found = []
    place = 0
    while place + 8 <= len(data):
        kind, length = struct.unpack(">BxxxL", data[place : place + 8])
        found.append((kind, data[place + 8 : place + 8 + length]))
        place += 8 + length
    return found


def outputs(data: bytes) -> Tuple[bytes, bytes]:
    """Return (stdout, stderr) of a stream."""
    pieces = split_streams(data)
    return b"".join(text for kind, text in pieces if kind != 2), b"".join(text for kind, text in pieces if kind == 2)
