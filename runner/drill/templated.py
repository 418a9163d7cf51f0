"""Templates in a drill file: where they may stand, and what they gave, which is checked by the schema as if it had been written there."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jsonschema import ValidationError

from runner.errors import ParseError
from runner.lab.marks import Marked
from runner.lab.schema_check import complaints, mistake
from runner.plan.convert import CannotConvert, to_bool

SCHEMA = ("runner.drill.schema", "drill.json")
SCALARS = ("string", "integer", "number", "boolean")
# Lists whose items have a name of their own, by which they are asked for on the command line.
NAMED = ("load", "cases")


def is_template(value: object) -> bool:
    """Tell whether this is a text with a template in it."""
    return isinstance(value, str) and ("{{" in value or "{%" in value)


def unfilled(document: Marked) -> list[ValidationError]:
    """Return where a template stands in place of what the schema wants. Raises ParseError for any other thing that it does not allow."""
    found = complaints(document.value, *SCHEMA)
    for each in found:
        if not _may_be_filled(each):
            raise mistake(document, each, *SCHEMA)
    return found


def _may_be_filled(error: ValidationError) -> bool:
    path = list(error.absolute_path)
    named = path == ["name"] or (len(path) == 3 and path[0] in NAMED and path[2] == "name")
    return is_template(error.instance) and not named and isinstance(error.schema, Mapping) and _is_simple(error.schema)


def _is_simple(schema: Mapping[str, Any]) -> bool:
    """Tell whether this is one value, or a list of such, and no mapping: what a drill is made of must be seen in its file."""
    if schema.get("type") == "array":
        return _is_simple(schema.get("items", {}))
    return "enum" in schema or "$ref" in schema or schema.get("type") in SCALARS


def filled(document: Marked, places: Sequence[ValidationError], render: Callable[[Any], Any] | None, value: Any) -> Any:
    """Return the value with its templates filled in. places: see `unfilled`. value: what `document` holds, as `render` takes it.

    render: None where nobody knows the variables, as for `muster lint`: what may be at all stands for a number, and texts stay as they are.
    Numbers and truth values may come as text, which is what templates give. Raises ParseError for what the schema does not allow.
    """
    seen = render(value) if render else value
    for each in places:
        seen = _changed(seen, list(each.absolute_path), each.schema, _converted if render else _stand_in)
    # a bare variable may be a number where a text is wanted
    for each in complaints(seen, *SCHEMA):
        if each.validator_value == "string" and is_template(_written(document, each)) and isinstance(each.instance, int | float):
            seen = _changed(seen, list(each.absolute_path), each.schema, _converted)
    for error in complaints(seen, *SCHEMA):
        if render or not _may_be_filled(error):
            raise _wrong(document, error)
    return seen


def _written(document: Marked, error: ValidationError) -> Any:
    """Return what stands in the file where something is wrong."""
    found: Any = document.value
    for step in error.absolute_path:
        found = found[step] if isinstance(found, dict | list) else found  # type: ignore[index]
    return found


def _wrong(document: Marked, error: ValidationError) -> ParseError:
    """Return the complaint, with the template that the value came from."""
    said = mistake(document, error, *SCHEMA)
    written = _written(document, error)
    if is_template(written):
        said.found = f"{said.found}, from {written}"
    return said


def _changed(value: Any, path: Sequence[Any], schema: Any, change: Callable[[Any, Any], Any]) -> Any:
    """Return the value with what is at the path changed."""
    if not path:
        return change(value, schema)
    first, *rest = path
    new = _changed(value[first], rest, schema, change)
    return {**value, first: new} if isinstance(value, Mapping) else [*value[:first], new, *value[first + 1 :]]


def _converted(value: Any, schema: Any) -> Any:
    """Return a text as the number or truth value that is wanted, if it is one, and a number as the text that is wanted."""
    if not isinstance(value, str):
        return str(value) if schema.get("type") == "string" else value
    try:
        match schema.get("type"):
            case "boolean":
                return to_bool(value)
            case "integer":
                return int(value)
            case "number" if math.isfinite(number := float(value)):
                return number
    except (ValueError, CannotConvert):
        pass
    return value


def _stand_in(value: Any, schema: Any) -> Any:
    """Return something that the schema allows where a template is."""
    if "enum" in schema:
        return schema["enum"][0]
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    match schema.get("type"):
        case "boolean":
            return False
        case "integer" | "number":
            return least + 1 if "exclusiveMinimum" in schema else least
        case "array":
            return []
    return value
