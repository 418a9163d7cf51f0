"""The lookup inventory_hostnames: hosts of the inventory that match a pattern."""

from typing import Any

from runner.template.lookup import LookupContext


def run(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return the names of the hosts that the patterns match."""
    patterns = [str(each) for term in terms for each in (term if isinstance(term, (list, tuple)) else [term])]
    return context.hooks.hosts_matching(patterns)
