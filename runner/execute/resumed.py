"""Actions that a resumed run takes as a whole from the run before: they are more than one request to a module of the host."""

import hashlib
import shlex
from collections.abc import Awaitable, Callable
from typing import Any

from runner.errors import TaskError
from runner.execute.context import TaskContext
from runner.model.request import Request

WHOLE = frozenset({"raw", "script", "reboot"})
Action = Callable[[dict[str, Any], TaskContext], Awaitable[dict[str, Any]]]


async def whole(name: str, args: dict[str, Any], context: TaskContext, action: Action, *, secret: bool) -> dict[str, Any]:
    """Run an action and return its result, or that of the broken run before. secret: its arguments must not be kept."""
    journal = context.play.run.journal
    if name not in WHOLE:
        return await action(args, context)
    context.aside = True
    if journal is None or secret:
        return await action(args, context)
    about = _script(args, context) if name == "script" else ""
    request = Request(name, args, context.check, environment=context.environment, become=context.become, no_log=context.no_log)
    known = await journal.take(context.target.name, context.address, request, about)
    if known is not None:
        context.resumed = True
        return known
    result = await action(args, context)
    journal.keep(context.target.name, context.address, request, result, context.play.run.secrets, about)
    return result


def _script(args: dict[str, Any], context: TaskContext) -> str:
    """Return the SHA-1 of the script: an edited one is another. Empty where it cannot be found; the action says so."""
    try:
        path = context.find_file("files", shlex.split(args["free_form"] or args["cmd"])[0])
        return hashlib.sha1(path.read_bytes(), usedforsecurity=False).hexdigest()
    except (TaskError, OSError, ValueError, IndexError):
        return ""
