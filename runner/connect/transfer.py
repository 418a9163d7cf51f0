"""Files on their way to and from an agent: read in pieces, written beside their place and put there when whole."""

import errno
import os
import secrets
from pathlib import Path
from typing import IO, Self

from runner.errors import TaskError
from runner.target import wire

# How many pieces of a file are handed over to the connection at once: a large write is a thread of its own.
PIECES = 4


class Outgoing:
    """What is sent along with a request, in pieces. Raises TaskError when the file cannot be read."""

    def __init__(self, blob: bytes | Path) -> None:
        self._left = memoryview(blob) if isinstance(blob, bytes) else memoryview(b"")
        self._file: IO[bytes] | None = None
        self._path = blob
        if isinstance(blob, Path):
            try:
                self._file = blob.open("rb")
            except OSError as error:
                raise TaskError(f"cannot read {blob}: {error.strerror}") from error

    def read(self, size: int) -> bytes:
        """Return the next piece, empty at the end."""
        if self._file is None:
            piece, self._left = bytes(self._left[:size]), self._left[size:]
            return piece
        try:
            return self._file.read(size)
        except OSError as error:
            raise TaskError(f"cannot read {self._path!s}: {error.strerror}") from error

    def framed(self, number: int) -> tuple[bytes, bool]:
        """Return the next frames of the request `number`, and whether that is all of it."""
        parts = []
        for _ in range(PIECES):
            piece = self.read(wire.PIECE)
            if piece:
                parts += [wire.HEADER.pack(len(piece), wire.BLOB, number), piece]
            if len(piece) < wire.PIECE:
                return b"".join([*parts, wire.frame(wire.BLOB_END, number)]), True
        return b"".join(parts), False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._file is not None:
            self._file.close()


class Incoming:
    """A file that a module sends back: private and beside its place until it is whole, under a name that nobody can prepare."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name[:200]}.{secrets.token_hex(8)}.part")
        self._file: IO[bytes] | None = open(  # noqa: SIM115
            os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
        )

    def add(self, piece: bytes) -> None:
        """Take a piece."""
        if self._file is not None:
            self._file.write(piece)

    def finish(self) -> None:
        """Put the file in its place, with the permissions a new file gets."""
        if self._file is None:
            return
        umask = os.umask(0o077)
        os.umask(umask)
        os.fchmod(self._file.fileno(), 0o666 & ~umask)
        self._file.close()
        self._file = None
        if self._path.exists() and not self._path.is_file():
            self._part.unlink()
            raise FileExistsError(errno.EEXIST, "A device, pipe or directory is there, which no file may replace", str(self._path))
        os.replace(self._part, self._path)

    def drop(self) -> None:
        """Remove what came of a file that will never be whole."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._part.unlink(missing_ok=True)
