"""What arguments must fulfil together: required ones, those that exclude or need each other (pure). Messages as Ansible's."""

from collections.abc import Mapping, Sequence
from typing import Any

from runner.errors import ArgumentError
from runner.plan.convert import kind_of
from runner.position import Position, position_of

Schema = Mapping[str, Any]
Path = tuple[str, ...]
KIND_WORDS = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "list": "a list, or words with commas",
    "dict": "a mapping",
    "bytes": "a size such as 10M",
    "bits": "a size such as 10Mb",
}
WORDS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "array": "list", "object": "dict"}
NOTHING = {"str": "'None' is not a string and conversion is not allowed", "int": "\"None\" cannot be converted to an int"}


def key_given(key: str, wanted: Schema, given: Mapping[str, Any]) -> Any:
    """Return the name under which an argument was given: its own or an alias."""
    names = {key, *wanted.get("aliases", ())}
    return next((each for each in given if each in names), None)


def within(path: Path) -> str:
    """Return where in nested options a complaint belongs, as Ansible says it."""
    return f" found in {' -> '.join(path)}" if path else ""


def quoted_within(path: Path) -> str:
    """Return the same for a complaint of a value's kind."""
    return f" found in '{' -> '.join(path)}'" if path else ""


def _present(values: Mapping[str, Any], keys: Sequence[str]) -> list[str]:
    return [key for key in keys if values.get(key) is not None]


def exclusive(schema: Schema, values: Mapping[str, Any], position: Position | None, path: Path) -> None:
    """Raise ArgumentError for arguments that exclude each other."""
    for keys in schema.get("mutually_exclusive", ()):
        if len(_present(values, keys)) > 1:
            raise _together(f"parameters are mutually exclusive: {'|'.join(keys)}{within(path)}", position, "remove all but one of them")


def required(schema: Schema, values: Mapping[str, Any], given: Mapping[str, Any], position: Position | None, path: Path) -> None:
    """Raise ArgumentError where a required argument is missing."""
    missing = sorted(key for key in schema.get("required", ()) if key not in values)
    if missing:
        raise ArgumentError(
            f"missing required arguments: {', '.join(missing)}{within(path)}",
            position=position,
            expected=", ".join(missing),
            found=", ".join(sorted(map(str, given))) or "no arguments",
            remedy=f"add '{missing[0]}: ...'",
        )


def not_nothing(
    key: str, schema: Schema, values: Mapping[str, Any], given: Mapping[str, Any], position: Position | None, path: Path
) -> None:
    """Raise ArgumentError for a required argument that is there without a value, unless any value will do."""
    if key not in values or values[key] is not None:
        return
    wanted = schema["properties"].get(key, {})
    kind = WORDS.get(kind_of(wanted), kind_of(wanted))
    if kind == "raw":
        return
    why = NOTHING.get(kind, f"<class 'NoneType'> cannot be converted to a {kind}")
    raise ArgumentError(
        f"argument '{key}' is of type <class 'NoneType'>{quoted_within(path)} and we were unable to convert to {kind}: {why}",
        position=position_of(key_given(key, wanted, given)) or position,
        expected=f"{key}: {KIND_WORDS.get(kind, kind)}",
        found="nothing",
        remedy=f"give '{key}' a value",
    )


def belongs(schema: Schema, values: Mapping[str, Any], position: Position | None, path: Path) -> None:
    """Raise ArgumentError where arguments lack what they need beside them."""
    where = within(path)
    for keys in schema.get("required_together", ()):
        present = _present(values, keys)
        if present and len(present) < len(keys):
            raise _together(f"parameters are required together: {', '.join(keys)}{where}", position, "give all of them or none")
    for keys in schema.get("required_one_of", ()):
        if not _present(values, keys):
            raise _together(f"one of the following is required: {', '.join(keys)}{where}", position, "give one of them")
    for rule in schema.get("required_if", ()):
        key, wanted, needs = rule[0], rule[1], rule[2]
        any_of = len(rule) > 3 and rule[3]
        if values.get(key) == wanted:
            have = _present(values, needs)
            if (any_of and not have) or (not any_of and len(have) < len(needs)):
                lacking = [need for need in needs if need not in have]
                word = "any" if any_of else "all"
                raise _together(
                    f"{key} is {wanted} but {word} of the following are missing: {', '.join(lacking)}{where}", position, f"add {lacking[0]}"
                )
    by: Mapping[str, Sequence[str]] = schema.get("required_by") or {}
    for key, needs in by.items():
        lacking = [need for need in needs if values.get(need) is None]
        if values.get(key) is not None and lacking:
            raise _together(f"missing parameter(s) required by '{key}': {', '.join(lacking)}{where}", position, f"add {lacking[0]}")


def _together(message: str, position: Position | None, remedy: str) -> ArgumentError:
    return ArgumentError(message, position=position, remedy=remedy)
