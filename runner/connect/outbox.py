"""What is to be written to an agent: whole frames, in order, together with all else that is due by then."""

import asyncio
from collections.abc import Callable

from runner.connect.base import Stream


class Outbox:
    """Frames on their way to one stream. failed: called with the error when the stream does not take them."""

    def __init__(self, stream: Stream, failed: Callable[[Exception], None]) -> None:
        self._stream = stream
        self._failed = failed
        self._unwritten: list[bytes] = []
        self._writes: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> bool:
        """Whether something is still on its way."""
        return bool(self._writes)

    async def write(self, data: bytes) -> None:
        """Write whole frames: a cancellation in the middle of one must not put the stream out of step."""
        await asyncio.shield(self.later(data))

    def later(self, data: bytes) -> asyncio.Task[None]:
        """Write soon, together with all else that is to be written by then: a run of small requests is one packet."""
        self._unwritten.append(data)
        for task in self._writes:
            if not task.done():
                return task
        task = asyncio.get_running_loop().create_task(self._write_all())
        self._writes.add(task)
        task.add_done_callback(self._written)
        return task

    async def close(self) -> None:
        """Give up what is not written yet."""
        writes = list(self._writes)
        for task in writes:
            task.cancel()
        await asyncio.gather(*writes, return_exceptions=True)

    async def _write_all(self) -> None:
        while self._unwritten:
            data = b"".join(self._unwritten)
            self._unwritten.clear()
            await self._stream.write(data)

    def _written(self, task: asyncio.Task[None]) -> None:
        self._writes.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._failed(error)
