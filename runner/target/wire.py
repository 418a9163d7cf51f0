"""The frames that controller and agent exchange; both sides use this file.

A frame is a header (body length, kind, request number) and a body. Undecodable text travels as surrogate escapes in JSON.
"""

import json
import struct
from typing import Any, Dict, List, Tuple

HEADER = struct.Struct(">IBI")
# Largest body accepted; a result beyond this is a broken stream, not a result.
LIMIT = 1 << 30
# Size of a piece of a file on the wire.
PIECE = 1 << 17

# controller -> agent
CODE, REQUEST, BLOB, BLOB_END, CANCEL, QUIT, PING = 1, 2, 3, 4, 5, 6, 7
# agent -> controller
HELLO, RESULT, OUTPUT, FILE, FILE_END, PONG, FAULT = 65, 66, 67, 68, 69, 70, 71

OUT, ERR = b"o", b"e"

# Why a request was not run that was sent ahead of the answer to one that failed.
NOT_RUN = "an earlier request of this batch failed"


class BrokenStream(Exception):
    """What came is no frame: the stream is out of step and cannot be used further."""


def has_failed(result: Dict[str, Any]) -> bool:
    """Tell whether a module's result is a failure: it says so, or says nothing and has a return code other than 0."""
    if "failed" in result:
        return bool(result["failed"])
    return isinstance(result.get("rc"), int) and not isinstance(result["rc"], bool) and result["rc"] != 0


def frame(kind: int, number: int = 0, body: bytes = b"") -> bytes:
    """Return one frame as bytes. number: the request it belongs to, 0 for none."""
    return HEADER.pack(len(body), kind, number) + body


def text_of(value: Any) -> bytes:
    """Return a value as the bytes of its JSON; bytes become text, sets and tuples lists, anything unknown its text."""
    return json.dumps(value, default=_plain, separators=(",", ":")).encode("ascii")


def value_of(body: bytes) -> Any:
    """Return the value of JSON bytes."""
    return json.loads(body.decode("ascii"))


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "surrogateescape")
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    return str(value)


class Frames:
    """Takes bytes as they come and gives whole frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> List[Tuple[int, int, bytes]]:
        """Add bytes; return the list of frames (kind, number, body) that are now complete. Raises BrokenStream."""
        self._buffer += data
        found = []
        start = 0
        while len(self._buffer) - start >= HEADER.size:
            length, kind, number = HEADER.unpack_from(self._buffer, start)
            if length > LIMIT:
                raise BrokenStream("a frame of %d bytes was announced" % length)
            end = start + HEADER.size + length
            if len(self._buffer) < end:
                break
            with memoryview(self._buffer) as whole:
                found.append((kind, number, bytes(whole[start + HEADER.size : end])))
            start = end
        if start:
            del self._buffer[:start]
        return found
