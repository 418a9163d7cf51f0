"""Shows a message or the value of a variable."""

from typing import Any

from runner.errors import ArgumentError, UndefinedVariable
from runner.execute.context import TaskContext
from runner.model.text import Template, Text, Unsafe
from runner.position import position_of

ARGUMENTS = {
    "type": "object",
    "properties": {
        "msg": {"format": "raw", "description": "The message; any value. Without one and without var: Hello world!"},
        "var": {"format": "raw", "description": "A variable or expression whose value is shown instead of a message."},
        "verbosity": {"type": "integer", "default": 0, "description": "Shown only at this number of -v or more."},
    },
    "mutually_exclusive": [],
}
RETURNS = {"msg": "the message", "<var>": "the value, under the expression's text"}
EXAMPLES = """
- debug:
    msg: "{{ inventory_hostname }} has {{ ansible_facts.memtotal_mb }} MiB"
- debug:
    var: result.stdout_lines
"""


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return the message or value; raises ArgumentError when both are given."""
    written = task.plan.task.args
    if "var" in written and "msg" in written:
        raise ArgumentError("'msg' and 'var' are incompatible options", position=position_of(written), remedy="give one of them")
    task.effects["facts"] = "none"
    if args["verbosity"] > task.play.run.options.verbosity:
        return {"skipped_reason": "Verbosity threshold not met.", "skipped": True, "changed": False}
    result: dict[str, Any] = {"changed": False, "_ansible_verbose_always": True}
    if args["var"] is None:
        left_out = args["msg"] is None and ("msg" not in written or task.render(written["msg"]) is task.play.run.omit)
        result["msg"] = "Hello world!" if left_out else args["msg"]
        return result
    return {**result, **_value(args["var"], written.get("var"), task)}


def _value(given: Any, raw: Any, task: TaskContext) -> dict[str, Any]:
    if not isinstance(given, str):
        return {str(type(given)): given}
    if isinstance(raw, Template) and (not isinstance(given, Text) or isinstance(given, Unsafe)):
        # What a template gave may come from a host, or was marked by the user: it is shown, not evaluated.
        return {given: given}
    try:
        value = task.templar.expression(given, task.variables)
    except UndefinedVariable as error:
        value = "VARIABLE IS NOT DEFINED!" if task.play.run.options.verbosity < 1 else f"VARIABLE IS NOT DEFINED!: {error.message}"
    if raw is not None and isinstance(value, str) and value == given and "'" not in given:
        value = given
    return {given: value}
