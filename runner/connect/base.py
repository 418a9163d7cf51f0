"""The seam between the engine and a host: a connection starts processes there; all else is built on that."""

from typing import Any, Protocol, runtime_checkable

from runner.errors import Unreachable


class NoMoreSessions(Unreachable):
    """The host is reached but allows no further process over this connection at present."""


class Stream(Protocol):
    """A running process on the host, with its three streams. Everything happens in the engine's one asyncio loop."""

    async def read(self) -> tuple[str, bytes]:
        """Wait for the next piece: ("out", bytes), ("err", bytes) or, once, ("exit", b"<status>").

        Raises Unreachable when the connection breaks.
        """
        ...

    async def write(self, data: bytes) -> None:
        """Send bytes to the process's standard input; returns when they may be followed by more (flow control)."""
        ...

    def close_input(self) -> None:
        """Close the process's standard input."""
        ...

    def terminate(self) -> None:
        """End the process and drop the streams; safe to call twice. Whoever reads then gets Unreachable; a blocked write ends."""
        ...


class Connection(Protocol):
    """A way to reach one host (see `Address.kind`). One object a host for the whole run.

    warnings: what the user should know of how the connection was made (options not understood ...).
    """

    warnings: list[str]

    async def open(self) -> None:
        """Connect. Raises Unreachable with the reason and a remedy (unknown host key, refused key, time-out ...)."""
        ...

    async def spawn(self, command: str, *, pty: bool = False) -> Stream:
        """Start `command` with the host's /bin/sh (login user's shell over ssh)."""
        ...

    async def probe(self) -> None:
        """Ask the host for a sign of life. Raises Unreachable when none comes in `Address.drop_after` seconds."""
        ...

    async def close(self) -> None:
        """Close every stream and the connection; safe to call twice and when not open."""
        ...


@runtime_checkable
class Forking(Protocol):
    """A connection that may have an agent without starting a Python."""

    def share(self, nursery: Any) -> Any:
        """Use the same source of agents as other hosts of the run, a new one for None. Returns it; whoever shares it closes it."""
        ...

    async def agent(self, token: str, interpreter: str) -> Stream | None:
        """Return an agent that is there already and says `token` before its first frame, None where it has to be started."""
        ...
