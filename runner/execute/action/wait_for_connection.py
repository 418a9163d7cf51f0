"""Waits until the host can be reached and runs modules, as after a reboot or when it was just made."""

import asyncio
import time
from typing import Any

from runner.errors import ArgumentError, BecomeError, TaskError, Unreachable, nearest_names
from runner.execute.context import TaskContext
from runner.position import position_of

ARGUMENTS = {
    "type": "object",
    "properties": {
        "delay": {"type": "integer", "default": 0, "description": "Seconds to wait before the first try."},
        "sleep": {"type": "integer", "default": 1, "description": "Seconds between tries."},
        "timeout": {"type": "integer", "default": 600, "description": "Seconds after which to give up."},
        "connect_timeout": {"type": "integer", "default": 5, "description": "Seconds one try may take."},
    },
    # refused here, in the words that scripts expect of this action
    "additionalProperties": True,
}
RETURNS = {"elapsed": "seconds until the host answered"}
EXAMPLES = """
- wait_for_connection:
    delay: 5
    timeout: 300
"""


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Try a ping over a fresh connection until one succeeds; raises TaskError with the last reason when time is up.

    A try that was given less than it needs is repeated, so `connect_timeout` may be short.
    """
    refuse_unknown(args)
    if task.check:
        return {"changed": False, "skipped": True, "msg": "remote module (wait_for_connection) does not support check mode"}
    start = time.monotonic()
    await asyncio.sleep(args["delay"])
    limit = start + args["timeout"]
    reason = "no try was made"
    while time.monotonic() < limit:
        reason = await tried(task, min(args["connect_timeout"], max(0.1, limit - time.monotonic())))
        if not reason:
            return {"changed": False, "elapsed": int(time.monotonic() - start)}
        await asyncio.sleep(min(args["sleep"], max(0.0, limit - time.monotonic())))
    raise TaskError(
        f"timed out waiting for ping module test: {reason}",
        expected=f"an answer of {task.target.host.name} within {args['timeout']} seconds",
        found=reason,
        remedy="see that the host is up, or give a longer timeout",
        result={"elapsed": int(time.monotonic() - start)},
    )


def refuse_unknown(args: dict[str, Any]) -> None:
    """Raise ArgumentError for options the action does not have."""
    known: dict[str, Any] = ARGUMENTS["properties"]  # type: ignore[assignment]
    unknown = sorted(name for name in args if name not in known)
    if unknown:
        raise ArgumentError(
            f"Invalid options for wait_for_connection: {','.join(unknown)}",
            position=position_of(*unknown),
            expected="an option of wait_for_connection: " + ", ".join(known),
            found=unknown[0],
            nearest=nearest_names(unknown[0], known),
            remedy="correct the spelling or remove the option",
        )


async def tried(task: TaskContext, limit: float) -> str:
    """Return why a try over a fresh connection failed, or "" when the host answered."""
    try:
        async with asyncio.timeout(limit):
            await task.link.reset()
            result = await task.call("ping", {}, check=False)
    except TimeoutError:
        return f"no answer within {limit:g} seconds"
    except (Unreachable, BecomeError) as error:
        return error.message
    return "" if result.get("ping") == "pong" else str(result.get("msg", "the ping module failed"))
