"""The lookup vars: variables whose names are worked out."""

from typing import Any

from runner.errors import nearest_names
from runner.template.lookup import LookupContext, LookupFailed
from runner.template.undefined import Undefined, Used

NOTHING = object()


def run(terms: list[Any], context: LookupContext, default: Any = NOTHING) -> list[Any]:
    """Return the value of each variable, or the default. Raises Used for one that does not exist."""
    result = []
    for term in terms:
        if not isinstance(term, str):
            raise LookupFailed(f'Invalid setting identifier, "{term}" is not a string, its a {type(term)}')
        found = context.rendering.value(str(term))
        if isinstance(found, Undefined):
            if default is NOTHING:
                near = nearest_names(term, context.variables.names())
                hint = f"; perhaps you mean {near[0]}" if near else ""
                raise Used(found if found.reason else Undefined(f"No variable found with this name: {term}{hint}"))
            found = default
        result.append(found)
    return result
