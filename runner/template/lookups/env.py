"""The lookup env: environment variables of the control machine."""

import os
from typing import Any

from runner.template.lookup import LookupContext


def run(terms: list[Any], context: LookupContext, default: Any = "") -> list[Any]:
    """Return the value of each variable, or the default."""
    return [os.environ.get(str(term).split()[0], default) for term in terms]
