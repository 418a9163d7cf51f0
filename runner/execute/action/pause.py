"""Waits for a time, or until the user answers."""

import asyncio
import time
from datetime import datetime
from typing import Any

from runner.execute.context import TaskContext
from runner.model.event import Noted

ARGUMENTS = {
    "type": "object",
    "properties": {
        "minutes": {"type": "integer", "description": "How many minutes to wait."},
        "seconds": {"type": "integer", "description": "How many seconds to wait."},
        "prompt": {"type": "string", "description": "What to ask."},
        "echo": {"type": "boolean", "default": True, "description": "Whether the answer is seen while typed."},
    },
    "mutually_exclusive": [["minutes", "seconds"]],
}
RETURNS = {"user_input": "the answer", "delta": "seconds waited", "start": "begin", "stop": "end", "stdout": "how long"}
EXAMPLES = """
- pause:
    seconds: 5
- pause:
    prompt: "Move the cable, then press Enter"
"""


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Wait and return what was answered and how long it took. Without a terminal a question is not waited for."""
    begun, start = time.monotonic(), datetime.now()
    seconds = args["minutes"] * 60 if args["minutes"] is not None else args["seconds"]
    answer = ""
    if seconds is not None:
        say = task.play.run.emit
        say(Noted(f"Pausing for {max(seconds, 1)} seconds", 0))
        if args["prompt"]:
            say(Noted(f"[{task.label.name}]\n{args['prompt']}", 0))
        await asyncio.sleep(max(seconds, 1))
    else:
        answer = await _ask(args, task)
    spent = time.monotonic() - begun
    unit = "minutes" if args["minutes"] is not None else "seconds"
    shown = round(spent / 60.0 if unit == "minutes" else spent, 2)
    return {
        "changed": False,
        "rc": 0,
        "stderr": "",
        "stdout": f"Paused for {shown} {unit}",
        "start": str(start),
        "stop": str(datetime.now()),
        "delta": int(spent),
        "echo": args["echo"],
        "user_input": answer,
    }


async def _ask(args: dict[str, Any], task: TaskContext) -> str:
    prompt = task.play.run.options.prompt
    if prompt is None:
        task.warn("Not waiting for response to prompt as stdin is not interactive")
        return ""
    text = args["prompt"] or "Press enter to continue, Ctrl+C to interrupt"
    answer: str = await task.blocking(prompt, f"[{task.label.name}]\n{text}:", not args["echo"])
    return answer
