"""The control machine itself as a host."""

import asyncio

from runner.connect.nursery import Nursery
from runner.connect.process import ProcessStream
from runner.model.address import Address


class LocalConnection:
    """Runs commands here, as the user who runs us."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.warnings: list[str] = []
        self.nursery: Nursery | None = None
        self._streams: list[ProcessStream] = []

    async def open(self) -> None:
        """Nothing to open."""

    def share(self, nursery: Nursery | None) -> Nursery:
        """See `Forking.share`."""
        self.nursery = nursery or Nursery()
        return self.nursery

    async def agent(self, token: str, interpreter: str) -> ProcessStream | None:
        """See `Forking.agent`."""
        stream = await self.nursery.agent(token, interpreter, self.address.folder) if self.nursery else None
        if stream is not None:
            self._streams = [each for each in self._streams if not each.gone] + [stream]
        return stream

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
