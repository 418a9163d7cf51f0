"""The lookup nested: every choice of one item from each list."""

import itertools
from typing import Any

from runner.template.lookup import LookupContext, LookupFailed
from runner.template.lookups.flattened import dissolved


def run(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return the choices as lists, the last list changing fastest."""
    if not terms:
        raise LookupFailed("with_nested requires at least one element in the nested list")
    lists = [term if isinstance(term, (list, tuple)) else [term] for term in terms]
    return [dissolved(list(choice)) for choice in itertools.product(*lists)]
