"""The sections of a play on some hosts: pre_tasks, roles and tasks, post_tasks, each followed by its handlers."""

from runner.execute.hosts import HostState, live
from runner.execute.meta import PlayEnded
from runner.execute.session import PlaySession
from runner.execute.walk import PlayBroken, Walker


async def run_sections(session: PlaySession, walker: Walker, hosts: list[HostState]) -> None:
    """Run every section of the play on some hosts, with handlers flushed after each; `force_handlers`: also of hosts that failed in it."""
    wanted = session.plan.keywords.get("force_handlers")
    force = session.flag(session.run.templar.render(wanted, session.play_view()), session.run.options.force_handlers)
    taking = hosts
    try:
        for name, statements in session.plan.sections:
            taking = live(hosts)
            if statements:
                await walker.section(statements, hosts)
            if name != "gather":
                walker.fail(await walker.flush(taking if force else live(hosts), also_failed=force))
                if session.broken:
                    break
    except PlayEnded as ended:
        session.ended = session.ended or ended.whole
        for host in hosts:
            host.ended = True
        return
    except PlayBroken:
        session.broken = True
        if force:
            await walker.flush(taking, also_failed=True)

