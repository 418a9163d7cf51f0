"""Runs the handlers that wait, at the end of a section or where a play says so."""

from collections.abc import Awaitable, Callable

from runner.execute.hosts import HostState
from runner.execute.session import PlaySession
from runner.model.plan import PlanTask

# (task, hosts, whether a rescue stands around it) -> hosts that failed
RunTask = Callable[[PlanTask, list[HostState], bool], Awaitable[list[HostState]]]


async def flush_handlers(
    play: PlaySession, run_task: RunTask, hosts: list[HostState], rescuable: bool, *, also_failed: bool
) -> list[HostState]:
    """Run the pending handlers of some hosts, once in order of definition. Returns the hosts that failed.

    A handler that one further down notifies waits for the next flush, so that handlers which notify each other come to an end.
    """
    failed: list[HostState] = []
    at = 0
    while at < len(play.handlers):
        handler = play.handlers[at]
        at += 1
        on = [host for host in hosts if handler.key in host.pending and not (host.unreachable or host.ended) and host not in failed]
        if not also_failed:
            on = [host for host in on if not host.failed]
        if on:
            failed += await _handler(handler, run_task, on, rescuable)
    return failed


async def _handler(handler: PlanTask, run_task: RunTask, hosts: list[HostState], rescuable: bool) -> list[HostState]:
    """Run one handler on hosts it is pending on, also on those that have failed. Returns the hosts that failed in it."""
    for host in hosts:
        host.pending.pop(handler.key, None)
    restored = [host for host in hosts if host.failed]
    for host in restored:
        host.failed = False
    failed = await run_task(handler, hosts, rescuable)
    for host in restored:
        host.failed = True
    return failed
