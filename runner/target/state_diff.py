"""The diff of a state that is a handful of named values: what they were, what they become."""

from typing import Any, Dict, Optional


def text_of(values: Optional[Dict[str, Any]]) -> str:
    """Return one `name: value` line a value, sorted by name; nothing for None (the thing does not exist)."""
    if values is None:
        return ""
    return "".join("%s: %s\n" % (key, _plain(values[key])) for key in sorted(values))


def _plain(value: Any) -> str:
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, (list, tuple, set, frozenset)):
        return ",".join(str(each) for each in value)
    return "" if value is None else str(value)


def state_diff(before: Optional[Dict[str, Any]], after: Optional[Dict[str, Any]], header: str = "") -> Dict[str, str]:
    """Return a diff for the result; `header` names the thing (a service, an account)."""
    diff = {"before": text_of(before), "after": text_of(after)}
    if header:
        diff["before_header"] = diff["after_header"] = header
    return diff
