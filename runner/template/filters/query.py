"""Filters of community.general that playbooks use most: json_query, dict, version_sort, random_mac ..."""

import functools
import random
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from jinja2 import pass_context

from runner.errors import TemplateError
from runner.late import late
from runner.template.plain import plain
from runner.template.tests.version import loose

if TYPE_CHECKING:
    import jmespath
else:
    jmespath = late("jmespath")


def json_query(value: Any, expr: str) -> Any:
    """Return what a JMESPath expression finds in a value (https://jmespath.org)."""
    try:
        return jmespath.search(str(expr), plain(value))
    except jmespath.exceptions.JMESPathError as error:
        raise TemplateError(
            f"JMESPathError in json_query filter plugin:\n{error}", found=str(expr), expected="a JMESPath expression"
        ) from error


def to_dict(value: Iterable[Any]) -> dict[Any, Any]:
    """Return a list of pairs as a mapping."""
    return dict(value)


def dict_kv(value: Any, key: Any) -> dict[Any, Any]:
    """Return {key: value}."""
    return {key: value}


def compared(left: Any, right: Any) -> int:
    """Return how two versions compare: -1, 0, 1; what cannot be compared is compared as text."""
    a: Any = loose(str(left))
    b: Any = loose(str(right))
    try:
        return bool(a > b) - bool(a < b)
    except TypeError:
        return (str(left) > str(right)) - (str(left) < str(right))


def version_sort(value: Iterable[Any], reverse: bool = False) -> list[Any]:
    """Return versions in their order."""
    return sorted(value, key=functools.cmp_to_key(compared), reverse=reverse)


@pass_context
def random_mac(context: Any, value: str, seed: Any = None) -> str:
    """Return a MAC address that begins with the given octets; the same one for the same seed."""
    start = str(value).lower()
    if not re.fullmatch(r"[0-9a-f]{2}(:[0-9a-f]{2}){0,4}", start):
        raise TemplateError(f"Invalid value for random_mac: {value}", expected="one to five octets, as 52:54:00")
    chance = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311 an address, not a secret
    lacking = 6 - len(start.split(":"))
    return ":".join([start, *[f"{chance.randrange(256):02x}" for _ in range(lacking)]])


FILTERS = {
    "json_query": json_query,
    "community.general.json_query": json_query,
    "community.general.dict": to_dict,
    "community.general.dict_kv": dict_kv,
    "community.general.version_sort": version_sort,
    "version_sort": version_sort,
    "community.general.random_mac": random_mac,
    "random_mac": random_mac,
}
