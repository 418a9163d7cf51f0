"""Sets variables of the host for the rest of the run."""

from typing import Any

from runner.errors import ArgumentError
from runner.execute.context import TaskContext
from runner.model.keywords import warn_of_reserved
from runner.plan.convert import to_bool
from runner.position import position_of

ARGUMENTS = {
    "type": "object",
    "properties": {"cacheable": {"type": "boolean", "default": False, "description": "Also keep them among the facts."}},
    "additionalProperties": True,
    "free_form": "_raw",
}
RETURNS = {"ansible_facts": "the variables set"}
EXAMPLES = """
- set_fact:
    leader: "{{ groups['etcd'][0] }}"
"""


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return the variables as ansible_facts. Raises ArgumentError for a name that cannot be a variable."""
    values = {key: value for key, value in args.items() if key not in ("cacheable", "_raw")}
    if not values:
        raise ArgumentError(
            "No key/value pairs provided, at least one is required for this action to succeed",
            position=task.plan.position,
            remedy="write 'name: value' lines under set_fact",
        )
    warn_of_reserved(values, task.play.run.warn)
    facts: dict[str, Any] = {}
    for key, value in values.items():
        if not str(key).isidentifier():
            raise ArgumentError(
                f"The variable name '{key}' is not valid. Variables must start with a letter or underscore character, "
                "and contain only letters, numbers and underscores.",
                position=position_of(key) or task.plan.position,
                found=f"'{key}'",
                expected="letters, digits and underscores",
                remedy="give the variable another name",
            )
        if args["cacheable"]:
            # a cache file knows no encrypted text
            value = task.render(value)
        facts[str(key)] = value if task.templar.settings.native else _boolean(value)
    task.effects.update(facts="set_fact", cacheable=args["cacheable"])
    return {"changed": False, "ansible_facts": facts, "_ansible_facts_cacheable": args["cacheable"]}


def _boolean(value: Any) -> Any:
    """Turn the words that mean yes or no into booleans, as set_fact does for text without native types."""
    if isinstance(value, str) and value.lower() in ("true", "false", "yes", "no"):
        return to_bool(value)
    return value
