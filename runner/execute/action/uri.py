"""Sends along the files of the control machine that a web request names, then runs the module `uri`."""

import base64
from pathlib import Path
from typing import Any

from runner.execute.context import TaskContext
from runner.target.modules.uri import ARGUMENTS as ARGUMENTS
from runner.target.modules.uri import EXAMPLES as EXAMPLES
from runner.target.modules.uri import RETURNS as RETURNS


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return the module's result. Without `remote_src`, `src` and the files of a multipart body are read here."""
    given = {key: value for key, value in args.items() if value is not None}
    blob: Path | None = None
    if not args["remote_src"]:
        if args["src"]:
            blob = task.find_file("files", given.pop("src"))
        if args["body_format"] == "form-multipart" and isinstance(args["body"], dict):
            given["body"] = {name: carried(value, task) for name, value in args["body"].items()}
    return await task.call("uri", given, blob=blob)


def carried(value: Any, task: TaskContext) -> Any:
    """Return a part of a multipart body with the content of its file."""
    if not isinstance(value, dict) or value.get("content") is not None or not value.get("filename"):
        return value
    content = task.read_source(task.find_file("files", str(value["filename"])))
    return {**value, "content_base64": base64.b64encode(content).decode("ascii")}
