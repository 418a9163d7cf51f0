"""The place of a task, or of an item of a loop, that is sent ahead: its call goes out at once, what follows waits for its turn."""

import asyncio
from collections.abc import Callable

from runner.connect.agent import OnOutput
from runner.connect.chain import Chain
from runner.errors import RunnerError
from runner.execute.reach import Links
from runner.model.address import Address
from runner.model.request import Answer, Request
from runner.variables.guarded import Forbidden

# What other hosts' tasks, the clock or the world decide is looked up at the task's own time.
CHANGING = frozenset(
    "hostvars vars lookup query q now play_hosts ansible_play_batch ansible_play_hosts ansible_failed_task ansible_failed_result "
    "discovered_interpreter_python".split()
)


class Line:
    """What is sent ahead to one host, in order. stop: whether calls behind one that failed are left out.

    broken: one of them cannot go ahead after all, so none behind it may.
    """

    def __init__(self, links: Links, *, stop: bool) -> None:
        self.broken = False
        self._links = links
        self._stop = stop
        self._chain: tuple[Address, Chain] | None = None

    def chain(self, address: Address) -> Chain:
        """Return the host's chain. Raises Forbidden where sending ahead gains nothing, or would be to another host."""
        if self._chain is None and address.kind != "local":
            self._chain = address, Chain(self._links.get(address), stop=self._stop)
        if self._chain is None or self._chain[0] != address:
            raise Forbidden(address.name)
        return self._chain[1]


class Turn:
    """Stands for the run's links, and for the host's link, in one task or item that is sent ahead.

    release: called when the turn has come and the answer too, or no call was made; then every variable may be looked at.
    """

    def __init__(self, line: Line, release: Callable[[], None]) -> None:
        self.come = asyncio.Event()
        self._line = line
        self._release: Callable[[], None] | None = release
        self._chain: Chain | None = None

    def get(self, address: Address) -> "Turn":
        """See `Links.get`. Raises Forbidden."""
        self._chain = self._line.chain(address)
        return self

    @property
    def discovered_interpreter(self) -> str | None:
        """See `HostLink`."""
        return self._chain.discovered_interpreter if self._chain is not None else None

    async def call(self, request: Request, on_output: OnOutput | None = None) -> Answer:
        """See `HostLink.call`. Raises NotRun at once when an earlier call failed."""
        assert self._chain is not None
        try:
            answer = await self._chain.call(request, on_output)
        except RunnerError:
            await self._its_turn()
            raise
        await self._its_turn()
        return answer

    async def _its_turn(self) -> None:
        await self.come.wait()
        self.release()

    def release(self) -> None:
        """Let every variable be looked at, as it is now."""
        release, self._release = self._release, None
        if release is not None:
            release()
