"""The lookup pipe: the output of commands of the control machine."""

import subprocess
from typing import Any

from runner.template.lookup import LookupContext, LookupFailed


def output(command: str, context: LookupContext, name: str) -> str:
    """Return a shell command's output. Raises LookupFailed when it fails."""
    folder = context.value("playbook_dir")
    # The user writes a shell command here on purpose.
    done = subprocess.run(command, shell=True, cwd=folder, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)  # noqa: S602
    if done.returncode:
        raise LookupFailed(f"lookup_plugin.{name}({command}) returned {done.returncode}")
    return done.stdout.decode("utf-8", "surrogateescape")


def run(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return the output of each command without white space at its end."""
    return [output(str(term), context, "pipe").rstrip() for term in terms]
