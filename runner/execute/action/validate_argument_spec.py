"""Checks variables against an argument specification; the engine runs it before the tasks of a role that has one."""

from collections.abc import Mapping
from typing import Any

from runner.errors import ArgumentError, UndefinedVariable
from runner.execute.context import TaskContext
from runner.model.variables import MISSING
from runner.plan.arguments import prepare
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
    errors: list[str] = []
    told: ArgumentError | None = None
    for name in schema["properties"]:
        one = {**schema, "properties": {name: schema["properties"][name]}, "required": [name] if name in schema["required"] else []}
        for rule in _GROUPS:
            one[rule] = []
        given = {key: value for key, value in values.items() if key == name}
        try:
            prepare(str(context.get("name", "role")), one, given, task.plan.position)
        except ArgumentError as error:
            errors.append(error.message)
            told = told or error
    if not errors:
        try:
            prepare(str(context.get("name", "role")), schema, values, task.plan.position)
        except ArgumentError as error:
            errors.append(error.message)
            told = error
    missing = sorted(each.split(": ", 1)[1] for each in errors if each.startswith("missing required arguments: "))
    errors = [each for each in errors if not each.startswith("missing required arguments: ")]
    if missing:
        errors.insert(0, f"missing required arguments: {', '.join(missing)}")
    if not errors:
        return {"changed": False, "msg": "The arg spec validation passed", "validate_args_context": context}
    raise ArgumentError(
        "Validation of arguments failed:\n" + "\n".join(errors),
        position=told.position if told else task.plan.position,
        expected=told.expected if told else "",
        found=told.found if told else "",
        nearest=told.nearest if told else (),
        remedy=told.remedy if told else "",
        result={"argument_errors": errors, "argument_spec_data": spec, "validate_args_context": context},
    )


_GROUPS = ("mutually_exclusive", "required_together", "required_one_of", "required_if")


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
