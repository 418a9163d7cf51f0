"""Runs a line of shell on the host as it stands; the host needs no Python."""

import shlex
from typing import Any

from runner.errors import ArgumentError
from runner.execute.context import TaskContext
from runner.execute.result import of_shell

ARGUMENTS = {
    "type": "object",
    "properties": {
        "free_form": {"type": "string", "description": "The line of shell."},
        "executable": {"type": "string", "description": "The shell to give it to, with its whole path."},
    },
    "free_form": "free_form",
}
RETURNS = {
    "rc": "exit status",
    "stdout": "standard output",
    "stderr": "standard error",
    "stdout_lines": "the same, a list of lines",
}
EXAMPLES = """
- name: A host without Python
  raw: apt-get install -y python3-minimal
"""


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return rc, stdout and stderr; failed when rc is not 0. Skipped in check mode."""
    command = args["free_form"]
    if not command:
        raise ArgumentError("no command given", position=task.plan.position, remedy="write the line after 'raw:'")
    if task.check:
        return {"changed": False, "skipped": True}
    if args["executable"]:
        command = f"{shlex.quote(args['executable'])} -c {shlex.quote(command)}"
    answer = await task.link.shell(command, become=task.become, deadline=task.deadline, environment=task.environment)
    return of_shell(answer)
