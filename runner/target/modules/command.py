"""Runs a program without a shell; standard output, standard error and the exit status come back."""

from runner.target.execution import ARGUMENTS as COMMON
from runner.target.execution import RETURNS as RETURNS
from runner.target.execution import execute

ARGUMENTS = dict(
    COMMON,
    properties=dict(
        COMMON["properties"],
        argv={"type": "array", "items": {"type": "string"}, "description": "The program and its words, as a list."},
        expand_argument_vars={
            "type": "boolean",
            "default": True,
            "description": "Replace $NAME and a leading ~ in the words; a $NAME that is not set stays as it is.",
        },
        executable={"type": "string", "format": "path", "description": "Has no effect here (a shell is a thing of `shell`)."},
    ),
)
EXAMPLES = """
- name: Load a kernel module unless it is there
  command: modprobe ip_vs
  args:
    creates: /sys/module/ip_vs

- name: Words with spaces in them
  command:
    argv: [logger, -t, muster, two words]
"""


def run(args, system):
    """Run the words; returns the result dictionary."""
    if args["executable"]:
        system.warn("`executable` is no longer supported by the command module: %s is not used" % args["executable"])
    return execute(args, system, shell=False)
