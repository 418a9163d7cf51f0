"""Hands a task over from an action to the module that does the work, under that module's own `module_defaults`."""

from collections.abc import Mapping
from typing import Any

from runner import find
from runner.execute.context import TaskContext


def module_defaults(name: str, task: TaskContext) -> dict[str, Any]:
    """Return what the play, role and blocks around the task set as defaults for a module of that short name."""
    found: dict[str, Any] = {}
    for layer in task.plan.frame.module_defaults:
        mapping = task.render(layer)
        for key, values in mapping.items() if isinstance(mapping, Mapping) else ():
            if find.short_name(str(key)) == name and isinstance(values, Mapping):
                found.update(values)
    return found


async def hand_over(name: str, args: Mapping[str, Any], task: TaskContext) -> dict[str, Any]:
    """Run the module with the task's arguments above its defaults and return its result. Raises ArgumentError."""
    return await task.call(name, {**module_defaults(name, task), **args})
