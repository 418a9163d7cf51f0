"""The control machine itself as a host."""

import asyncio

from runner.connect.process import ProcessStream
from runner.model.address import Address


class LocalConnection:
    """Runs commands here, as the user who runs us."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.warnings: list[str] = []
        self._streams: list[ProcessStream] = []

    async def open(self) -> None:
        """Nothing to open."""

    async def spawn(self, command: str, *, pty: bool = False) -> ProcessStream:
        """Start a command with /bin/sh."""
        stream = ProcessStream(["/bin/sh", "-c", command], pty=pty, folder=self.address.folder)
        self._streams = [each for each in self._streams if not each.gone] + [stream]
        return stream

    async def probe(self) -> None:
        """The control machine is there as long as we are."""

    async def close(self) -> None:
        """End every process that still runs."""
        streams, self._streams = self._streams, []
        await asyncio.gather(*(stream.leave() for stream in streams))
