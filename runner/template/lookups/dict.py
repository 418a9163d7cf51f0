"""The lookup dict: mappings as lists of {key, value}."""

from collections.abc import Mapping
from typing import Any

from runner.template.lookup import LookupContext, LookupFailed


def run(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return {key, value} for each entry of each mapping."""
    result = []
    for term in terms:
        if not isinstance(term, Mapping):
            raise LookupFailed("with_dict expects a dict")
        result += [{"key": key, "value": value} for key, value in term.items()]
    return result
