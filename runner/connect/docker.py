"""A container on the control machine as a host, through `docker exec`."""

import asyncio
import contextlib
import shlex

from runner.connect.process import ProcessStream
from runner.errors import Unreachable
from runner.model.address import Address


class DockerConnection:
    """`Address.host` is the container, the kind docker or podman.

    extra: `docker_executable` (another program), `docker_extra_args` (before `exec`).
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self.warnings: list[str] = []
        self._streams: list[ProcessStream] = []
        self._program = address.extra.get("docker_executable") or address.kind
        self._extra = shlex.split(address.extra.get("docker_extra_args", ""))
        self._container = address.host or address.name

    async def open(self) -> None:
        """See that the container runs. Raises Unreachable."""
        words = [self._program, *self._extra, "inspect", "--type", "container", "-f", "{{.State.Status}}", self._container]
        status, said = await self._talk(words, self.address.timeout)
        state = status.strip()
        if state == "running":
            return
        if not state:
            raise Unreachable(f"{self.address.name}: {said.strip() or 'no such container'}", remedy="see docker ps -a, and ansible_host")
        remedy = f"{self._program} {'unpause' if state == 'paused' else 'start'} {self._container}"
        raise Unreachable(f"{self.address.name}: the container is {state}", expected="running", found=state, remedy=remedy)

    async def _talk(self, words: list[str], seconds: float) -> tuple[str, str]:
        """Return what a short command says on both streams."""
        stream = ProcessStream(words)
        said = {"out": b"", "err": b""}
        try:
            async with asyncio.timeout(seconds):
                while (piece := await stream.read())[0] != "exit":
                    said[piece[0]] += piece[1]
        except TimeoutError:
            raise Unreachable(f"{self.address.name}: {self._program} did not answer in {seconds:g} seconds") from None
        finally:
            await stream.leave()
        return said["out"].decode("utf-8", "replace"), said["err"].decode("utf-8", "replace")

    async def spawn(self, command: str, *, pty: bool = False) -> ProcessStream:
        """Start a command with the container's /bin/sh."""
        user = ["-u", self.address.user] if self.address.user else []
        words = [self._program, *self._extra, "exec", "-it" if pty else "-i", *user, self._container, "/bin/sh", "-c", command]
        stream = ProcessStream(words, pty=pty)
        self._streams = [each for each in self._streams if not each.gone] + [stream]
        return stream

    async def probe(self) -> None:
        """Ask the engine whether the container still runs; a paused one does not."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.address.drop_after * 0.75):
                await self.open()
                return
        raise Unreachable(f"{self.address.name} gave no sign of life for {self.address.drop_after:g} seconds")

    async def close(self) -> None:
        """End every process that still runs."""
        streams, self._streams = self._streams, []
        await asyncio.gather(*(stream.leave() for stream in streams))
