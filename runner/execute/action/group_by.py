"""Puts the host into a group whose name is made from its variables."""

from typing import Any

from runner.errors import ArgumentError
from runner.execute.context import TaskContext

ARGUMENTS = {
    "type": "object",
    "properties": {
        "key": {"type": "string", "description": "The group's name."},
        "parents": {"type": "array", "items": {"type": "string"}, "default": ["all"], "description": "Groups it becomes a child of."},
    },
    "free_form": "_raw",
}
RETURNS = {"add_group": "the group's name", "parent_groups": "its parents"}
EXAMPLES = """
- group_by:
    key: "os_{{ ansible_facts.distribution }}"
"""


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return the group the engine adds; changed when the host was not in it."""
    if not args["key"]:
        raise ArgumentError("the 'key' param is required when using group_by", position=task.plan.position, remedy="add 'key:'")
    name = args["key"].replace(" ", "-")
    parents = [parent.replace(" ", "-") for parent in args["parents"]]
    task.effects["add_group"] = {"name": name, "parents": parents}
    changed = name not in task.host.host.groups
    return {"changed": changed, "add_group": name, "parent_groups": parents}
