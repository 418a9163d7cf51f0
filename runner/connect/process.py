"""A process on the control machine as a `Stream`: what local and docker connections spawn."""

import asyncio
import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from typing import Any, Protocol

from runner.connect.inbox import Inbox
from runner.errors import Unreachable

PIECE = 1 << 16
# Seconds of silence after the exit of a process whose pipes others (daemons) still hold.
LINGER = 0.2


# A session leader that opens a terminal gets it as its controlling one, which su and doas look for.
_ON_TERMINAL = ("/bin/sh", "-c", 't=$1; shift; exec "$@" <>"$t" >&0 2>&0', "sh")


class Process(Protocol):
    """What is needed of a process, as `subprocess.Popen` has it."""

    pid: int
    returncode: Any

    def poll(self) -> int | None:
        """Return its exit status once it has ended."""

    def wait(self) -> int:
        """Return its exit status when it has ended."""


def ending(process: Process) -> int:
    """Return a file that can be read from when the process has ended. Raises ProcessLookupError when it is gone already.

    pidfd_open(2) where there is such a thing; else a thread waits (macOS, sandboxes that refuse it).
    """
    if hasattr(os, "pidfd_open"):
        try:
            return os.pidfd_open(process.pid)
        except ProcessLookupError:
            raise
        except OSError:
            pass
    ours, theirs = os.pipe()

    def wait() -> None:
        process.wait()
        os.close(theirs)

    threading.Thread(target=wait, daemon=True).start()
    return ours


class ProcessStream:
    """A running process. It lives in its own session: a Ctrl-C on the terminal is the engine's affair, not its."""

    def __init__(self, argv: Sequence[str], *, pty: bool = False, folder: str | None = None) -> None:
        """Start it in `folder`, None for our own. Raises Unreachable when the program or the folder is missing."""
        ours, theirs = _pty() if pty else pipes()
        try:
            if pty:
                argv = [*_ON_TERMINAL, os.ttyname(theirs[0]), *argv]
            process = subprocess.Popen(argv, cwd=folder, stdin=theirs[0], stdout=theirs[1], stderr=theirs[2], start_new_session=True)
        except OSError as error:
            for number in ours:
                os.close(number)
            raise Unreachable(f"cannot run {argv[0]}: {error.strerror}", remedy=f"install {argv[0]} on the control machine") from error
        finally:
            for number in set(theirs):
                os.close(number)
        self._attend(process, ours, pty)

    def _attend(self, process: Process, ours: tuple[int, ...], pty: bool) -> None:
        """Look after a process that runs. ours: our ends of its streams (in, out, err)."""
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._inbox = Inbox(self._resume)
        self._outputs: dict[int, str] = {}
        self._last = self._loop.time()
        self._ended = False
        self._writing = asyncio.Lock()
        self._room = asyncio.Event()
        self._input: int | None = ours[0]
        self._pty = pty
        for number, name in zip(ours[1:], ("out", "err")):
            os.set_blocking(number, False)
            self._outputs[number] = name
        os.set_blocking(ours[0], False)
        self._ending: int | None = ending(self._process)
        self._loop.add_reader(self._ending, self._on_exit)
        self._resume()

    def _resume(self) -> None:
        for number in self._outputs:
            self._loop.add_reader(number, self._on_readable, number)

    def _on_readable(self, number: int) -> None:
        try:
            data = os.read(number, PIECE)
        except BlockingIOError:
            return
        except OSError:  # a terminal whose other side is gone gives EIO
            data = b""
        self._last = self._loop.time()
        if not data:
            self._drop(number)
            self._finish()
            return
        self._inbox.put(self._outputs[number], data)
        if self._inbox.full:
            for each in self._outputs:
                self._loop.remove_reader(each)

    def _drop(self, number: int) -> None:
        self._loop.remove_reader(number)
        del self._outputs[number]
        os.close(number)

    def _on_exit(self) -> None:
        if self._ending is not None:
            self._loop.remove_reader(self._ending)
            os.close(self._ending)
            self._ending = None
        self._process.wait()
        self._last = self._loop.time()
        self._finish()

    def _finish(self) -> None:
        """Report the exit once the process is gone and its pipes are closed, or silent because a daemon keeps them."""
        if self._ended or self._process.returncode is None:
            return
        silent = self._loop.time() - self._last
        if self._outputs and (silent < LINGER or self._inbox.full):
            self._loop.call_later(LINGER, self._finish)
            return
        self._ended = True
        self._inbox.put("exit", str(self._process.returncode).encode())
        self._close_pipes()

    def _close_pipes(self) -> None:
        for number in list(self._outputs):
            self._drop(number)
        self.close_input()

    @property
    def gone(self) -> bool:
        """Whether the process itself is no more (it may outlive `terminate`)."""
        return self._process.poll() is not None

    async def leave(self, patience: float = 0.5) -> None:
        """Terminate, wait a little for the end, then leave the process to itself: an agent may have careful work to finish."""
        self.terminate()
        limit = self._loop.time() + patience
        while not self.gone and self._loop.time() < limit:
            await asyncio.sleep(0.01)
        if not self.gone:
            # init reaps it when we are gone; without a status Popen would complain about it
            self._process.returncode = 0

    async def read(self) -> tuple[str, bytes]:
        """See `Stream.read`."""
        return await self._inbox.get()

    async def write(self, data: bytes) -> None:
        """See `Stream.write`. What a process that ended would not read is dropped; its exit tells."""
        async with self._writing:
            left = memoryview(data)
            while left and self._input is not None:
                try:
                    left = left[os.write(self._input, left) :]
                except BlockingIOError:
                    await self._writable(self._input)
                except OSError:
                    return

    async def _writable(self, number: int) -> None:
        self._room = asyncio.Event()
        self._loop.add_writer(number, self._room.set)
        try:
            await self._room.wait()
        finally:
            if number == self._input:
                self._loop.remove_writer(number)

    def close_input(self) -> None:
        """See `Stream.close_input`. A terminal is not closed this way."""
        if self._input is not None and not (self._pty and not self._ended):
            self._loop.remove_writer(self._input)
            os.close(self._input)
            self._input = None
            self._room.set()

    def terminate(self) -> None:
        """See `Stream.terminate`: TERM to the process group, which an agent in the middle of careful work outlives."""
        if self._ended:
            return
        self._ended = True
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGTERM)
        # nobody waits for it here; `_on_exit` reaps it when it is done
        self._inbox.fail(Unreachable("the process was ended"))
        self._close_pipes()


def pipes() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return our ends (in, out, err) and theirs."""
    (in_read, in_write), (out_read, out_write), (err_read, err_write) = os.pipe(), os.pipe(), os.pipe()
    return (in_write, out_read, err_read), (in_read, out_write, err_write)


def _pty() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return our end of a new terminal (in, out) and theirs."""
    ours, theirs = os.openpty()
    return (ours, os.dup(ours)), (theirs, theirs, theirs)
