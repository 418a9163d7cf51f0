"""Fails unless every one of some conditions holds."""

from typing import Any

from runner.errors import ArgumentError
from runner.execute.context import TaskContext
from runner.position import position_of

ARGUMENTS = {
    "type": "object",
    "properties": {
        "that": {"format": "raw", "description": "One condition, or a list of them, as in `when`."},
        "fail_msg": {"format": "raw", "aliases": ["msg"], "description": "The message when one does not hold."},
        "success_msg": {"format": "raw", "description": "The message when all hold."},
        "quiet": {"type": "boolean", "default": False, "description": "Show less when all hold."},
    },
    "required": ["that"],
}
RETURNS = {"assertion": "the condition that does not hold", "evaluated_to": "its value", "msg": "the message"}
EXAMPLES = """
- assert:
    that:
      - ansible_facts.os_family == 'Debian'
      - vip is defined
    fail_msg: "this playbook needs Debian and a VIP"
"""


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return failed with the first condition that does not hold. Raises ArgumentError for messages that are no text."""
    for word in ("fail_msg", "success_msg"):
        _message(args[word], word, task)
    raw = task.plan.task.args.get("that", args["that"])
    conditions = raw if isinstance(raw, list) else args["that"] if isinstance(args["that"], list) else [raw]
    for condition in conditions:
        if not task.templar.condition(condition, task.variables):
            result = {"failed": True, "changed": False, "evaluated_to": False, "assertion": condition}
            result["_ansible_verbose_always"] = True
            result["msg"] = args["fail_msg"] if args["fail_msg"] is not None else "Assertion failed"
            if args["quiet"]:
                return {key: result[key] for key in ("failed", "changed", "msg", "assertion", "evaluated_to")}
            return result
    done: dict[str, Any] = {"changed": False, "msg": args["success_msg"] if args["success_msg"] is not None else "All assertions passed"}
    if not args["quiet"]:
        done["_ansible_verbose_always"] = True
    return done


def _message(value: Any, word: str, task: TaskContext) -> None:
    parts = value if isinstance(value, list) else [value]
    if value is not None and not all(isinstance(each, str) for each in parts):
        raise ArgumentError(
            f"Incorrect type for {word}, expected a string or list and got {type(value)}",
            position=position_of(task.plan.task.args.get(word)) or task.plan.position,
            remedy="give text",
        )
