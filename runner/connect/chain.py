"""Calls to one host that are sent ahead of each other's answers and are run there strictly in order."""

import asyncio

from runner.connect.agent import OnOutput, RemoteAgent
from runner.connect.link import HostLink
from runner.errors import Unreachable
from runner.model.request import Answer, Become, Request
from runner.target import wire


class NotRun(Exception):
    """The call was not made: an earlier one of its chain failed."""


class Chain:
    """Calls of one host in the order in which `call` is entered; the host needs no answer from us to go on to the next.

    stop: after a call that failed the later ones are not run and raise NotRun. A call for another user or interpreter than the
    one before it runs in another agent, so it is sent only when all earlier ones are answered.
    """

    def __init__(self, link: HostLink, *, stop: bool) -> None:
        self._link = link
        self._stop = stop
        self._turn = asyncio.Lock()
        self._agent: RemoteAgent | None = None
        self._key: tuple[Become | None, str] | None = None
        self._last: asyncio.Future[bool] | None = None
        self._number: int | None = None

    @property
    def discovered_interpreter(self) -> str | None:
        """See `HostLink`."""
        return self._link.discovered_interpreter

    async def call(self, request: Request, on_output: OnOutput | None = None) -> Answer:
        """Run one module when its turn has come; see `HostLink.call`. Raises NotRun too."""
        await self._turn.acquire()
        sent = False

        def go_on(number: int) -> None:
            nonlocal sent
            sent = True
            self._number = number
            self._turn.release()

        went_well: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        try:
            agent = await self._agent_for(request)
            before, self._last = self._number if self._stop else None, went_well
            result = await agent.call(request, on_output, before, go_on)
            if result.get("skip_reason") == wire.NOT_RUN:
                raise NotRun
            went_well.set_result(not wire.has_failed(result))
        except Unreachable:
            if self._agent is not None:
                await self._link.after_drop(self._agent)
            raise
        finally:
            if not went_well.done():
                went_well.set_result(False)
            if not sent:
                self._turn.release()
        return Answer(result)

    async def _agent_for(self, request: Request) -> RemoteAgent:
        """Return the agent that ran the call before, or another once all earlier calls are answered."""
        key = (request.become, request.interpreter)
        if self._agent is not None and key == self._key and self._agent.error is None:
            return self._agent
        if self._last is not None and not await self._last and self._stop:
            raise NotRun
        self._number = None
        self._agent, self._key = await self._link.agent(request), key
        return self._agent
