"""A process on a host over one paramiko channel, as a `Stream` of the loop."""

import asyncio
import fcntl
import socket
import struct
import termios
from typing import Any

from runner.connect.blocking import in_thread
from runner.connect.inbox import Inbox
from runner.errors import Unreachable

PIECE = 1 << 16
# The largest packet of a channel that servers accept (RFC 4254, 5.2); paramiko takes less where the server wants less.
PACKET = 1 << 15
# With at most this much unsent, the kernel takes a small write at once, so it cannot block the loop.
QUICK = 16 * 1024


class _Wake:
    """Stands where paramiko expects an event on a channel's buffers: its thread calls `set`, the loop pumps.

    Not `channel.fileno()`: that costs two descriptors a channel, and 500 hosts would run out of them.
    """

    def __init__(self, stream: "SshStream") -> None:
        self._stream = stream
        self._called = False

    def set(self) -> None:
        """Have the loop look, once, however often this is called before it does."""
        if not self._called:
            self._called = True
            try:
                self._stream.loop.call_soon_threadsafe(self._run)
            except RuntimeError:
                # the loop is closed: the program ends
                pass

    def clear(self) -> None:
        """Nothing to do: looking once more is harmless, missing data is not."""

    def _run(self) -> None:
        # cleared before looking: what comes in during the look sets it again
        self._called = False
        self._stream.pump()


class SshStream:
    """See `connect.base.Stream`."""

    def __init__(self, channel: Any, where: str) -> None:
        """channel: a paramiko Channel; its command is not started yet, so nothing is missed."""
        self.loop = asyncio.get_running_loop()
        self._channel = channel
        self._where = where
        self._inbox = Inbox(self.pump)
        self._writing = asyncio.Lock()
        self._ended = False
        self._pumping: asyncio.Task[None] | None = None
        wake = _Wake(self)
        channel.in_buffer.set_event(wake)
        channel.in_stderr_buffer.set_event(wake)

    def pump(self) -> None:
        """Move what has come to the inbox, without ever blocking the loop."""
        channel = self._channel
        while not self._ended and not self._inbox.full and self._pumping is None:
            if not channel.recv_ready() and not channel.recv_stderr_ready():
                if channel.closed and not channel.recv_ready() and not channel.recv_stderr_ready():
                    self._finish()
                return
            if not self._quick(0):
                # receiving may have to send a window adjustment, which can block when the peer is frozen
                self._pumping = self.loop.create_task(self._pump_slowly())
                return
            self._receive()

    def _receive(self) -> None:
        if self._channel.recv_ready():
            self._inbox.put("out", self._channel.recv(PIECE))
        if self._channel.recv_stderr_ready():
            self._inbox.put("err", self._channel.recv_stderr(PIECE))

    async def _pump_slowly(self) -> None:
        for kind, ready, receive in (
            ("out", self._channel.recv_ready, self._channel.recv),
            ("err", self._channel.recv_stderr_ready, self._channel.recv_stderr),
        ):
            if ready():
                data = await in_thread(receive, PIECE)
                if data:
                    self._inbox.put(kind, data)
        self._pumping = None
        self.pump()

    def _finish(self) -> None:
        self._ended = True
        status = self._channel.exit_status
        # paramiko closes the channels of a broken connection before it says that it is broken
        if status == -1 and not (self._channel.transport.is_active() and self._channel.eof_received):
            cause = self._channel.transport.get_exception()
            text = f": {cause}" if cause else ""
            self._inbox.fail(Unreachable(f"the connection to {self._where} broke{text}", remedy="the host or the network went down"))
        else:
            # no status: the process was killed by a signal, which ssh(1) shows as 255
            self._inbox.put("exit", str(status if status != -1 else 255).encode())
            self._inbox.fail(Unreachable(f"the process on {self._where} has ended"))

    def _quick(self, size: int) -> bool:
        """Tell whether sending `size` bytes now cannot block: no key exchange runs, and kernel and window have room."""
        transport = self._channel.transport
        if size > QUICK or self._channel.out_window_size < size or not transport.clear_to_send.is_set():
            return False
        if not isinstance(transport.sock, socket.socket):
            return False
        try:
            unsent = struct.unpack("i", fcntl.ioctl(transport.sock, termios.TIOCOUTQ, b"\0\0\0\0"))[0]
        except (OSError, ValueError):
            return False
        return bool(unsent + size <= QUICK)

    async def read(self) -> tuple[str, bytes]:
        """See `Stream.read`."""
        return await self._inbox.get()

    async def write(self, data: bytes) -> None:
        """See `Stream.write`. A thread does it when it could block, so a frozen host holds up nobody."""
        async with self._writing:
            if self._ended:
                return
            try:
                if self._quick(len(data)):
                    self._send(data)
                else:
                    await in_thread(self._send, data)
            except OSError:
                # closed: its exit or the broken connection is told to the reader
                return

    def _send(self, data: bytes) -> None:
        """Send everything. paramiko's own `sendall` copies all that is left for each packet. Raises OSError once it is closed."""
        left = memoryview(data)
        while left:
            sent = self._channel.send(left[:PACKET].tobytes())
            if not sent:
                raise OSError("the channel is closed")
            left = left[sent:]

    def close_input(self) -> None:
        """See `Stream.close_input`."""
        if not self._ended:
            self._aside(self._channel.shutdown_write)

    def terminate(self) -> None:
        """See `Stream.terminate`: the server closes the process's pipes, and hangs up its terminal if it has one."""
        if not self._ended:
            self._inbox.fail(Unreachable(f"the process on {self._where} was ended"))
        self._ended = True
        self._aside(self._channel.close)

    def _aside(self, work: object) -> None:
        """Do a small send now if it cannot block, else in a thread that nobody waits for."""
        assert callable(work)
        if self._quick(64):
            try:
                work()
            except OSError:
                return
        else:
            task = self.loop.create_task(in_thread(work))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
