"""Hands a task over from an action to the module that does the work, under that module's own `module_defaults`."""

from collections.abc import Mapping
from typing import Any

from runner.execute.context import TaskContext
from runner.execute.module_defaults import for_module


async def hand_over(name: str, args: Mapping[str, Any], task: TaskContext) -> dict[str, Any]:
    """Run the module with the task's arguments above its defaults and return its result. Raises ArgumentError."""
    return await task.call(name, {**for_module(name, task), **args})
