"""The lookup random_choice: one of the terms."""

import secrets
from typing import Any

from runner.template.lookup import LookupContext


def run(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return one term, chosen by chance, in a list."""
    return [secrets.choice(terms)] if terms else terms
