"""Filters that make and join mappings: combine, dict2items, items2dict, rekey_on_member, subelements, extract."""

from collections.abc import Mapping
from typing import Any

from jinja2 import Undefined as JinjaUndefined
from jinja2 import pass_environment

from runner.errors import TemplateError
from runner.template.undefined import type_word

MERGES = ("replace", "keep", "append", "prepend", "append_rp", "prepend_rp")


def merge_lists(old: list[Any], new: list[Any], how: str) -> list[Any]:
    """Return two lists joined as `list_merge` says."""
    if how == "keep":
        return old
    if how == "append":
        return old + new
    if how == "prepend":
        return new + old
    if how == "append_rp":
        return [each for each in old if each not in new] + new
    if how == "prepend_rp":
        return new + [each for each in old if each not in new]
    return new


def merged(old: Mapping[Any, Any], new: Mapping[Any, Any], recursive: bool, list_merge: str) -> dict[Any, Any]:
    """Return a mapping with another one laid over it."""
    result = dict(old)
    for key, value in new.items():
        below = result.get(key)
        if key in result and isinstance(below, Mapping) and isinstance(value, Mapping) and recursive:
            result[key] = merged(below, value, recursive, list_merge)
        elif key in result and isinstance(below, list) and isinstance(value, list):
            result[key] = merge_lists(below, value, list_merge)
        else:
            result[key] = value
    return result


def combine(*values: Any, **options: Any) -> dict[Any, Any]:
    """Return mappings laid over each other, the last on top. options: recursive, list_merge."""
    recursive = options.pop("recursive", False)
    list_merge = options.pop("list_merge", "replace")
    if options:
        raise TemplateError("'recursive' and 'list_merge' are the only valid keyword arguments", found=", ".join(options))
    if list_merge not in MERGES:
        raise TemplateError(
            "merge_hash: 'list_merge' argument can only be equal to 'replace', 'keep', 'append', 'prepend', 'append_rp' or 'prepend_rp'",
            found=str(list_merge),
        )
    layers: list[Any] = []
    for value in values:
        layers += [each for each in (value if isinstance(value, (list, tuple)) else [value]) if each is not None]
    for layer in layers:
        if isinstance(layer, JinjaUndefined):
            str(layer)
    result: Any = {}
    for number, layer in enumerate(layers):
        if not isinstance(layer, Mapping):
            other = layers[number - 1] if number else layers[number + 1] if len(layers) > 1 else layer
            pair = (other, layer) if number else (layer, other)
            raise TemplateError(
                f"failed to combine variables, expected dicts but got a '{type_word(pair[0])}' and a '{type_word(pair[1])}'.",
                expected="mappings",
            )
        result = merged(result, layer, recursive, list_merge) if number else dict(layer)
    return result  # type: ignore[no-any-return]


def dict2items(value: Any, key_name: str = "key", value_name: str = "value") -> list[dict[str, Any]]:
    """Return a mapping as a list of {key, value}."""
    if not isinstance(value, Mapping):
        raise TypeError(f"dict2items requires a dictionary, got {plain_type(value)} instead.")
    return [{key_name: key, value_name: each} for key, each in value.items()]


def items2dict(value: Any, key_name: str = "key", value_name: str = "value") -> dict[Any, Any]:
    """Return a list of {key, value} as a mapping."""
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"items2dict requires a list, got {plain_type(value)} instead.")
    try:
        return {each[key_name]: each[value_name] for each in value}
    except KeyError as error:
        raise TypeError(
            f"items2dict requires each dictionary in the list to contain the keys '{key_name}' and '{value_name}', got {value} instead."
        ) from error
    except TypeError as error:
        raise TypeError(f"items2dict requires a list of dictionaries, got {value} instead.") from error


def plain_type(value: Any) -> str:
    """Return a value's type as Python writes it, our own types as plain ones. Raises Used for an undefined value: that is the matter."""
    if isinstance(value, JinjaUndefined):
        str(value)
    return f"<class '{type_word(value)}'>"


def rekey_on_member(value: Any, key: str, duplicates: str = "error") -> dict[Any, Any]:
    """Return a list (or mapping) of mappings as a mapping by one member. duplicates: error or overwrite."""
    if duplicates not in ("error", "overwrite"):
        raise TemplateError(f"duplicates parameter to rekey_on_member has unknown value: {duplicates}", expected="error or overwrite")
    if isinstance(value, Mapping):
        items = list(value.values())
    elif isinstance(value, (list, tuple)):
        items = list(value)
    else:
        raise TemplateError("Type is not a valid list, set, or dict", found=type_word(value))
    result: dict[Any, Any] = {}
    for item in items:
        if not isinstance(item, Mapping):
            raise TemplateError("List item is not a valid dict", found=type_word(item))
        if key not in item:
            raise TemplateError(f"Key {key} was not found", found=", ".join(map(str, item)))
        if item[key] in result and duplicates == "error":
            raise TemplateError(f"Key {item[key]} is not unique, cannot correctly turn into dict")
        result[item[key]] = item
    return result


def subelements(value: Any, subelements: Any, skip_missing: bool = False) -> list[tuple[Any, Any]]:
    """Return a pair (item, one element of the list inside it) for each such element. subelements: the path to the list."""
    if isinstance(value, Mapping):
        items = list(value.values())
    elif isinstance(value, (list, tuple)):
        items = list(value)
    else:
        raise TemplateError("obj must be a list of dicts or a nested dict", found=type_word(value))
    if isinstance(subelements, str):
        steps = subelements.split(".")
    elif isinstance(subelements, (list, tuple)):
        steps = list(subelements)
    else:
        raise TemplateError("subelements must be a list or a string", found=type_word(subelements))
    return [(item, each) for item in items for each in inner_list(item, steps, skip_missing)]


def inner_list(item: Any, steps: list[str], skip_missing: bool) -> list[Any]:
    """Return the list at a path inside an item."""
    values: Any = item
    for step in steps:
        try:
            values = values[step]
        except KeyError as error:
            if skip_missing:
                return []
            raise TemplateError(f"could not find {step!r} key in iterated item {values!r}") from error
        except TypeError as error:
            raise TemplateError(f"the key {step} should point to a dictionary, got '{values}'") from error
    if not isinstance(values, list):
        raise TemplateError(f"the key {steps[-1]!r} should point to a list, got {values!r}")
    return values


@pass_environment
def extract(environment: Any, item: Any, container: Any, morekeys: Any = None) -> Any:
    """Return container[item], and further in by morekeys (a key or a list of them)."""
    if morekeys is None:
        keys = [item]
    elif isinstance(morekeys, (list, tuple)):
        keys = [item, *morekeys]
    else:
        keys = [item, morekeys]
    value = container
    for key in keys:
        value = environment.force(environment.getitem(value, key))
    return value


FILTERS = {
    "combine": combine,
    "dict2items": dict2items,
    "items2dict": items2dict,
    "rekey_on_member": rekey_on_member,
    "subelements": subelements,
    "extract": extract,
}
