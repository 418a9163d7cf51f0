"""The controller's side of one agent: calls, streamed output, files both ways, signs of life."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import Any

from runner.connect import ship
from runner.connect.base import Stream
from runner.connect.outbox import Outbox
from runner.connect.transfer import Incoming, Outgoing
from runner.errors import RunnerError, TaskError, Unreachable
from runner.model.request import Request
from runner.record import dataclass
from runner.target import wire
from runner.target.interrupt import timed_out

# Seconds past a deadline that a module gets to stop before the agent is given up.
GRACE = 10.0
_STREAMS = {wire.OUT: "out", wire.ERR: "err"}

OnOutput = Callable[[str, bytes], None]


@dataclass(slots=True)
class _Call:
    """One request that is not answered yet."""

    request: Request
    answer: asyncio.Future[dict[str, Any]]
    on_output: OnOutput | None
    blob: Outgoing | None = None
    file: Incoming | None = None
    timer: asyncio.TimerHandle | None = None

    def drop_file(self) -> None:
        """Remove a file that did not come whole."""
        if self.file is not None:
            self.file.drop()


class _Ended(Unreachable):
    """The agent's process ended, but the connection stands."""


class RemoteAgent:
    """An agent that said hello. It runs one request at a time; more may be sent ahead.

    where: the host's inventory name, for messages. drop_after: seconds of silence, while an answer is owed, after which the
    host is unreachable. first: the request that went with the agent itself. on_idle: called with the agent whenever its last
    answer has come; on_end when it is no more.
    """

    def __init__(self, stream: Stream, rest: bytes, where: str, drop_after: float, first: Request | None = None) -> None:
        self._stream = stream
        self._where = where
        self._drop_after = drop_after
        self._tick = max(0.02, min(5.0, drop_after / 4))
        self._loop = asyncio.get_running_loop()
        self._numbers = itertools.count(1)
        self._calls: dict[int, _Call] = {}
        self._known = set(ship.agent_files())
        self._frames = wire.Frames()
        self._heard = time.monotonic()
        self._watching = False
        self._out = Outbox(stream, self.fail)
        self.error: Exception | None = None
        self.lost_host = False
        self.on_idle: Callable[[RemoteAgent], None] | None = None
        self.on_end: Callable[[RemoteAgent], None] | None = None
        self.hello: dict[str, Any] = {}
        self._greeted: asyncio.Future[None] = self._loop.create_future()
        self._greeted.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._first = self._enter(first, None) if first else None
        self._known |= ship.files_of(first)
        self._reading = self._loop.create_task(self._read(rest))

    async def greeted(self) -> dict[str, Any]:
        """Wait for the agent's hello (python, executable, pid)."""
        await self._greeted
        return self.hello

    @property
    def busy(self) -> bool:
        """Whether an answer is owed, also one that nobody waits for any more."""
        return bool(self._calls)

    async def call(
        self, request: Request, on_output: OnOutput | None = None, after: int | None = None, sent: Callable[[int], None] | None = None
    ) -> dict[str, Any]:
        """Run one request and return the module's result. Raises Unreachable; a cancellation is passed on to the module.

        after: the number of a request; if that one failed, this one is not run. sent: told this one's number once it is sent.
        """
        number, call, went = self._entered(request, on_output)
        try:
            if not went:
                await self._send(number, call, after)
            if sent is not None:
                sent(number)
            return await call.answer
        except (asyncio.CancelledError, TaskError):
            # a module that waits for the rest of a file is stopped too, so the agent stays in step
            self._out.later(wire.frame(wire.CANCEL, number))
            raise
        finally:
            if call.timer is not None:
                call.timer.cancel()

    async def call_many(self, requests: Iterable[Request]) -> AsyncGenerator[dict[str, Any], None]:
        """Send requests ahead and yield their results in order. After a failed one the rest come back `skipped`, not run."""
        entered = [self._entered(request, None) for request in requests]
        previous: int | None = None
        try:
            for number, call, went in entered:
                if not went:
                    await self._send(number, call, previous)
                previous = number
            for _number, call, _went in entered:
                yield await call.answer
        except (asyncio.CancelledError, GeneratorExit):
            for number, call, _went in entered:
                if not call.answer.done() or call.answer.cancelled():
                    self._out.later(wire.frame(wire.CANCEL, number))
            raise

    def _entered(self, request: Request, on_output: OnOutput | None) -> tuple[int, _Call, bool]:
        """Return the number and call of a request, and whether it went with the agent."""
        first, self._first = self._first, None
        if not first or first[1].request is not request or self.error is not None:
            return *self._enter(request, on_output), False
        # an agent that has answered before anybody asked has not said that it is idle
        self._loop.call_soon(self._rest)
        return *first, True

    def _enter(self, request: Request, on_output: OnOutput | None) -> tuple[int, _Call]:
        if self.error is not None:
            raise self.error
        try:
            # what cannot be sent raises before anything is sent
            ship.request_files(request)
            blob = None if request.blob is None else Outgoing(request.blob)
        except BaseException:
            self._rest()
            raise
        number = next(self._numbers)
        call = _Call(request, self._loop.create_future(), on_output, blob)
        if not self._calls:
            self._heard = time.monotonic()
        self._calls[number] = call
        if request.deadline and not ship.must_finish(request.module):
            call.timer = self._loop.call_later(request.deadline + GRACE, self._overdue, number)
        if not self._watching:
            self._watching = True
            self._loop.call_later(self._tick, self._watch, time.monotonic())
        return number, call

    async def _send(self, number: int, call: _Call, after: int | None) -> None:
        whole, code = ship.framed(call.request, number, self._known, after)
        self._known |= code
        self._out.later(whole)
        if call.blob is not None:
            await self._send_blob(number, call.blob)

    async def _send_blob(self, number: int, blob: Outgoing) -> None:
        with blob as file:
            whole = False
            while self.error is None and not whole:
                frames, whole = file.framed(number)
                await self._out.write(frames)
                # what the connection takes is a sign of life: a ping would stand behind it in the queue
                self._heard = time.monotonic()

    def _watch(self, planned: float) -> None:
        """Ping an agent that owes an answer and is silent; give it up after `drop_after`."""
        now = time.monotonic()
        if not self._calls or self.error is not None:
            self._watching = False
            return
        # When our own loop was held up, what the agent said may still wait unread: that silence is ours.
        if now - planned > 2 * self._tick + 1:
            self._heard = now
        silent = now - self._heard
        if silent >= self._drop_after:
            self.lost_host = True
            self.fail(Unreachable(f"{self._where} gave no sign of life for {self._drop_after:g} seconds", remedy=_DROPPED))
            return
        if silent >= self._tick and not self._out.busy:
            self._out.later(wire.frame(wire.PING))
        self._loop.call_later(self._tick, self._watch, now)

    def _overdue(self, number: int) -> None:
        call = self._calls[number]
        result = timed_out(call.request.module, call.request.deadline or 0, "the module does not stop")
        self._settle(number, result)
        self.fail(Unreachable(f"the agent on {self._where} was given up: a module did not stop at its deadline"))

    async def _read(self, rest: bytes) -> None:
        said = b""
        try:
            self._take(rest)
            while True:
                kind, data = await self._stream.read()
                if kind == "out":
                    self._heard = time.monotonic()
                    self._take(data)
                elif kind == "err":
                    said = (said + data)[-500:]
                else:
                    text = said.decode("utf-8", "replace").strip()
                    status = data.decode()
                    raise _Ended(f"the agent on {self._where} ended (status {status})", found=text, remedy=_ENDED)
        except wire.BrokenStream as error:
            self.fail(Unreachable(f"the agent on {self._where} sent what is no frame: {error}"))
        except Unreachable as error:
            self.lost_host = self.lost_host or not isinstance(error, _Ended)
            self.fail(error)
        except Exception as error:
            # our own bug, or the agent's traceback: it surfaces at every call that waits
            self.fail(error)

    def _take(self, data: bytes) -> None:
        for kind, number, body in self._frames.feed(data):
            if kind == wire.RESULT:
                self._settle(number, wire.value_of(body))
            elif kind == wire.OUTPUT:
                call = self._calls.get(number)
                if call is not None and call.on_output is not None and not call.answer.done():
                    call.on_output(_STREAMS[body[:1]], body[1:])
            elif kind in (wire.FILE, wire.FILE_END):
                self._receive(number, body, kind == wire.FILE_END)
            elif kind == wire.HELLO:
                self.hello = wire.value_of(body)
                if not self._greeted.done():
                    self._greeted.set_result(None)
            elif kind == wire.FAULT:
                raise RuntimeError(f"the agent on {self._where} broke:\n{body.decode('utf-8', 'replace')}")

    def _receive(self, number: int, body: bytes, end: bool) -> None:
        call = self._calls.get(number)
        if call is None or call.request.receive_to is None or call.answer.done():
            return
        try:
            if call.file is None:
                call.file = Incoming(call.request.receive_to)
            call.file.add(body)
            if end:
                call.file.finish()
        except OSError as error:
            call.answer.set_exception(TaskError(f"cannot write {call.request.receive_to}: {error.strerror}"))

    def _settle(self, number: int, result: dict[str, Any]) -> None:
        call = self._calls.pop(number)
        call.drop_file()
        if not call.answer.done():
            call.answer.set_result(result)
        self._rest()

    def _rest(self) -> None:
        """Say that there is nothing to do, if so."""
        if not self._calls and self.on_idle is not None:
            self.on_idle(self)

    def fail(self, error: Exception) -> None:
        """End the agent: everyone who waits gets `error`."""
        if self.error is not None:
            return
        self.error = error
        self._stream.terminate()
        calls, self._calls = self._calls, {}
        for call in calls.values():
            call.drop_file()
            if not call.answer.done():
                call.answer.set_exception(error)
                call.answer.exception()
        if not self._greeted.done():
            self._greeted.set_exception(error)
        if self.on_end is not None:
            self.on_end(self)

    async def close(self, patience: float = 1.0) -> None:
        """Say goodbye and wait at most `patience` seconds for the end; an agent that must finish its work is left to it."""
        if self.error is None:
            with contextlib.suppress(RunnerError, TimeoutError):
                await asyncio.wait_for(self._out.write(wire.frame(wire.QUIT)), patience)
                self._stream.close_input()
                await asyncio.wait_for(asyncio.shield(self._reading), patience)
        self.fail(Unreachable(f"the connection to {self._where} was closed"))
        self._reading.cancel()
        await asyncio.gather(self._reading, self._out.close(), return_exceptions=True)


_DROPPED = "the host or the network between is down or overloaded; ansible_drop_after sets how long to wait"
_ENDED = "it may have been killed, or the host went down; see the host's system log"
