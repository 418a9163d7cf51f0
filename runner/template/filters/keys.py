"""Filters of ansible.utils and community.general that keep, remove or rename keys of mappings."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from runner.errors import TemplateError, nearest_names

Fits = Callable[[str], bool]
HOW: Mapping[str, Callable[[str, str], bool]] = {
    "equal": lambda key, target: key == target,
    "starts_with": lambda key, target: key.startswith(target),
    "ends_with": lambda key, target: key.endswith(target),
    "regex": lambda key, target: re.match(target, key) is not None,
}


def fitting(target: Any, how: str) -> Fits:
    """Return the function that tells whether a key is one of the targets. Raises TemplateError for a way that does not exist."""
    if how not in HOW:
        near = nearest_names(how, HOW)
        raise TemplateError(f"matching_parameter has no value {how}", expected=", ".join(HOW), found=how, nearest=near)
    targets = [str(each) for each in (target if isinstance(target, (list, tuple)) else [target])]
    return lambda key: any(HOW[how](key, each) for each in targets)


def deep_filtered(value: Any, stays: Fits) -> Any:
    """Return nested data without the keys that do not stay; their values are not looked into."""
    if isinstance(value, dict):
        return {key: deep_filtered(each, stays) for key, each in value.items() if stays(str(key))}
    if isinstance(value, list):
        return [deep_filtered(each, stays) for each in value]
    return value


def deep_kept(value: Any, fits: Fits) -> Any:
    """Return nested data with only the keys that fit: their values whole, and whatever leads to them."""
    if isinstance(value, list):
        return [deep_kept(each, fits) for each in value if isinstance(each, (dict, list))]
    if not isinstance(value, dict):
        return None
    kept = {}
    for key, each in value.items():
        if fits(str(key)):
            kept[key] = each
        elif (found := deep_kept(each, fits)) not in ({}, [], None):
            kept[key] = found
    return kept


def keep_keys_deep(data: Any, target: Any, matching_parameter: str = "equal") -> Any:
    """Return nested data with only the keys of the target (ansible.utils.keep_keys)."""
    return deep_kept(data, fitting(target, matching_parameter))


def remove_keys_deep(data: Any, target: Any, matching_parameter: str = "equal") -> Any:
    """Return nested data without the keys of the target (ansible.utils.remove_keys)."""
    fits = fitting(target, matching_parameter)
    return deep_filtered(data, lambda key: not fits(key))


def rows_of(data: Any, name: str) -> list[dict[Any, Any]]:
    """Return a list of mappings. Raises TemplateError for anything else."""
    if isinstance(data, dict) or not isinstance(data, (list, tuple)) or not all(isinstance(each, dict) for each in data):
        raise TemplateError(f"{name} takes a list of dictionaries", expected="a list of mappings", found=type(data).__name__)
    return list(data)


def keep_keys(data: Any, target: Any = None, matching_parameter: str = "equal") -> list[dict[Any, Any]]:
    """Return the mappings of a list with only the keys of the target (community.general.keep_keys)."""
    fits = fitting(target, matching_parameter)
    return [{key: each for key, each in row.items() if fits(str(key))} for row in rows_of(data, "keep_keys")]


def remove_keys(data: Any, target: Any = None, matching_parameter: str = "equal") -> list[dict[Any, Any]]:
    """Return the mappings of a list without the keys of the target (community.general.remove_keys)."""
    fits = fitting(target, matching_parameter)
    return [{key: each for key, each in row.items() if not fits(str(key))} for row in rows_of(data, "remove_keys")]


FILTERS = {
    "ansible.utils.keep_keys": keep_keys_deep,
    "ansible.utils.remove_keys": remove_keys_deep,
    "community.general.keep_keys": keep_keys,
    "community.general.remove_keys": remove_keys,
}
