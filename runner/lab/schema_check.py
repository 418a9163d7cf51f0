"""What a JSON Schema finds wrong in a lab or drill file, in the user's words and with its place."""

import json
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


def check_schema(document: Marked, package: str, file: str) -> None:
    """Raise ParseError for the outermost thing that the schema, a file of the named package, does not allow."""
    for error in complaints(document.value, package, file):
        raise mistake(document, error, package, file)


def complaints(value: Any, package: str, file: str) -> list[jsonschema.ValidationError]:
    """Return all that the schema does not allow, the outermost first."""
    return sorted(jsonschema.Draft202012Validator(_schema(package, file)).iter_errors(value), key=_outermost)


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
    if "pattern" in schema:
        parts.append(f"(pattern {schema['pattern']})")
    return ": ".join(part for part in parts if part)
