"""Each host goes through the play as fast as it can, without waiting for the others."""

import asyncio

from runner.execute.hosts import HostState
from runner.execute.sections import run_sections
from runner.execute.session import PlaySession
from runner.execute.walk import Walker


async def run(session: PlaySession, walker: Walker, hosts: list[HostState]) -> None:
    """Run the play's sections on the hosts."""
    await asyncio.gather(*(run_sections(session, walker, [host]) for host in hosts))
