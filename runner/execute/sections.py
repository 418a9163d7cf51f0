"""The sections of a play on some hosts: pre_tasks, roles and tasks, post_tasks, each followed by its handlers."""

from runner.execute.hosts import HostState, live
from runner.execute.meta import PlayEnded
from runner.execute.session import PlaySession
from runner.execute.walk import PlayBroken, Walker


async def run_sections(session: PlaySession, walker: Walker, hosts: list[HostState]) -> None:
    """Run every section of the play on some hosts, with the handlers flushed after each."""
    wanted = session.plan.keywords.get("force_handlers")
    force = session.flag(session.run.templar.render(wanted, session.play_view()), session.run.options.force_handlers)
    try:
        for name, statements in session.plan.sections:
            if statements:
                await walker.section(statements, hosts)
            if name != "gather":
                walker.fail(await walker.flush(live(hosts)))
                if session.broken:
                    break
    except PlayEnded as ended:
        session.ended = session.ended or ended.whole
        for host in hosts:
            host.ended = True
        return
    except PlayBroken:
        session.broken = True
    finally:
        if force:
            await walker.flush([host for host in hosts if not host.unreachable], also_failed=True)

