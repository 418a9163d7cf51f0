"""Each host goes through the whole play without a break; as many hosts at a time as there are forks."""

import asyncio

from runner.execute.hosts import HostState
from runner.execute.sections import run_sections
from runner.execute.session import PlaySession
from runner.execute.walk import Walker


async def run(session: PlaySession, walker: Walker, hosts: list[HostState]) -> None:
    """Run the play's sections on the hosts."""
    pins = asyncio.Semaphore(session.run.options.forks)

    async def one(host: HostState) -> None:
        async with pins:
            await run_sections(session, walker, [host])

    await asyncio.gather(*(one(host) for host in hosts))
