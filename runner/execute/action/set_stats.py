"""Sets values that are shown with the recap."""

from typing import Any

from runner.errors import ArgumentError
from runner.execute.context import TaskContext
from runner.plan.convert import CannotConvert, to_bool
from runner.position import position_of

ARGUMENTS = {
    "type": "object",
    "properties": {
        "data": {"format": "raw", "description": "Names and values."},
        "per_host": {"format": "raw", "default": False, "description": "For this host only, not the whole run."},
        "aggregate": {"format": "raw", "default": True, "description": "Add to the value there is instead of replacing it."},
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
    if not isinstance(args["data"], dict):
        raise ArgumentError(
            "The 'data' option needs to be a dictionary/hash",
            position=position_of(args["data"]) or task.plan.position,
            expected="name: value lines",
            found=type(args["data"]).__name__,
            remedy="write 'name: value' lines under 'data'",
        )
    for key in args["data"]:
        if not str(key).isidentifier():
            raise ArgumentError(
                f"The variable name '{key}' is not valid. Variables must start with a letter or underscore character, and contain only "
                "letters, numbers and underscores.",
                position=task.plan.position,
                remedy="give it another name",
            )
    stats = {"data": args["data"], "per_host": _yes(args["per_host"]), "aggregate": _yes(args["aggregate"])}
    task.effects["stats"] = stats
    return {"changed": False, "ansible_stats": stats}


def _yes(value: Any) -> bool:
    try:
        return to_bool(value)
    except CannotConvert:
        return False
