"""The lookup subelements: items with each element of a list inside them."""

from collections.abc import Mapping
from typing import Any

from runner.template.lookup import LookupContext, LookupFailed

FLAGS = ("skip_missing",)


def run(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return a pair (item, element) for each element. terms: items, the path to the list in them, and perhaps flags."""
    if len(terms) == 1 and isinstance(terms[0], (list, tuple)):
        terms = list(terms[0])
    if len(terms) not in (2, 3) or not isinstance(terms[1], str):
        raise LookupFailed(
            "subelements lookup expects a list of two or three items, first a dict or a list, second a string pointing to the subkey"
        )
    flags = terms[2] if len(terms) == 3 else {}
    if not isinstance(flags, Mapping) or any(key not in FLAGS for key in flags):
        raise LookupFailed(
            "subelements lookup expects a list of two or three items, the optional third item must be a dict with flags skip_missing"
        )
    skip = str(flags.get("skip_missing", False)).lower() in ("true", "yes", "1", "on")
    items: list[Any]
    if isinstance(terms[0], Mapping):
        items = [] if terms[0].get("skipped", False) is not False else list(terms[0].values())
    else:
        items = list(terms[0]) if isinstance(terms[0], (list, tuple)) else [terms[0]]
    result = []
    for item in items:
        if not isinstance(item, Mapping):
            raise LookupFailed(f"subelements lookup expects a dictionary, got '{item}'")
        if item.get("skipped", False) is not False:
            continue
        steps = terms[1].split(".")
        found = elements(item, steps, skip)
        # As in Ansible, the item comes without the list, so that a loop over it shows no more than it needs.
        rest = without(item, steps)
        result += [[rest, each] for each in found]
    return result


def without(item: Mapping[str, Any], steps: list[str]) -> dict[str, Any]:
    """Return a copy of a mapping without what lies at a path in it."""
    first, *further = steps
    if not further or not isinstance(item.get(first), Mapping):
        return {key: value for key, value in item.items() if key != first}
    return {**item, first: without(item[first], further)}


def elements(item: Mapping[str, Any], steps: list[str], skip: bool) -> list[Any]:
    """Return the list at a path inside an item."""
    value: Any = item
    for number, step in enumerate(steps):
        if step not in value:
            if skip:
                return []
            raise LookupFailed(f"could not find '{step}' key in iterated item '{value}'")
        value = value[step]
        last = number == len(steps) - 1
        if not isinstance(value, list if last else Mapping):
            if skip and value is None:
                return []
            kind = "list" if last else "dictionary"
            raise LookupFailed(f"the key {step} should point to a {kind}, got '{value}'")
    return value  # type: ignore[no-any-return]
