"""The lookup varnames: the names of variables that match regular expressions."""

import re
from typing import Any

from runner.template.lookup import LookupContext, LookupFailed


def run(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return the names in which a term matches."""
    names = list(dict.fromkeys(context.variables.names()))
    result: list[str] = []
    for term in terms:
        if not isinstance(term, str):
            raise LookupFailed(f'Invalid setting identifier, "{term}" is not a string, it is a {type(term)}')
        try:
            pattern = re.compile(term)
        except re.error as error:
            raise LookupFailed(f'Unable to use "{term}" as a search parameter: {error}') from error
        result += [str(name) for name in names if pattern.search(str(name))]
    return result
