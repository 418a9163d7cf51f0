"""A request whose connection becomes a two-way stream: what a process in a container reads and writes.

Source: docs.docker.com/engine/api, ExecStart (Upgrade: tcp).
"""

import json
import select
from typing import Any, Dict, List

from runner.target.decision import ModuleFailed
from runner.target.docker.engine import EngineError

PIECE = 1 << 16


def converse(engine: Any, path: str, body: Dict[str, Any], stdin: bytes) -> bytes:
    """Send a POST, then `stdin` to its end, and return all that comes back. Raises EngineError, ModuleFailed."""
    connection = engine.connect(None)
    data = json.dumps(body).encode("utf-8")
    lines = ["POST %s HTTP/1.1", "Host: docker", "Connection: Upgrade", "Upgrade: tcp", "Content-Type: application/json",
             "Content-Length: %d", "", ""]  # fmt: skip
    head = "\r\n".join(lines)
    full = engine.path(path)
    try:
        connection.connect()
        sock = connection.sock
        sock.sendall((head % (full, len(data))).encode("ascii") + data)
        status, rest = _head(sock)
        if status >= 400:
            raise EngineError(status, rest.decode("utf-8", "replace").strip(), "POST", full)
        return _exchange(sock, stdin, rest)
    except OSError as error:
        raise ModuleFailed("the connection to the engine broke: %s" % error)
    finally:
        connection.close()


def _head(sock: Any) -> Any:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(PIECE)
        if not piece:
            raise ModuleFailed("the engine closed the connection without an answer")
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), rest


def _exchange(sock: Any, stdin: bytes, first: bytes) -> bytes:
    pieces: List[bytes] = [first]
    left = memoryview(stdin)
    sock.setblocking(True)
    open_for_writing = True
    while True:
        if open_for_writing and not left:
            _end(sock)
            open_for_writing = False
        ready, writable, _ = select.select([sock], [sock] if open_for_writing else [], [])
        if ready:
            piece = sock.recv(PIECE)
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)
        elif writable:
            left = left[sock.send(left[:PIECE]) :]


def _end(sock: Any) -> None:
    # TLS cannot close one direction only: there the process does not see the end of its input
    if not hasattr(sock, "unwrap"):
        sock.shutdown(1)
