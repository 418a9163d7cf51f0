"""Sets values that are shown with the recap."""

from typing import Any

from runner.errors import ArgumentError
from runner.execute.context import TaskContext

ARGUMENTS = {
    "type": "object",
    "properties": {
        "data": {"type": "object", "description": "Names and values."},
        "per_host": {"type": "boolean", "default": False, "description": "For this host only, not the whole run."},
        "aggregate": {"type": "boolean", "default": True, "description": "Add to the value there is instead of replacing it."},
    },
    "required": ["data"],
}
RETURNS = {"ansible_stats": "what was set"}
EXAMPLES = """
- set_stats:
    data:
      nodes_joined: 1
"""


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return what the engine adds to the statistics. Raises ArgumentError for a name that cannot be a variable."""
    for key in args["data"]:
        if not str(key).isidentifier():
            raise ArgumentError(
                f"The variable name '{key}' is not valid. Variables must start with a letter or underscore character, and contain only "
                "letters, numbers and underscores.",
                position=task.plan.position,
                remedy="give it another name",
            )
    stats = {"data": args["data"], "per_host": args["per_host"], "aggregate": args["aggregate"]}
    task.effects["stats"] = stats
    return {"changed": False, "ansible_stats": stats}
