"""Filters between values and text: to_json, from_json, to_yaml, from_yaml ..."""

import json
from collections.abc import Mapping, Set
from datetime import date, datetime
from typing import Any

import yaml
from jinja2 import Undefined as JinjaUndefined

from runner.errors import TemplateError
from runner.model.text import Encrypted
from runner.template.kept import KeepText
from runner.template.lazy import Shown
from runner.template.plain import plain


def _unusual(value: Any) -> Any:
    """Return what JSON can hold for a value it does not know."""
    if isinstance(value, JinjaUndefined):
        return str(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return plain(value)
    if isinstance(value, (Set, range)) or hasattr(value, "__iter__"):
        return plain(list(value) if not isinstance(value, (bytes, bytearray)) else value)
    return str(value)


def to_json(value: Any, *args: Any, preprocess_unsafe: bool = True, vault_to_text: bool = False, **options: Any) -> str:
    """Return a value as JSON. options: those of json.dumps."""
    return KeepText(json.dumps(value, *args, default=_unusual, **options))


def to_nice_json(value: Any, indent: int = 4, sort_keys: bool = True, *args: Any, **options: Any) -> str:
    """Return a value as JSON over several lines, keys sorted."""
    try:
        return to_json(value, *args, indent=indent, sort_keys=sort_keys, separators=(",", ": "), **options)
    except TypeError:
        if not sort_keys:
            raise
        # Keys of several types cannot be sorted.
        return to_json(value, *args, indent=indent, sort_keys=False, separators=(",", ": "), **options)


def from_json(value: Any) -> Any:
    """Return what a JSON text stands for."""
    if not isinstance(value, (str, bytes, bytearray)):
        raise TypeError(f"the JSON object must be str, bytes or bytearray, not {type(value).__name__}")
    try:
        return json.loads(str(value) if isinstance(value, str) else value)
    except json.JSONDecodeError as error:
        raise TemplateError(
            str(error), expected="JSON text", found=shown(value), remedy="check with `| from_yaml` or look at the text with debug"
        ) from error


class Dumper(yaml.SafeDumper):
    """Writes our own string and container types as plain ones."""


Dumper.add_multi_representer(str, lambda dumper, value: dumper.represent_str(str(value)))
Dumper.add_representer(Encrypted, lambda dumper, value: dumper.represent_scalar("!vault", str(value), style="|"))
Dumper.add_multi_representer(dict, lambda dumper, value: dumper.represent_dict(dict(value)))
Dumper.add_multi_representer(Shown, lambda dumper, value: dumper.represent_dict(plain(value)))
Dumper.add_multi_representer(list, lambda dumper, value: dumper.represent_list(list(value)))
Dumper.add_multi_representer(JinjaUndefined, lambda dumper, value: dumper.represent_str(str(value)))


def to_yaml(value: Any, *args: Any, default_flow_style: bool | None = None, **options: Any) -> str:
    """Return a value as YAML; innermost lists and mappings on one line. options: those of yaml.dump."""
    return dumped(value, default_flow_style=default_flow_style, **options)


def to_nice_yaml(value: Any, indent: int = 4, *args: Any, default_flow_style: bool = False, **options: Any) -> str:
    """Return a value as YAML, one item a line."""
    return dumped(value, indent=indent, default_flow_style=default_flow_style, **options)


def dumped(value: Any, **options: Any) -> str:
    """Return a value as YAML text."""
    options.pop("vault_to_text", None)
    try:
        written = yaml.dump(value, Dumper=Dumper, allow_unicode=True, **options)
    except yaml.YAMLError as error:
        raise TemplateError(f"a value cannot be written as YAML: {error}") from error
    return KeepText(written.removesuffix("...\n"))


def from_yaml(value: Any) -> Any:
    """Return what a YAML text stands for; anything but text as it is."""
    if not isinstance(value, str):
        return value
    return loaded(value, several=False)


def from_yaml_all(value: Any) -> Any:
    """Return what each document of a YAML text stands for, as a list."""
    if not isinstance(value, str):
        return value
    return loaded(value, several=True)


def loaded(value: str, *, several: bool) -> Any:
    """Return YAML read. Raises TemplateError with the place inside the text."""
    try:
        return list(yaml.safe_load_all(str(value))) if several else yaml.safe_load(str(value))
    except yaml.YAMLError as error:
        raise TemplateError(f"the text is no YAML: {error}", expected="YAML text", found=shown(value)) from error


def shown(value: Any) -> str:
    """Return the beginning of a text for a message."""
    text = str(value)
    return text if len(text) <= 80 else text[:80] + "..."


FILTERS = {
    "to_json": to_json,
    "to_nice_json": to_nice_json,
    "from_json": from_json,
    "to_yaml": to_yaml,
    "to_nice_yaml": to_nice_yaml,
    "from_yaml": from_yaml,
    "from_yaml_all": from_yaml_all,
}
