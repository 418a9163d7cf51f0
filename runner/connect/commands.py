"""A connection made of single commands, each with its input and output, as connection plugins written for Ansible give it.

A process that goes on is started apart from the command that starts it; what it is told and what it says is carried by further commands.
"""

import asyncio
import shlex
from collections.abc import Callable

from runner.connect.inbox import Inbox
from runner.errors import Unreachable
from runner.model.address import Address

# (command, its standard input) -> (status, output, errors); blocks, raises Unreachable
Runs = Callable[[str, bytes], tuple[int, bytes, bytes]]
# Seconds between looks at a process that says nothing; they become longer while nothing is written to it.
QUICK, SLOW = 0.02, 1.0
# Looks that one command takes, 0.02 s apart.
LOOKS = 5

# The folder is closed to others: what the process says may be secret. `tail` holds the way in open until there is no more to come.
_START = """
u=$(umask); umask 077
d=$(mktemp -d "${{TMPDIR:-/tmp}}/.muster-XXXXXXXX") && mkfifo "$d/in" && : >"$d/out" && : >"$d/err" || exit 1
s=$(command -v setsid)
(
    tail -f /dev/null >"$d/in" 2>/dev/null & echo $! >"$d/keeper"
    umask "$u"
    $s /bin/sh -c 'echo $$ >"$0/pid"; exec /bin/sh -c "$1"' "$d" {command} <"$d/in" >>"$d/out" 2>>"$d/err"
    echo $? >"$d/status.new"; mv "$d/status.new" "$d/status"
) </dev/null >/dev/null 2>&1 &
printf %s "$d"
"""
_LOOK = """
cd {folder} || exit 1
i=0
while :; do
    s=$(cat status 2>/dev/null); o=$(($(wc -c <out) - {out})); e=$(($(wc -c <err) - {err}))
    if [ "$o" -gt 0 ] || [ "$e" -gt 0 ] || [ -n "$s" ] || [ "$i" -ge {looks} ]; then break; fi
    i=$((i + 1)); sleep 0.02
done
echo "${{s:-x}} $o $e"
if [ "$o" -gt 0 ]; then tail -c +$(({out} + 1)) out | head -c "$o"; fi
if [ "$e" -gt 0 ]; then tail -c +$(({err} + 1)) err | head -c "$e"; fi
"""
_END = """
cd {folder} 2>/dev/null || exit 0
kill "$(cat keeper)" 2>/dev/null
p=$(cat pid 2>/dev/null)
[ -e status ] || [ -z "$p" ] || kill -TERM -- "-$p" 2>/dev/null || kill -TERM "$p" 2>/dev/null
rm -rf {folder}
"""


class CommandsConnection:
    """A host reached by `runs`. One command at a time: such plugins were written for that."""

    def __init__(self, address: Address, runs: Runs) -> None:
        self.address = address
        self.warnings: list[str] = []
        self._runs = runs
        self._one = asyncio.Lock()
        self._streams: list[CommandStream] = []

    async def run(self, command: str, stdin: bytes = b"") -> bytes:
        """Return the output of a command. Raises Unreachable, also when it fails."""
        async with self._one:
            status, out, err = await asyncio.to_thread(self._runs, f"/bin/sh -c {shlex.quote(command)}", stdin)
        if status:
            said = (err or out).decode("utf-8", "replace").strip()
            message = f"{self.address.name}: {said or f'a command ended with {status}'}"
            raise Unreachable(message, remedy="see that commands can be run there")
        return out

    async def open(self) -> None:
        """See that a command can be run. Raises Unreachable."""
        await self.run("exit 0")

    async def spawn(self, command: str, *, pty: bool = False) -> "CommandStream":
        """Start a command. There is no terminal, also where one was asked for."""
        folder = (await self.run(_START.format(command=shlex.quote(command)))).decode("utf-8", "replace").strip()
        if not folder.startswith("/"):
            raise Unreachable(f"{self.address.name}: no temporary folder could be made", found=folder[:200])
        stream = CommandStream(self, folder)
        self._streams = [each for each in self._streams if not each.ended] + [stream]
        return stream

    async def probe(self) -> None:
        """Run a command; what does not answer is gone."""
        await self.open()

    async def close(self) -> None:
        """End every process and tidy up."""
        streams, self._streams = self._streams, []
        await asyncio.gather(*(stream.leave() for stream in streams), return_exceptions=True)


class CommandStream:
    """A process on such a host. folder: where its streams are."""

    def __init__(self, connection: CommandsConnection, folder: str) -> None:
        self._connection = connection
        self._folder = shlex.quote(folder)
        self._inbox = Inbox(self._more)
        self._seen = {"out": 0, "err": 0}
        self._news = asyncio.Event()
        self._ending: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[bytes] | None = None
        self._reading = asyncio.get_running_loop().create_task(self._listen())
        self.ended = False

    def _more(self) -> None:
        self._news.set()

    async def _listen(self) -> None:
        pause = QUICK
        try:
            while not await self._look():
                if self._news.is_set():
                    self._news.clear()
                    pause = QUICK
                try:
                    await asyncio.wait_for(self._news.wait(), pause)
                except TimeoutError:
                    pause = min(pause * 1.5, SLOW)
        except Unreachable as error:
            self._inbox.fail(error)

    async def _look(self) -> bool:
        """Take in what there is; True when the process ended."""
        if self._inbox.full:
            return False
        seen = self._seen
        said = await self._connection.run(_LOOK.format(folder=self._folder, looks=LOOKS, **seen))
        head, _, rest = said.partition(b"\n")
        status, out, err = head.decode().split()
        for name, data in (("out", rest[: int(out)]), ("err", rest[int(out) : int(out) + int(err)])):
            if data:
                seen[name] += len(data)
                self._inbox.put(name, data)
                self._news.set()
        if status == "x":
            return False
        self._inbox.put("exit", status.encode())
        self._begin_end()
        return True

    async def read(self) -> tuple[str, bytes]:
        """Return the next piece, as `Stream` says."""
        return await self._inbox.get()

    async def write(self, data: bytes) -> None:
        """Send bytes to the process."""
        await self._connection.run(f"cat >{self._folder}/in", data)
        self._news.set()

    def close_input(self) -> None:
        """Let the process see the end of its input."""
        if self._closing is None and self._ending is None:
            stop = f'kill "$(cat {self._folder}/keeper)" 2>/dev/null; exit 0'
            self._closing = asyncio.get_running_loop().create_task(self._connection.run(stop))

    def terminate(self) -> None:
        """End the process and remove its folder."""
        self._reading.cancel()
        self._inbox.fail(Unreachable(f"{self._connection.address.name}: the process was ended"))
        self._begin_end()

    def _begin_end(self) -> None:
        if self._ending is None:
            self._ending = asyncio.get_running_loop().create_task(self._end())

    async def _end(self) -> None:
        try:
            await self._connection.run(_END.format(folder=self._folder))
        except Unreachable:
            pass  # what cannot be reached cannot be tidied up
        self.ended = True

    async def leave(self) -> None:
        """Terminate, and wait until that is done."""
        self.terminate()
        waiting = [each for each in (self._reading, self._closing, self._ending) if each is not None]
        await asyncio.gather(*waiting, return_exceptions=True)
