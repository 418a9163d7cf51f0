"""The checks' way to the hosts: the engine's own links, one a host, driven from pytest's thread."""

import asyncio

from runner.errors import InventoryError
from runner.execute.reach import Links, address_of, become_of
from runner.execute.session import Run
from runner.model.request import Become, ShellAnswer
from runner.verify.run_hosts import RunHosts

DEADLINE = 120.0


class LinkShells:
    """Implements `Shells`. Host keys, users, keys, gateways and become are what the inventory and the options say, as in a play.

    One command runs at a time, at most DEADLINE seconds.
    """

    def __init__(self, run: Run, hosts: RunHosts) -> None:
        self._run = run
        self._hosts = hosts
        self._links = Links()
        self._loop = asyncio.Runner()
        self._become: dict[str, Become | None] = {}

    def run(self, name: str, command: str) -> ShellAnswer:
        """Run a command on a host and return status and output. Raises Unreachable, BecomeError and TaskError (too slow)."""
        return self._loop.run(self._shell(name, command))

    async def _shell(self, name: str, command: str) -> ShellAnswer:
        state = self._run.host(name)
        if state is None:
            raise InventoryError(f"there is no host {name} in the inventory", found=name)
        view, render, options = self._hosts.view(name), self._run.templar.render, self._run.options
        address = address_of(state, None, view, render, options)
        if name not in self._become:
            self._become[name] = become_of(self._hosts.task, view, render, options, address)
        return await self._links.get(address).shell(command, become=self._become[name], deadline=DEADLINE)

    def close(self) -> None:
        """Close the connections and the loop; safe to call twice."""
        self._loop.run(self._links.close())
        self._loop.close()
