"""Runs a line through the host's shell, so that pipes, redirections and variables work; otherwise as `command`."""

from runner.target.execution import ARGUMENTS as COMMON
from runner.target.execution import RETURNS as RETURNS
from runner.target.execution import execute

ARGUMENTS = dict(
    COMMON,
    properties=dict(
        COMMON["properties"],
        executable={"type": "string", "format": "path", "description": "The shell to use instead of /bin/sh."},
    ),
    refused={"expand_argument_vars": "the shell itself replaces the variables in its line"},
)
EXAMPLES = """
- name: Count the units that failed
  shell: systemctl --failed --no-legend | wc -l
  register: failed_units
  changed_when: false
"""


def run(args, system):
    """Run the line; returns the result dictionary."""
    return execute(args, system, shell=True)
