"""Digests of local files: each is computed once a run, however many hosts the file goes to."""

import hashlib
import threading
from concurrent.futures import Future
from pathlib import Path

PIECE = 1 << 20


class Digests:
    """May be asked from any thread. A file that changes (size, time, inode) is read again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[tuple[str, int, int, int, int], Future[str]] = {}

    def of(self, path: Path, algorithm: str = "sha1") -> str:
        """Return a digest in hexadecimal; who asks while another thread computes it waits for that. Raises OSError."""
        stat = path.stat()
        key = (algorithm, stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
        with self._lock:
            known = self._found.get(key)
            if known is None:
                mine = self._found[key] = Future()
        if known is not None:
            return known.result()
        try:
            mine.set_result(_digest(path, algorithm))
        except BaseException as error:
            mine.set_exception(error)
            with self._lock:
                del self._found[key]
        return mine.result()


def _digest(path: Path, algorithm: str) -> str:
    state = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            state.update(piece)
    return state.hexdigest()
