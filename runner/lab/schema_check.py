"""What a JSON Schema finds wrong in a lab or drill file, in the user's words and with its place."""

import json
import math
from collections.abc import Mapping
from importlib import resources
from typing import Any

import jsonschema

from runner.errors import ParseError, nearest_names
from runner.lab.marks import Marked

WORDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}
# keyword of the schema -> what it asks for
BOUNDS = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most"}


def _is_number(checker: Any, value: Any) -> bool:
    """What is not finite (`.nan`, `.inf`) is within no bounds, and no time or count."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_integer(checker: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_TYPES = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many({"number": _is_number, "integer": _is_integer})
_VALIDATOR = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=_TYPES)  # type: ignore[no-untyped-call]


def check_schema(document: Marked, package: str, file: str) -> None:
    """Raise ParseError for the outermost thing that the schema, a file of the named package, does not allow."""
    for error in complaints(document.value, package, file):
        raise mistake(document, error, package, file)


def complaints(value: Any, package: str, file: str) -> list[jsonschema.ValidationError]:
    """Return all that the schema does not allow, the outermost first."""
    return sorted(_VALIDATOR(_schema(package, file)).iter_errors(value), key=_outermost)


def _schema(package: str, file: str) -> Mapping[str, Any]:
    read: Mapping[str, Any] = json.loads((resources.files(package) / file).read_text())
    return read


def _outermost(error: jsonschema.ValidationError) -> tuple[int, bool]:
    """Order complaints: outer before inner, and a misspelt key before the one that is missing for it."""
    return len(error.absolute_path), error.validator == "required"


def mistake(document: Marked, error: jsonschema.ValidationError, package: str, file: str) -> ParseError:
    """Return a complaint in the user's words, with its place in the document."""
    root = _schema(package, file)
    path = list(error.absolute_path)
    shown = ".".join(map(str, path))
    of = f" of {shown}" if path else ""
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    given: Any = error.instance
    if error.validator == "additionalProperties":
        known = list(schema["properties"])
        name = next(key for key in given if key not in known)
        return ParseError(
            f"there is no key `{name}`{of}",
            position=document.key_at(path, name),
            expected=f"one of {', '.join(known)}",
            found=str(name),
            nearest=nearest_names(str(name), known),
            remedy="correct the key, or take it away",
        )
    if error.validator == "required":
        missing = next(key for key in schema["required"] if key not in given)
        wanted = _expected(schema["properties"][missing], root)
        return ParseError(
            f"the key `{missing}`{of} is missing", position=document.at(path), expected=wanted, remedy=f"add `{missing}:`"
        )
    if "propertyNames" in error.absolute_schema_path:
        wanted = f"a name like {schema.get('pattern', 'text')}"
        return ParseError(f"`{given}`{of} is no name for this", position=document.key_at(path, given), expected=wanted, found=repr(given))
    known = [str(each) for each in schema.get("enum", [])]
    return ParseError(
        f"`{shown}` cannot be this" if path else f"{root['title'].partition(':')[0].lower()} cannot be this",
        position=document.at(path),
        expected=_expected(schema, root),
        found=repr(given),
        nearest=nearest_names(str(given), known) if known else (),
    )


def _expected(schema: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        schema = root["$defs"][str(schema["$ref"]).rsplit("/", 1)[1]]
    parts = [WORDS.get(str(schema.get("type")), ""), str(schema.get("description", ""))]
    if "enum" in schema:
        parts.insert(0, f"one of {', '.join(map(str, schema['enum']))}")
    said = ": ".join(part for part in parts if part)
    bounds = [f"{word} {schema[key]:g}" for key, word in BOUNDS.items() if key in schema]
    notes = [each for each in bounds if each not in said]
    if schema.get("minLength") or schema.get("minItems"):
        notes.append("not empty")
    if "pattern" in schema:
        notes.append(f"pattern {schema['pattern']}")
    return f"{said} ({', '.join(notes)})" if notes else said
