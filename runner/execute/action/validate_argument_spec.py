"""Checks variables against an argument specification; the engine runs it before the tasks of a role that has one."""

from collections.abc import Mapping
from typing import Any

from runner.errors import ArgumentError, UndefinedVariable
from runner.execute.context import TaskContext
from runner.model.variables import MISSING
from runner.plan.argument_errors import argument_errors
from runner.plan.specification import schema_of

ARGUMENTS = {
    "type": "object",
    "properties": {
        "argument_spec": {"type": "object", "description": "Name -> type, required, default, choices, elements, options."},
        "provided_arguments": {"type": "object", "default": {}, "description": "Values that go above the variables."},
        "validate_args_context": {"type": "object", "default": {}, "description": "Whose specification it is."},
    },
    "required": ["argument_spec"],
}
RETURNS = {"argument_errors": "what is wrong", "argument_spec_data": "the specification", "validate_args_context": "as given"}
EXAMPLES = """
- validate_argument_spec:
    argument_spec:
      port: {type: int, required: true}
"""


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return failed with every error found, else what was checked."""
    spec, context = args["argument_spec"], args["validate_args_context"] or {}
    schema = schema_of(spec)
    values = _values(spec, args["provided_arguments"] or {}, task)
    name = str(context.get("name", "role"))
    found = argument_errors(name, schema, values, task.plan.position)
    errors = [each.message.removeprefix(f"Unsupported parameters for ({name}) module: ") for each in found]
    if not errors:
        return {"changed": False, "msg": "The arg spec validation passed", "validate_args_context": context}
    # a name that is near a right one is often why another is missing
    told = next((each for each in found if each.nearest), found[0])
    raise ArgumentError(
        "Validation of arguments failed:\n" + "\n".join(errors),
        position=told.position or task.plan.position,
        expected=told.expected,
        found=told.found,
        nearest=told.nearest,
        remedy=told.remedy,
        result={"argument_errors": errors, "argument_spec_data": spec, "validate_args_context": context},
    )


def _values(spec: Mapping[str, Any], provided: Mapping[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return the values of the variables that the specification names."""
    found: dict[str, Any] = {}
    for name, option in spec.items():
        for alias in (name, *(option.get("aliases") or ())):
            raw = task.variables.find(alias)
            if raw is not MISSING:
                try:
                    found[name] = task.render(raw)
                except UndefinedVariable as error:
                    raise error.at(task.plan.position) from None
                break
    found.update(provided)
    return found
