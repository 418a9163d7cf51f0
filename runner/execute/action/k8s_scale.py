"""Ensures how many replicas objects of a Kubernetes cluster have; definitions are read on the control machine."""

from typing import Any

from runner.execute.action.k8s import with_definitions
from runner.execute.context import TaskContext
from runner.target.modules import k8s_scale as module

ARGUMENTS = module.ARGUMENTS
RETURNS = module.RETURNS
EXAMPLES = module.EXAMPLES


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return the result of the module. Raises TaskError."""
    return await task.call("k8s_scale", await with_definitions(args, task))
