"""Ensures that a file or directory of the host is as one of the control machine, as a text, or as another of the host."""

import json
import os
from pathlib import Path
from typing import Any

from runner.errors import ArgumentError
from runner.execute.content import Content, local_content, local_entries, put_file, put_tree
from runner.execute.context import TaskContext
from runner.position import position_of
from runner.target.modules import copy as module

ARGUMENTS: dict[str, Any] = {
    **module.ARGUMENTS,
    "properties": {name: rule for name, rule in module.ARGUMENTS["properties"].items() if not name.startswith("_")},
    "required": [],
}
RETURNS = module.RETURNS
EXAMPLES = module.EXAMPLES


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return the result of the copy; raises ArgumentError and TaskError."""
    _check(args, task)
    if args["remote_src"]:
        return await task.call("copy", {key: value for key, value in args.items() if value is not None})
    if args["content"] is not None:
        return await put_file(task, Content(_bytes(args["content"]), "", "", 0o600), args)
    source = str(args["src"])
    path = task.find_file("files", source).absolute()
    if path.is_dir():
        return await _directory(args, task, path, source)
    return await put_file(task, local_content(task, path, decrypt=args["decrypt"]), args)


def _check(args: dict[str, Any], task: TaskContext) -> None:
    at = task.plan.position
    if not args["src"] and args["content"] is None:
        raise ArgumentError("src (or content) is required", position=at, remedy="name the file in src, or give its text in content")
    if not args["dest"]:
        raise ArgumentError("dest is required", position=at, remedy="say in dest where the file goes")
    if args["src"] is not None and args["content"] is not None:
        raise ArgumentError("src and content are mutually exclusive", position=at, remedy="take one of them away")
    if args["content"] is not None and args["dest"].endswith("/"):
        raise ArgumentError(
            "can not use content with a dir as dest",
            position=position_of(args["dest"]) or at,
            found=args["dest"],
            remedy="give dest the name of the file",
        )


def _bytes(content: Any) -> bytes:
    if isinstance(content, (dict, list, tuple)):
        return json.dumps(content).encode()
    return str(content).encode("utf-8", "surrogateescape")


async def _directory(args: dict[str, Any], task: TaskContext, path: Path, source: str) -> dict[str, Any]:
    inside = source.endswith("/")
    shown = f"{path}/" if inside else str(path)
    entries = await task.blocking(
        lambda: local_entries(
            task, path, prefix="" if inside else path.name, follow=args["local_follow"] is not False, decrypt=args["decrypt"]
        )
    )
    result = await put_tree(task, entries, {key: value for key, value in args.items() if key != "checksum"}, shown)
    if not result.get("failed"):
        result["dest"] = os.path.join(result.get("dest") or args["dest"], "")
    return result
