"""Digests of local files: each is computed once a run, however many hosts the file goes to."""

import hashlib
from pathlib import Path

from runner.execute.once import Once

PIECE = 1 << 20


class Digests:
    """May be asked from any thread. A file that changes (size, time, inode) is read again."""

    def __init__(self) -> None:
        self._found: Once[tuple[str, int, int, int, int], str] = Once()

    def of(self, path: Path, algorithm: str = "sha1") -> str:
        """Return a digest in hexadecimal; who asks while another thread computes it waits for that. Raises OSError."""
        stat = path.stat()
        key = (algorithm, stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
        return self._found.get(key, lambda: _digest(path, algorithm))


def _digest(path: Path, algorithm: str) -> str:
    state = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            state.update(piece)
    return state.hexdigest()
