"""The lookup together: lists taken side by side."""

import itertools
from typing import Any

from runner.template.lookup import LookupContext, LookupFailed
from runner.template.lookups.flattened import dissolved


def run(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return the first items of all lists, then the second ones ...; None where a list is shorter."""
    if not terms:
        raise LookupFailed("with_together requires at least one element in each list")
    lists = [term if isinstance(term, (list, tuple)) else [term] for term in terms]
    return [dissolved(list(row)) for row in itertools.zip_longest(*lists)]
