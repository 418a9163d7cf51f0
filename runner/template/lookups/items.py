"""The lookup items: its terms as one list, lists among them dissolved."""

from typing import Any

from runner.template.lookup import LookupContext
from runner.template.lookups.flattened import dissolved


def run(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return the terms, one level of lists dissolved."""
    return dissolved(terms)
