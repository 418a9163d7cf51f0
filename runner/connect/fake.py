"""A host in memory that speaks the real protocol: the whole engine runs against it without a process or a network."""

import asyncio
import importlib
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from runner.connect.inbox import Inbox
from runner.errors import Unreachable
from runner.model.address import Address
from runner.record import dataclass, field
from runner.target import wire
from runner.target.interrupt import timed_out
from runner.target.perform import perform

Answers = Mapping[str, Any]
_TOKEN = re.compile(r"muster-[0-9a-f]{16}-")


@dataclass
class FakeHost:
    """What the host is and does; a test reads and changes it while the engine runs.

    system: makes the `System` a request runs on, called with check, diff, no_log, blob (bytes or None), emit, send; a test's
    `FakeSystem(...).again` fits. answers: module name -> result, or a function of the request (a dict) that returns one;
    comes before `system`. shell: shell text -> (rc, out, err), or a function of (text, stdin); a text not in it gives 127.
    delay: seconds before each answer; turns: turns of the loop before each answer, for counts that no load may change. refuse: the
    error `open` raises. drop_at: the number (from 1) of the request at which the connection breaks instead of an answer. silent: says
    nothing at all any more, not even to pings. python: what it has ("" for none). become_password: what sudo asks for. requests,
    commands, opened: what happened; most_waiting: how many requests were unanswered at once; round_trips: how often one came while
    none was, so that the host had waited for it; agents: how many were started; early: how many of those got their first request
    along with themselves; received: bytes that came for agents; code: files of code that came after their start.
    """

    system: Callable[..., Any] | None = None
    answers: Answers = field(default_factory=dict)
    shell: Any = field(default_factory=dict)
    delay: float = 0.0
    turns: int = 0
    refuse: Exception | None = None
    drop_at: int | None = None
    silent: bool = False
    python: str = "/usr/bin/python3"
    become_password: str | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    opened: int = 0
    most_waiting: int = 0
    round_trips: int = 0
    agents: int = 0
    early: int = 0
    received: int = 0
    code: list[str] = field(default_factory=list)


class FakeConnection:
    """See `connect.base.Connection`."""

    def __init__(self, address: Address, host: FakeHost | None = None) -> None:
        self.address = address
        self.warnings: list[str] = []
        self.host = host if host is not None else FakeHost()
        self._streams: list[FakeStream] = []

    async def open(self) -> None:
        """Raises what the host's `refuse` says."""
        self.host.opened += 1
        if self.host.refuse is not None:
            raise self.host.refuse

    async def spawn(self, command: str, *, pty: bool = False) -> "FakeStream":
        """Start an agent or a shell command in memory."""
        stream = FakeStream(self, command)
        self._streams.append(stream)
        return stream

    async def probe(self) -> None:
        """Raises Unreachable when the host is silent."""
        if self.host.silent:
            raise Unreachable(f"{self.address.name} gave no sign of life for {self.address.drop_after:g} seconds")

    def drop(self) -> None:
        """Break the connection as a dead network would."""
        for stream in self._streams:
            stream.inbox.fail(Unreachable(f"the connection to {self.address.name} broke"))
            stream.terminate()
        self._streams.clear()

    async def close(self) -> None:
        """End every stream."""
        for stream in self._streams:
            stream.terminate()
        self._streams.clear()


class FakeStream:
    """See `connect.base.Stream`: sudo's question, then an agent's frames or a command's output."""

    def __init__(self, connection: FakeConnection, command: str) -> None:
        self.inbox = Inbox(lambda: None)
        self._connection = connection
        self._host = connection.host
        self._command = command
        self._agent = "runner.target.memory" in command
        self._input = b""
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._failed: set[int] = set()
        self._blobs: dict[int, tuple[dict[str, Any], bytearray]] = {}
        self._frames: wire.Frames | None = None
        found = _TOKEN.search(command)
        self._token = found[0] if found else ""
        self._becomes = f"{self._token}IN" in command
        self._asking = self._becomes and self._host.become_password is not None and " -n " not in command
        if self._asking:
            self.inbox.put("err", f"[muster {self._token}] password:".encode())
        elif self._becomes and self._host.become_password is not None:
            self.inbox.put("err", b"sudo: a password is required\n")
            self.inbox.put("exit", b"1")
        else:
            self._enter()

    def _enter(self) -> None:
        if self._becomes:
            self.inbox.put("out", f"{self._token}IN;".encode())
        if self._agent and not self._host.python:
            self.inbox.put("out", f"{self._token}NONE;".encode())
            self.inbox.put("exit", b"0")

    async def read(self) -> tuple[str, bytes]:
        """See `Stream.read`."""
        return await self.inbox.get()

    async def write(self, data: bytes) -> None:
        """See `Stream.write`."""
        self._input += data
        if self._asking:
            self._hear_password()
        if self._asking or not self._agent:
            return
        if self._frames is None:
            size = 8 + int(self._input[:8], 16) if len(self._input) >= 8 else None
            if size is None or len(self._input) < size:
                return
            self._input = self._input[size:]
            self._frames = wire.Frames()
            self._host.agents += 1
            self._host.early += bool(self._input)
            hello = {"python": "3.11.2", "executable": self._host.python, "pid": 4711}
            self.inbox.put("out", self._token.encode() + wire.frame(wire.HELLO, 0, wire.text_of(hello)))
        self._host.received += len(self._input)
        frames, self._input = self._frames.feed(self._input), b""
        for kind, number, body in frames:
            self._take(kind, number, body)

    def _hear_password(self) -> None:
        line, found, rest = self._input.partition(b"\n")
        if not found:
            return
        self._input = rest
        if line.decode() == self._host.become_password:
            self._asking = False
            self._enter()
        else:
            self.inbox.put("err", f"\nSorry, try again.\n[muster {self._token}] password:".encode())

    def _take(self, kind: int, number: int, body: bytes) -> None:
        if self._host.silent:
            return
        if kind == wire.PING:
            self._send(wire.PONG, number)
        elif kind == wire.CODE:
            self._host.code += wire.value_of(body)
        elif kind == wire.REQUEST:
            request = wire.value_of(body)
            if request.get("blob"):
                self._blobs[number] = (request, bytearray())
            else:
                self._begin(number, request, None)
        elif kind == wire.BLOB:
            self._blobs[number][1].extend(body)
        elif kind == wire.BLOB_END:
            request, blob = self._blobs.pop(number)
            self._begin(number, request, bytes(blob))
        elif kind == wire.CANCEL and number in self._tasks:
            self._tasks[number].cancel()

    def _send(self, kind: int, number: int, body: bytes = b"") -> None:
        self.inbox.put("out", wire.frame(kind, number, body))

    def _begin(self, number: int, request: dict[str, Any], blob: bytes | None) -> None:
        before = list(self._tasks.values())
        self._host.round_trips += not before
        self._host.most_waiting = max(self._host.most_waiting, len(before) + 1)
        self._tasks[number] = asyncio.get_running_loop().create_task(self._answer(number, request, blob, before))

    async def _answer(self, number: int, request: dict[str, Any], blob: bytes | None, before: list[asyncio.Task[None]]) -> None:
        deadline = request.get("deadline")
        try:
            if before:
                await asyncio.wait(before)
            if request.get("skip_if_failed") in self._failed:
                self._settle(number, {"changed": False, "skipped": True, "skip_reason": wire.NOT_RUN})
                return
            self._host.requests.append(request)
            if len(self._host.requests) == self._host.drop_at:
                self._connection.drop()
                return
            async with asyncio.timeout(deadline):
                await asyncio.sleep(self._host.delay)
                for _ in range(self._host.turns):
                    await asyncio.sleep(0)
            result = self._result(number, request, blob)
        except TimeoutError:
            result = timed_out(request["module"], deadline or 0)
        except asyncio.CancelledError:
            result = {"changed": False, "failed": True, "msg": "the task was cancelled", "cancelled": True}
        self._settle(number, result)

    def _settle(self, number: int, result: dict[str, Any]) -> None:
        del self._tasks[number]
        if wire.has_failed(result) or result.get("skip_reason") == wire.NOT_RUN:
            self._failed.add(number)
        if not self._host.silent:
            self._send(wire.RESULT, number, wire.text_of(result))

    def _result(self, number: int, request: dict[str, Any], blob: bytes | None) -> dict[str, Any]:
        name = request["module"]
        if name in self._host.answers:
            answer = self._host.answers[name]
            return {"changed": False, **(answer(request) if callable(answer) else answer)}
        if self._host.system is None:
            return {"changed": False, "failed": True, "msg": f"the fake host has neither a system nor an answer for {name}"}
        system = self._host.system(
            check=request.get("check", False), diff=request.get("diff", False), no_log=request.get("no_log", False), blob=blob,
            emit=self._emitter(number) if request.get("stream") else None, send=lambda file: self._send_file(number, file),
        )  # fmt: skip
        system.environ.update(request.get("environment") or {})
        return perform(importlib.import_module(f"runner.target.modules.{name}"), request.get("args") or {}, system)

    def _emitter(self, number: int) -> Callable[[str, bytes], None]:
        marks = {"out": wire.OUT, "err": wire.ERR}
        return lambda stream, data: self._send(wire.OUTPUT, number, marks[stream] + data)

    def _send_file(self, number: int, file: Any) -> None:
        self._send(wire.FILE, number, file.read())
        self._send(wire.FILE_END, number)

    def close_input(self) -> None:
        """See `Stream.close_input`: a shell command now has all its input and runs."""
        if self._agent:
            self.inbox.put("exit", b"0")
            return
        rc, out, err = self._run(_plain_text(self._command, self._token))
        for kind, data in (("out", out), ("err", err)):
            if data:
                self.inbox.put(kind, data.encode() if isinstance(data, str) else data)
        self.inbox.put("exit", str(rc).encode())

    def _run(self, text: str) -> tuple[int, Any, Any]:
        exports = re.match(r'eval "\$\(dd bs=1 count=(\d+) 2>/dev/null\)"; ', text)
        if exports is not None:
            text, self._input = text[exports.end() :], self._input[int(exports[1]) :]
        self._host.commands.append(text)
        put = re.match(r"umask 077; d=(.*?); t=", text)
        if put is not None:
            self._host.files[shlex.split(put[1])[0]] = self._input
            return 0, b"", b""
        if text.startswith("cat <") and (path := shlex.split(text[5:])[0]) in self._host.files:
            return 0, self._host.files[path], b""
        known = self._host.shell(text, self._input) if callable(self._host.shell) else self._host.shell.get(text)
        return known if known is not None else (127, b"", f"sh: 1: {text}: not found\n")

    def terminate(self) -> None:
        """See `Stream.terminate`."""
        for task in self._tasks.values():
            task.cancel()
        self.inbox.fail(Unreachable("the process was ended"))


def _plain_text(command: str, token: str) -> str:
    """Return the shell text a caller wanted, out of its wrappings (`exec /bin/sh -c ...`, sudo ...)."""
    text = shlex.split(command)[-1]
    if token and f"{token}IN" in text:
        text = shlex.split(text)[-1]
        if text.startswith("exec /bin/sh -c "):
            text = shlex.split(text)[-1]
        text = text.partition(f"{token}IN\\;; ")[2]
    return text
