"""The lookup lines: the output of commands of the control machine, line by line."""

from typing import Any

from runner.template.lookup import LookupContext
from runner.template.lookups.pipe import output


def run(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return every line that the commands write."""
    return [line for term in terms for line in output(str(term), context, "lines").splitlines()]
