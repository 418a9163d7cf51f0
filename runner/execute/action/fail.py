"""Fails the task with a message of one's own."""

from typing import Any

from runner.execute.context import TaskContext

ARGUMENTS = {
    "type": "object",
    "properties": {"msg": {"type": "string", "default": "Failed as requested from task", "description": "Why it fails."}},
}
RETURNS = {"msg": "the message"}
EXAMPLES = """
- fail:
    msg: "{{ inventory_hostname }} has no second disk"
  when: ansible_facts.devices | length < 2
"""


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return a failed result with the message."""
    return {"failed": True, "changed": False, "msg": args["msg"]}
