"""Tasks with `async`: started on the host, left alone, asked for at intervals when `poll` says so."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from runner import find
from runner.execute.context import TaskContext
from runner.model.event import Noted
from runner.model.plan import PlanTask
from runner.plan.arguments import prepare
from runner.plan.keyword_value import number
from runner.position import position_of


async def run_async(
    task: PlanTask, context: TaskContext, module: str, args: Mapping[str, Any], limit: int, code: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Start a module in the background of the host and, unless `poll` is 0, wait for its result.

    limit: seconds after which the host ends it. code: text the module needs there. Returns the module's result, or what
    `async_status` needs when it is not waited for.
    """
    poll_value = task.task.keywords.get("poll")
    poll = float(context.play.run.options.poll_interval)
    if poll_value is not None:
        poll = number("poll", context.render(poll_value), position_of(poll_value) or task.position, kind="int")
    schema = find.load_module(module).ARGUMENTS
    complete = prepare(module, schema, args, position_of(task.task.args) or task.position)
    if context.check and not hasattr(find.load_module(module), "look"):
        return {"changed": False, "skipped": True, "msg": "check mode and async cannot be used on same task."}
    job = {"module": module, "args": complete, "limit": limit, "check": context.check}
    started = await context.call("async_start", job, code=code)
    if started.get("failed") or poll <= 0:
        return started
    return await _wait(context, started, limit, poll)


async def _wait(context: TaskContext, started: Mapping[str, Any], limit: int, poll: float) -> dict[str, Any]:
    jid = str(started["ansible_job_id"])
    end = time.monotonic() + limit
    status: dict[str, Any] = {}
    while True:
        await asyncio.sleep(min(poll, max(end - time.monotonic(), 0.1)))
        status = await context.call("async_status", {"jid": jid, "mode": "status"}, check=False)
        if int(status.get("finished", 0) or 0) == 1 or (status.get("failed") and "started" not in status):
            break
        now = time.monotonic()
        if now < end:
            _say(context, "POLL", jid, f" started={status.get('started', 0)} finished={status.get('finished', 0)}")
        if now > end + poll:
            _say(context, "FAILED", jid)
            return {
                "failed": True,
                "changed": False,
                "msg": f"async task did not complete within the requested time - {limit}s",
                "async_result": status,
                "ansible_job_id": jid,
            }
    await context.call("async_status", {"jid": jid, "mode": "cleanup"}, check=False)
    _say(context, "FAILED" if status.get("failed") else "OK", jid)
    return status


def _say(context: TaskContext, word: str, jid: str, more: str = "") -> None:
    """Show how a job is doing, in the words of Ansible's display."""
    context.play.run.emit(Noted(f"ASYNC {word} on {context.host.name}: jid={jid}{more}", 0))
