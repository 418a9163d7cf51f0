"""The one object a host that the engine uses for the whole run: calls, commands, files; reconnects after a drop."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from runner.connect.agent import OnOutput, RemoteAgent
from runner.connect.base import Connection, NoMoreSessions
from runner.connect.plain import Plain
from runner.connect.start import start_agent
from runner.errors import Unreachable
from runner.model.address import Address
from runner.model.request import Answer, Become, Request, ShellAnswer

T = TypeVar("T")
Key = tuple[Become | None, str]


class _Pool:
    """The agents of one user and interpreter."""

    def __init__(self) -> None:
        self.agents: set[RemoteAgent] = set()
        self.idle: list[RemoteAgent] = []
        self.starting = 0
        self.waiting: deque[asyncio.Future[None]] = deque()
        self.limit = 1_000_000

    def wake(self) -> None:
        """Let one who waits look again."""
        while self.waiting:
            waiter = self.waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return


class HostLink:
    """A host, reached when first needed and kept. Methods may be called from many tasks of the loop at once.

    max_agents: agents for each user and interpreter; one runs one request at a time, more requests than agents queue.
    """

    def __init__(self, address: Address, connection: Connection, *, max_agents: int = 8) -> None:
        self.address = address
        self.discovered_interpreter: str | None = None
        self.machine: str | None = None
        self._connection = connection
        self._plain = Plain(connection, address)
        self._max_agents = max_agents
        self._opening = asyncio.Lock()
        self._open = False
        self._pools: dict[Key, _Pool] = {}

    @property
    def warnings(self) -> list[str]:
        """What the user should know of how the connection was made."""
        return self._connection.warnings

    async def call(self, request: Request, on_output: OnOutput | None = None) -> Answer:
        """Run one module and return what it said. on_output: called with ("out" or "err", bytes) when `request.stream`.

        Raises Unreachable, BecomeError, TaskError (no Python on the host, a file that cannot be sent or kept).
        """
        agent = await self.agent(request)
        try:
            return Answer(await agent.call(request, on_output))
        except Unreachable:
            await self.after_drop(agent)
            raise

    async def greet(self, request: Request) -> None:
        """Have an agent for a request like this one, so that `machine` is known: its machine-id(5), empty where it has none."""
        agent = await self.agent(request, ahead=False)
        if agent.on_idle is not None:
            agent.on_idle(agent)

    async def call_many(self, requests: Sequence[Request]) -> AsyncIterator[Answer]:
        """Run several requests of one user ahead of each other's answers; yields the answers in order.

        After a failed one the rest are not run and come back with `skipped`.
        """
        agent = await self.agent(requests[0])
        try:
            async with contextlib.aclosing(agent.call_many(requests)) as results:
                async for result in results:
                    yield Answer(result)
        except Unreachable:
            await self.after_drop(agent)
            raise

    async def shell(
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
        """Run shell text without an agent; see `Plain.run`."""
        try:
            return await self._without_agent(
                lambda: self._plain.run(
                    command, stdin=stdin, become=become, deadline=deadline, pty=pty, environment=environment, on_output=on_output
                )
            )
        except Unreachable:
            await self.reset()
            raise

    async def put(self, data: bytes | Path, remote_path: str, mode: int = 0o600, become: Become | None = None) -> None:
        """Write a file on the host in one step, without an agent. Raises TaskError."""
        await self._without_agent(lambda: self._plain.put(data, remote_path, mode, become))

    async def get(self, remote_path: str, become: Become | None = None) -> bytes:
        """Return a file's content, without an agent. Raises TaskError."""
        return await self._without_agent(lambda: self._plain.get(remote_path, become))

    async def _without_agent(self, work: Callable[[], Awaitable[T]]) -> T:
        while True:
            await self._ensure_open()
            try:
                return await work()
            except NoMoreSessions:
                await self._make_room()

    async def reset(self) -> None:
        """Drop the connection and every agent; the next call connects again."""
        self._open = False
        agents = [agent for pool in self._pools.values() for agent in pool.agents]
        await asyncio.gather(*(agent.close() for agent in agents))
        await self._connection.close()

    async def close(self) -> None:
        """Say goodbye to the agents and close the connection."""
        await self.reset()

    async def _ensure_open(self) -> None:
        if self._open:
            return
        async with self._opening:
            if not self._open:
                await self._connection.open()
                self._open = True

    async def agent(self, request: Request, *, ahead: bool = True) -> RemoteAgent:
        """Return an agent with nothing to do, started if need be; it is the caller's until its answer has come.

        ahead: the caller is going to call it with just this request, which may therefore go out with a new connection's first agent.
        """
        pool = self._pools.setdefault((request.become, request.interpreter), _Pool())
        while True:
            while pool.idle:
                agent = pool.idle.pop()
                # one that works for a chain though it is idle now and then comes back when it is idle again
                if agent.error is None and not agent.busy:
                    return agent
            if len(pool.agents) + pool.starting < min(self._max_agents, pool.limit):
                try:
                    return await self._start(pool, request, ahead)
                except NoMoreSessions:
                    await self._make_room(pool)
                    continue
            waiter = asyncio.get_running_loop().create_future()
            pool.waiting.append(waiter)
            try:
                await waiter
            except asyncio.CancelledError:
                if waiter.done() and not waiter.cancelled():
                    pool.wake()
                raise

    async def _make_room(self, pool: _Pool | None = None) -> None:
        """After the host refused one more session: make do with the agents there are, or end one that has nothing to do."""
        if pool is not None and pool.agents:
            pool.limit = len(pool.agents)
            return
        agents = [agent for each in self._pools.values() for agent in each.agents]
        idle = [agent for each in self._pools.values() if each is not pool for agent in each.idle]
        if idle:
            await idle[0].close()
        elif agents or any(each.starting for each in self._pools.values()):
            await asyncio.sleep(0.1)
        else:
            raise Unreachable(f"{self.address.name}: the SSH server refuses sessions", remedy="see MaxSessions in its sshd_config")

    async def _start(self, pool: _Pool, request: Request, ahead: bool) -> RemoteAgent:
        pool.starting += 1
        try:
            agent = await self._start_or_reconnect(request, ahead)
        except BaseException:
            pool.wake()
            raise
        finally:
            pool.starting -= 1
        if request.interpreter == "auto" and self.discovered_interpreter is None:
            self.discovered_interpreter = agent.hello["executable"]
        self.machine = str(agent.hello.get("machine") or "")
        pool.agents.add(agent)

        def idle(one: RemoteAgent) -> None:
            if one not in pool.idle:
                pool.idle.append(one)
            pool.wake()

        def end(one: RemoteAgent) -> None:
            pool.agents.discard(one)
            if one in pool.idle:
                pool.idle.remove(one)
            pool.wake()

        agent.on_idle, agent.on_end = idle, end
        if agent.error is not None:
            end(agent)
        return agent

    async def _start_or_reconnect(self, request: Request, ahead: bool) -> RemoteAgent:
        was_open = self._open
        await self._ensure_open()
        # what was asked on a connection that turns out to be broken must not be asked twice
        first = request if ahead and not was_open else None
        try:
            return await start_agent(self._connection, self.address, request.become, request.interpreter, first)
        except NoMoreSessions:
            raise
        except Unreachable:
            # A connection that was dropped while idle shows only now. Nothing was asked yet, so asking again is safe, once.
            if not was_open or any(agent.busy for pool in self._pools.values() for agent in pool.agents):
                raise
            await self.reset()
            await self._ensure_open()
            return await start_agent(self._connection, self.address, request.become, request.interpreter)

    async def after_drop(self, agent: RemoteAgent) -> None:
        if agent.lost_host:
            await self.reset()
