"""Agents of hosts that are the control machine: forked from a warm process, a tenth of what it costs to start Python for each."""

import asyncio
import contextlib
import json
import os
import secrets
import select
import shlex
import socket
import subprocess

from runner.connect import ship
from runner.connect.loader import start_line
from runner.connect.process import ProcessStream, pipes
from runner.record import dataclass, field

# So many agents of an interpreter are started on their own before it pays.
ALONE = 4
# Seconds for the warm process to come up, or to fork.
PATIENCE = 30.0


class _Forked:
    """A process that is not our child: its end shows, its exit status does not."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ending = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Return 0 once it has ended."""
        if self.returncode is None and select.select([self._ending], [], [], 0)[0]:
            self.returncode = 0
        if self.returncode is not None and self._ending >= 0:
            os.close(self._ending)
            self._ending = -1
        return self.returncode

    def wait(self) -> int:
        """Wait for its end."""
        if self.returncode is None:
            select.select([self._ending], [], [])
        return self.poll() or 0


class ForkedStream(ProcessStream):
    """A forked agent. See `connect.base.Stream`."""

    def __init__(self, pid: int, ours: tuple[int, ...]) -> None:
        """pid: of the agent. ours: our ends of its streams. Raises ProcessLookupError when it has ended already."""
        self._attend(_Forked(pid), ours, False)


@dataclass(slots=True, eq=False)
class _Warm:
    """One warm process: orders go to it one after the other."""

    process: subprocess.Popen[bytes]
    orders: socket.socket
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Nursery:
    """The warm processes of a run, one for each interpreter. Links of many hosts share it."""

    def __init__(self) -> None:
        self._started: dict[str, int] = {}
        self._warm: dict[str, asyncio.Task[_Warm | None]] = {}

    async def agent(self, token: str, interpreter: str, folder: str | None) -> ForkedStream | None:
        """Return a new agent that says `token` before its first frame; None where one should be started on its own."""
        self._started[interpreter] = count = self._started.get(interpreter, 0) + 1
        if count <= ALONE or not hasattr(os, "pidfd_open"):
            return None
        starting = self._warm.get(interpreter)
        if starting is None:
            starting = self._warm[interpreter] = asyncio.get_running_loop().create_task(_warm(interpreter))
        warm = await asyncio.shield(starting)
        if warm is None:
            return None
        ours, theirs = pipes()
        try:
            pid = await asyncio.shield(asyncio.get_running_loop().create_task(_fork(warm, token, folder, theirs)))
            return ForkedStream(pid, ours)
        except BaseException as error:
            for number in ours:
                with contextlib.suppress(OSError):
                    os.close(number)
            if isinstance(error, OSError | ValueError | TimeoutError):
                # out of step or gone: those to come are started on their own
                warm.orders.close()
                return None
            raise

    async def close(self) -> None:
        """End the warm processes; the agents end with their own streams."""
        starting, self._warm = list(self._warm.values()), {}
        for warm in await asyncio.gather(*starting, return_exceptions=True):
            if isinstance(warm, _Warm):
                warm.orders.close()
                await asyncio.to_thread(_end, warm.process)


async def _warm(interpreter: str) -> _Warm | None:
    ours, theirs = socket.socketpair()
    token = f"muster-{secrets.token_hex(8)}-"
    line = f"exec /bin/sh -c {shlex.quote(start_line(token, interpreter))}"
    with theirs:
        process = subprocess.Popen(
            ["/bin/sh", "-c", line], stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
    ours.setblocking(False)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(PATIENCE):
            await loop.sock_sendall(ours, ship.packed_agent(f"{ship.PACKAGE}.nursery"))
            if await loop.sock_recv(ours, 1 << 10) == token.encode():
                return _Warm(process, ours)
    except OSError:
        pass
    # what is wrong with the interpreter shows when an agent is started on its own
    ours.close()
    process.kill()
    process.wait()
    return None


async def _fork(warm: _Warm, token: str, folder: str | None, theirs: tuple[int, ...]) -> int:
    """Return the process id of a new agent on these streams, which are closed here. Raises OSError, ValueError, TimeoutError."""
    try:
        async with warm.turn, asyncio.timeout(PATIENCE):
            socket.send_fds(warm.orders, [json.dumps({"token": token, "folder": folder}).encode()], list(theirs))
            return int(await asyncio.get_running_loop().sock_recv(warm.orders, 1 << 6))
    finally:
        for number in theirs:
            os.close(number)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let a process that gets no more orders end."""
    try:
        process.wait(2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
