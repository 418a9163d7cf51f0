"""Where a drill takes place: the hosts of the inventory, reached over the engine's own links."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from runner.drill.clock import Exchange, Offset, offset_of
from runner.errors import TaskError
from runner.execute.reach import Links, address_of, become_of
from runner.execute.session import Run
from runner.model.address import Address
from runner.model.request import Become, Request, ShellAnswer
from runner.record import dataclass, field
from runner.verify.run_hosts import RunHosts

DEADLINE = 60.0
EXCHANGES = 25


class Ground(Protocol):
    """What a run of a drill needs of the hosts."""

    def matching(self, pattern: str) -> list[str]:
        """Return the names of the hosts of a pattern. Raises InventoryError for a name in it that the inventory does not have."""
        ...

    def variable(self, host: str, name: str) -> Any:
        """Return a variable of a host, None if it is not set."""
        ...

    async def shell(self, host: str, script: str) -> ShellAnswer:
        """Run shell text as root. Raises Unreachable, BecomeError and TaskError (too slow)."""
        ...

    async def put(self, host: str, data: bytes | Path, path: str) -> None:
        """Write a file that is root's alone."""
        ...

    async def get(self, host: str, path: str) -> bytes:
        """Return what is in a file; nothing if there is no such file."""
        ...

    async def follow(self, host: str, script: str, take: Callable[[bytes], None]) -> int:
        """Run shell text as root on a connection kept for looking on, give its output away as it comes, and return its exit status."""
        ...

    async def clock(self, host: str) -> Offset:
        """Return how the host's monotonic clock stands to ours."""
        ...

    async def python(self, host: str) -> str:
        """Return the path of the host's Python."""
        ...


@dataclass(slots=True)
class LinkGround:
    """Implements `Ground` over links."""

    run: Run
    hosts: RunHosts
    links: Links = field(default_factory=Links)
    views: Links = field(default_factory=Links)
    known: dict[str, tuple[Address, Become | None]] = field(default_factory=dict)

    def matching(self, pattern: str) -> list[str]:
        return self.hosts.matching(pattern, strict=True)

    def variable(self, host: str, name: str) -> Any:
        return self.hosts.variables(host).get(name)

    def _way(self, host: str) -> tuple[Address, Become | None]:
        if host not in self.known:
            state = self.run.delegate(host)
            view, render, options = self.hosts.view(host), self.run.templar.render, self.run.options
            address = address_of(state, None, view, render, options)
            self.known[host] = (address, become_of(self.hosts.task, view, render, options, address))
        return self.known[host]

    async def shell(self, host: str, script: str) -> ShellAnswer:
        address, become = self._way(host)
        return await self.links.get(address).shell(script, become=become, deadline=DEADLINE)

    async def put(self, host: str, data: bytes | Path, path: str) -> None:
        address, become = self._way(host)
        await self.links.get(address).put(data, path, 0o600, become)

    async def get(self, host: str, path: str) -> bytes:
        address, become = self._way(host)
        there = await self.shell(host, f"test -e {path}")
        return await self.links.get(address).get(path, become) if there.rc == 0 else b""

    async def follow(self, host: str, script: str, take: Callable[[bytes], None]) -> int:
        address, become = self._way(host)

        def heard(kind: str, data: bytes) -> None:
            if kind == "out":
                take(data)

        ended = False
        try:
            answer = await self.views.get(address).shell(script, become=become, on_output=heard)
            ended = True
        finally:
            if not ended:
                await self.views.reset(address)
        return answer.rc

    async def clock(self, host: str) -> Offset:
        found = []
        for _ in range(EXCHANGES):
            asked = time.monotonic()
            result = await self._ask_clock(host)
            found.append(Exchange(asked, float(result["monotonic"]), time.monotonic()))
            await asyncio.sleep(0.005)
        # the first starts the agent
        return offset_of(found[1:])

    async def _ask_clock(self, host: str) -> dict[str, Any]:
        address, become = self._way(host)
        answer = await self.links.get(address).call(Request("drill_clock", {}, become=become, deadline=DEADLINE))
        if answer.result.get("failed"):
            raise TaskError(f"{host}: the clock cannot be read: {answer.result.get('msg')}")
        return answer.result

    async def python(self, host: str) -> str:
        await self._ask_clock(host)
        return self.links.get(self._way(host)[0]).discovered_interpreter or "python3"

    async def close(self) -> None:
        """Close the connections."""
        await asyncio.gather(self.links.close(), self.views.close())


def owner_name() -> str:
    """Return how this drill is called in the locks of the hosts."""
    return f"{os.uname().nodename}:{os.getpid()}:{int(time.time())}"
