"""Ensures that a file of the host is made of the fragments in a directory of the host or of the control machine."""

from pathlib import Path
from typing import Any

from runner.errors import TaskError
from runner.execute.content import Content, put_file
from runner.execute.context import TaskContext
from runner.position import position_of
from runner.target.decision import ModuleFailed
from runner.target.fragments import chosen, joined
from runner.target.modules import assemble as module

ARGUMENTS: dict[str, Any] = {
    **module.ARGUMENTS,
    "properties": {**module.ARGUMENTS["properties"], "src": {"type": "string", "description": "Directory of the fragments."}},
}
RETURNS = module.RETURNS
EXAMPLES = module.EXAMPLES
OWN = ("src", "delimiter", "regexp", "ignore_hidden", "remote_src", "decrypt")


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return the result of the copy of the joined fragments. Raises TaskError."""
    if args["remote_src"]:
        return await task.call("assemble", {key: value for key, value in args.items() if value is not None})
    folder = task.find_file("files", str(args["src"])).absolute()
    if not folder.is_dir():
        raise TaskError(f"Source ({folder}) is not a directory", position=position_of(args["src"]) or task.plan.position)
    data = await task.blocking(_joined, folder, args, task)
    content = Content(data, folder.name, str(folder), 0o644)
    result = await put_file(task, content, {key: value for key, value in args.items() if key not in OWN})
    if result.get("diff"):
        result["diff"] = result["diff"][0]
    return result


def _joined(folder: Path, args: dict[str, Any], task: TaskContext) -> bytes:
    try:
        names = chosen([path.name for path in folder.iterdir() if path.is_file()], args["regexp"], args["ignore_hidden"])
    except ModuleFailed as failure:
        raise TaskError(failure.msg, position=position_of(args["regexp"]) or task.plan.position) from None
    paths = [folder / name for name in names]
    parts = [task.read_source(path) if args["decrypt"] else path.read_bytes() for path in paths]
    return joined(parts, args["delimiter"])
