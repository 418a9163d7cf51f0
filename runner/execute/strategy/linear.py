"""All hosts of a batch take each task together; the next task begins when the last host is done."""

from runner.execute.hosts import HostState
from runner.execute.sections import run_sections
from runner.execute.session import PlaySession
from runner.execute.walk import Walker


async def run(session: PlaySession, walker: Walker, hosts: list[HostState]) -> None:
    """Run the play's sections on the hosts."""
    await run_sections(session, walker, hosts)
