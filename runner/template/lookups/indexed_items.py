"""The lookup indexed_items: items with their numbers."""

from typing import Any

from runner.template.lookup import LookupContext
from runner.template.lookups.flattened import dissolved


def run(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return a pair (number from 0, item) for each item."""
    return [list(pair) for pair in enumerate(dissolved(terms))]
