"""The lookup list: its terms as they are."""

from typing import Any

from runner.template.lookup import LookupContext


def run(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return the terms."""
    return terms
