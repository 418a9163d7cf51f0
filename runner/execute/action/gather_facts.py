"""Gathers the host's facts before a play's own tasks."""

from typing import Any

from runner.execute.context import TaskContext
from runner.target.modules.setup import ARGUMENTS as SETUP

SETUP_PROPERTIES: dict[str, Any] = SETUP["properties"]  # type: ignore[assignment]
ARGUMENTS = {
    "type": "object",
    "properties": {
        **SETUP_PROPERTIES,
        "parallel": {"type": "boolean", "description": "Accepted for the language's sake: one request gathers everything."},
    },
}
RETURNS = {"ansible_facts": "the facts, each with `ansible_` in front of its name"}
EXAMPLES = """
- gather_facts:
- gather_facts:
    gather_subset: ["!all", network]
"""


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return the facts; they are long, so that -v does not show them."""
    wanted = {key: value for key, value in args.items() if key in SETUP_PROPERTIES and value is not None}
    result = await task.call("setup", wanted)
    result.pop("invocation", None)
    task.effects["gathered"] = True
    return {**result, "_ansible_verbose_override": True}
