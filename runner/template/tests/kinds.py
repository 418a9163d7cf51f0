"""Tests on values: contains, subset, truthy, all, any, nan, match, search, uri ..."""

import math
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Undefined as JinjaUndefined

from runner.errors import TemplateError
from runner.template.filters.kinds import boolean
from runner.template.filters.regex import flags


def checked(value: Any) -> Any:
    """Return a value that is defined. Raises Used."""
    if isinstance(value, JinjaUndefined):
        str(value)
    return value


def match(value: Any, pattern: str = "", ignorecase: bool = False, multiline: bool = False) -> bool:
    """Tell whether a pattern matches at the beginning of a text."""
    return regex(value, pattern, ignorecase, multiline, "match")


def search(value: Any, pattern: str = "", ignorecase: bool = False, multiline: bool = False) -> bool:
    """Tell whether a pattern matches anywhere in a text."""
    return regex(value, pattern, ignorecase, multiline, "search")


def regex(value: Any, pattern: str = "", ignorecase: bool = False, multiline: bool = False, match_type: str = "search") -> bool:
    """Tell whether a pattern matches a text. match_type: search, match or fullmatch."""
    compiled = re.compile(pattern, flags(ignorecase, multiline))
    return bool(getattr(compiled, match_type, compiled.search)(str(checked(value))))


def contains(value: Any, item: Any) -> bool:
    """Tell whether a list, mapping or text holds an item: `in`, the other way round."""
    return item in checked(value)


def subset(value: Any, other: Any) -> bool:
    """Tell whether every item of a list is in another."""
    return set(checked(value)) <= set(checked(other))


def superset(value: Any, other: Any) -> bool:
    """Tell whether a list holds every item of another."""
    return set(checked(value)) >= set(checked(other))


def every(value: Iterable[Any]) -> bool:
    """Tell whether all items are true."""
    return all(checked(value))


def some(value: Iterable[Any]) -> bool:
    """Tell whether at least one item is true."""
    return any(checked(value))


def truthy(value: Any, convert_bool: bool = False) -> bool:
    """Tell whether a value counts as true. convert_bool: words such as `no` count as what they mean."""
    checked(value)
    if convert_bool and isinstance(value, (str, int, float)) and str(value).lower() in WORDS:
        value = boolean(value)
    return bool(value)


def falsy(value: Any, convert_bool: bool = False) -> bool:
    """Tell whether a value counts as false."""
    return not truthy(value, convert_bool)


WORDS = frozenset(["yes", "on", "1", "true", "no", "off", "0", "false", "y", "t", "n", "f", "1.0", "0.0"])


def nan(value: Any) -> bool:
    """Tell whether a number is `not a number`."""
    try:
        return math.isnan(checked(value))
    except TypeError:
        return False


def uri(value: Any, schemes: Iterable[str] | None = None) -> bool:
    """Tell whether a text can be read as a URI, of one of the schemes if these are told."""
    try:
        parts = urlsplit(str(checked(value)))
    except ValueError:
        return False
    return schemes is None or parts.scheme in schemes


def url(value: Any, schemes: Iterable[str] | None = None) -> bool:
    """Tell whether a text is a URL: a URI that names a host or file place."""
    if not uri(value, schemes):
        return False
    parts = urlsplit(str(value))
    return bool(parts.netloc) or parts.scheme == "file"


def urn(value: Any) -> bool:
    """Tell whether a text is a URN."""
    return uri(value, ["urn"])


def mapping_of(value: Any, name: str) -> Any:
    """Return the result of a task. Raises TemplateError when it is none."""
    checked(value)
    if not hasattr(value, "get") or not hasattr(value, "keys"):
        raise TemplateError(
            f"The '{name}' test expects a dictionary",
            found=type(value).__name__,
            remedy=f"test a registered result: `result is {name}`",
        )
    return value


TESTS = {
    "match": match,
    "search": search,
    "regex": regex,
    "contains": contains,
    "subset": subset,
    "issubset": subset,
    "superset": superset,
    "issuperset": superset,
    "all": every,
    "any": some,
    "truthy": truthy,
    "falsy": falsy,
    "nan": nan,
    "isnan": nan,
    "is_nan": nan,
    "uri": uri,
    "url": url,
    "urn": urn,
}
