"""The lookup flattened: its terms as one list, lists at every depth dissolved."""

from typing import Any

from runner.template.lookup import LookupContext


def dissolved(terms: list[Any]) -> list[Any]:
    """Return a list with the lists in it dissolved, one level deep."""
    return [each for term in terms for each in (term if isinstance(term, (list, tuple)) else [term])]


def run(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return the terms with all lists dissolved; empty values are left out."""
    result: list[Any] = []
    for term in terms:
        if isinstance(term, (list, tuple)):
            result += run(list(term), context)
        elif term not in (None, "None", "null"):
            result.append(term)
    return result
