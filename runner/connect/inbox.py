"""What a process on a host has said and nobody has read yet; the waiting point of `Stream.read`."""

import asyncio
from collections import deque
from collections.abc import Callable

# Above this many unread bytes the source is asked to pause.
HIGH = 1 << 20


class Inbox:
    """A queue of pieces with one reader, in the loop. on_space: called when a full inbox has room again."""

    def __init__(self, on_space: Callable[[], None]) -> None:
        self._pieces: deque[tuple[str, bytes]] = deque()
        self._size = 0
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._on_space = on_space

    @property
    def full(self) -> bool:
        """Whether the source should pause."""
        return self._size > HIGH

    def put(self, kind: str, data: bytes) -> None:
        """Add a piece."""
        self._pieces.append((kind, data))
        self._size += len(data)
        self._wake()

    def fail(self, error: Exception) -> None:
        """After the pieces that are here, reading raises `error`. Only the first error counts."""
        if self._error is None:
            self._error = error
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def get(self) -> tuple[str, bytes]:
        """Wait for the next piece and return it; raises what `fail` was given once all pieces are read."""
        while not self._pieces:
            if self._error is not None:
                raise self._error
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        was_full = self.full
        kind, data = self._pieces.popleft()
        self._size -= len(data)
        if was_full and not self.full:
            self._on_space()
        return kind, data
