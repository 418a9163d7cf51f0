"""Ensures that a directory of the host holds what an archive of the control machine, of the host or of a URL holds."""

from typing import Any

from runner.execute.content import local_content
from runner.execute.context import TaskContext
from runner.target.modules import unarchive as module

ARGUMENTS: dict[str, Any] = {
    **module.ARGUMENTS,
    "properties": {name: rule for name, rule in module.ARGUMENTS["properties"].items() if not name.startswith("_")},
}
RETURNS = module.RETURNS
EXAMPLES = module.EXAMPLES


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Send the archive unless it is on the host, and return the result of the module. Raises TaskError."""
    # empty lists are left out: include and exclude exclude each other
    request = {key: value for key, value in args.items() if value not in (None, [])}
    if args["remote_src"] or not args["copy"]:
        return await task.call("unarchive", request)
    if args["creates"]:
        found = await task.call("stat", {"path": args["creates"], "get_checksum": False, "get_mime": False, "get_attributes": False})
        if found.get("stat", {}).get("exists"):
            return {"changed": False, "skipped": True, "msg": f"skipped, since {args['creates']} exists"}
    path = task.find_file("files", str(args["src"])).absolute()
    content = local_content(task, path, decrypt=args["decrypt"])
    return await task.call("unarchive", {**request, "_source": str(path)}, blob=content.data)
