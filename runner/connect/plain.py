"""What needs no Python on the host: a command and its output, a file there and back."""

import asyncio
import secrets
import shlex
from collections.abc import Mapping
from pathlib import Path

from runner.connect import become as becoming
from runner.connect.agent import OnOutput
from runner.connect.base import Connection, Stream
from runner.connect.transfer import Outgoing
from runner.errors import TaskError
from runner.model.address import Address
from runner.model.request import Become, ShellAnswer

PIECE = 1 << 17


class Plain:
    """Runs commands over a connection with nothing but the host's shell."""

    def __init__(self, connection: Connection, address: Address) -> None:
        self._connection = connection
        self._address = address

    async def run(
        self,
        command: str,
        *,
        stdin: bytes | Path = b"",
        become: Become | None = None,
        deadline: float | None = None,
        pty: bool = False,
        environment: Mapping[str, str] | None = None,
        on_output: OnOutput | None = None,
    ) -> ShellAnswer:
        """Run shell text and return its exit status and output.

        environment goes over standard input, never in a command line. deadline: seconds, then TaskError and the command's end.
        Raises Unreachable when the host is silent and gives no sign of life, BecomeError.
        """
        exports = _exports(environment or {})
        entry = None
        if become is not None and becoming.needs_terminal(become):
            command = _ending_input(command, stdin)
        if exports:
            command = f'eval "$(dd bs=1 count={len(exports)} 2>/dev/null)"; {command}'
        if become is not None:
            entry = becoming.gate(command, become, f"muster-{secrets.token_hex(8)}-")
            command, pty = entry.command, pty or entry.pty
        stream = await self._connection.spawn(f"exec /bin/sh -c {shlex.quote(command)}", pty=pty)
        feeding: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(deadline):
                first = b"" if entry is None else await becoming.enter(stream, entry)
                feeding = asyncio.get_running_loop().create_task(_feed(stream, exports, stdin))
                return await self._collect(stream, first, on_output)
        except TimeoutError:
            msg = f"The command did not end in the expected time frame ({deadline:g}) and was terminated"
            raise TaskError(msg, result={"timedout": {"period": deadline, "frame": "command without agent"}}) from None
        finally:
            stream.terminate()
            if feeding is not None:
                feeding.cancel()
                await asyncio.gather(feeding, return_exceptions=True)

    async def _collect(self, stream: Stream, first: bytes, on_output: OnOutput | None) -> ShellAnswer:
        pieces = {"out": [first], "err": []}
        if first and on_output is not None:
            on_output("out", first)
        reading: asyncio.Task[tuple[str, bytes]] = asyncio.ensure_future(stream.read())
        try:
            while True:
                quiet = min(self._address.keepalive, self._address.drop_after / 4)
                done, _ = await asyncio.wait([reading], timeout=quiet)
                if not done:
                    # a command may be silent for hours; the host may not
                    await self._connection.probe()
                    continue
                kind, data = reading.result()
                if kind == "exit":
                    return ShellAnswer(int(data), b"".join(pieces["out"]), b"".join(pieces["err"]))
                pieces[kind].append(data)
                if on_output is not None:
                    on_output(kind, data)
                reading = asyncio.ensure_future(stream.read())
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def put(self, data: bytes | Path, remote: str, mode: int, become: Become | None = None) -> None:
        """Write a file on the host in one step (a drop in the middle leaves the old one). Raises TaskError.

        In a folder that others may write to nobody can put a link in the way: the name is not to be guessed, the file new (`set -C`).
        """
        size = len(data) if isinstance(data, bytes) else data.stat().st_size
        script = (
            f'umask 077; d={shlex.quote(remote)}; t="$d.muster.{secrets.token_hex(8)}"; trap \'rm -f "$t"\' EXIT; set -C; '
            f'if [ -d "$d" ]; then echo "it is a directory" >&2; exit 1; fi; '
            f'cat >"$t" && [ $(wc -c <"$t") -eq {size} ] && chmod {mode:o} "$t" && mv -f "$t" "$d"'
        )
        answer = await self.run(script, stdin=data, become=become)
        if answer.rc != 0:
            raise _failed("write", remote, answer)

    async def get(self, remote: str, become: Become | None = None) -> bytes:
        """Return the content of a file on the host. Raises TaskError."""
        answer = await self.run(f"cat <{shlex.quote(remote)}", become=become)
        if answer.rc != 0:
            raise _failed("read", remote, answer)
        return answer.stdout


def _ending_input(command: str, stdin: bytes | Path) -> str:
    """Return the command with exactly this much input: a terminal in raw mode has no end that we could send."""
    size = len(stdin) if isinstance(stdin, bytes) else stdin.stat().st_size
    return f"head -c {size} | {{ {command}\n}}" if size else f"{{ {command}\n}} </dev/null"


def _exports(environment: Mapping[str, str]) -> bytes:
    return "".join(f"export {name}={shlex.quote(str(value))}\n" for name, value in environment.items()).encode("utf-8", "surrogateescape")


async def _feed(stream: Stream, exports: bytes, stdin: bytes | Path) -> None:
    if exports:
        await stream.write(exports)
    with Outgoing(stdin) as file:
        while piece := file.read(PIECE):
            await stream.write(piece)
    stream.close_input()


def _failed(verb: str, remote: str, answer: ShellAnswer) -> TaskError:
    text = answer.stderr.decode("utf-8", "replace").strip() or f"exit status {answer.rc}"
    return TaskError(f"cannot {verb} {remote} on the host: {text}", result={"rc": answer.rc})
