"""A module's arguments checked against its ARGUMENTS: aliases, kinds, choices, defaults and what belongs together (pure)."""

from collections.abc import Mapping, Sequence
from typing import Any

from runner.errors import ArgumentError, nearest_names
from runner.plan.convert import CannotConvert, convert, kind_of
from runner.position import Position, position_of

Schema = Mapping[str, Any]
INTERNAL = ("_raw_params", "_uses_shell")
HIDDEN = "a value that is not shown, because it is a secret"
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
HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def prepare(name: str, schema: Schema, given: Mapping[str, Any], position: Position | None = None) -> dict[str, Any]:
    """Return the complete arguments of a module: every property with its converted value, its default, or None.

    given: rendered arguments by name or alias; free-form text under `_raw_params`. Raises ArgumentError, whose message has Ansible's
    wording and whose position is that of the wrong argument.
    """
    given = _with_free_form(name, schema, given, position)
    values = _by_name(name, schema, given, position)
    return _checked(name, schema, values, given, position, path=())


def _with_free_form(name: str, schema: Schema, given: Mapping[str, Any], position: Position | None) -> Mapping[str, Any]:
    if "_raw_params" not in given:
        return given
    target = schema.get("free_form")
    rest = {key: value for key, value in given.items() if key != "_raw_params"}
    if target:
        rest.setdefault(target, given["_raw_params"])
        return rest
    if not given["_raw_params"]:
        return rest
    raise ArgumentError(
        f"invalid or malformed argument: '{given['_raw_params']}'",
        position=position,
        expected=f"arguments of {name}: {', '.join(sorted(schema['properties']))}",
        found=str(given["_raw_params"])[:80],
        remedy="write 'argument: value' lines under the module's name",
    )


def _by_name(name: str, schema: Schema, given: Mapping[str, Any], position: Position | None) -> dict[str, Any]:
    """Resolve aliases and refuse unknown names."""
    properties: Mapping[str, Any] = schema["properties"]
    aliases = {alias: key for key, each in properties.items() for alias in each.get("aliases", ())}
    values: dict[str, Any] = {}
    unknown = []
    for key, value in given.items():
        real = key if key in properties else aliases.get(key)
        if real is None:
            if schema.get("additionalProperties"):
                values[key] = value
            else:
                unknown.append(key)
        elif real not in values or key == real:
            values[str(real)] = value
    refused = [key for key in unknown if key in schema.get("refused", ())]
    if refused:
        raise ArgumentError(
            f"Unsupported parameters for ({name}) module: {', '.join(sorted(map(str, refused)))}",
            position=position_of(*refused) or position,
            expected=f"an argument of {name}",
            found=f"'{refused[0]}'",
            remedy=f"remove {refused[0]}: {schema['refused'][refused[0]]}",
        )
    if unknown:
        supported = ", ".join(
            f"{key} ({', '.join(sorted(each['aliases']))})" if each.get("aliases") else key for key, each in sorted(properties.items())
        )
        raise ArgumentError(
            f"Unsupported parameters for ({name}) module: {', '.join(sorted(map(str, unknown)))}. "
            f"Supported parameters include: {supported}.",
            position=position_of(*unknown) or position,
            expected=f"an argument of {name}",
            found=f"'{unknown[0]}'",
            nearest=nearest_names(str(unknown[0]), [*properties, *aliases]),
            remedy="correct the spelling or remove the argument",
        )
    return values


def _checked(
    name: str, schema: Schema, values: dict[str, Any], given: Mapping[str, Any], position: Position | None, path: tuple[str, ...]
) -> dict[str, Any]:
    _exclusive(schema, values, position, path)
    _required(schema, values, given, position, path)
    complete: dict[str, Any] = {}
    for key, wanted in schema["properties"].items():
        value = values.get(key)
        if value is None:
            complete[key] = wanted.get("default")
            continue
        at = position_of(value, _key_given(key, wanted, given)) or position
        complete[key] = _value(name, key, wanted, value, at, path)
    for key, value in values.items():
        complete.setdefault(key, value)
    _belongs(schema, complete, position, path)
    return complete


def _key_given(key: str, wanted: Schema, given: Mapping[str, Any]) -> Any:
    names = {key, *wanted.get("aliases", ())}
    return next((each for each in given if each in names), None)


def _value(name: str, key: str, wanted: Schema, value: Any, at: Position | None, path: tuple[str, ...]) -> Any:
    where = _within(path)
    try:
        value = convert(value, kind_of(wanted), wanted)
    except CannotConvert as cannot:
        shown = HIDDEN if wanted.get("secret") else repr(value)[:80]
        why = "" if wanted.get("secret") else f": {cannot}"
        raise ArgumentError(
            f"argument '{key}' is of type {_type(value)}{where} and we were unable to convert to {cannot.kind}{why}",
            position=at,
            expected=f"{key}: {KIND_WORDS.get(cannot.kind, cannot.kind)}",
            found=shown,
            remedy=f"{key} is: {wanted['description']}" if wanted.get("description") else "give a value of that kind",
        ) from None
    if "enum" in wanted:
        value = _choice(key, wanted, value, at, where)
    items = wanted.get("items")
    if isinstance(value, list) and items:
        value = [_item(name, key, items, each, at, path) for each in value]
    if isinstance(value, dict) and wanted.get("properties"):
        value = _nested(name, key, wanted, value, at, path)
    return value


def _type(value: Any) -> str:
    """Return the name of a value's type as Ansible's messages have it; text and containers with a position are plain ones."""
    for kind in (str, dict, list):
        if isinstance(value, kind):
            return f"<class '{kind.__name__}'>"
    return str(type(value))


def _item(name: str, key: str, items: Schema, each: Any, at: Position | None, path: tuple[str, ...]) -> Any:
    try:
        value = convert(each, kind_of(items), items)
    except CannotConvert as cannot:
        raise ArgumentError(
            f"Elements value for option '{key}'{_within(path)} is of type {_type(each)} "
            f"and we were unable to convert to {cannot.kind}: {cannot}",
            position=position_of(each) or at,
            expected=f"a list of {cannot.kind}",
            found=repr(each)[:80],
            remedy="correct that element",
        ) from None
    if "enum" in items:
        value = _choice(key, items, value, position_of(each) or at, _within(path), several=True)
    if isinstance(value, dict) and items.get("properties"):
        return _nested(name, key, items, value, at, path)
    return value


def _nested(name: str, key: str, wanted: Schema, value: dict[str, Any], at: Position | None, path: tuple[str, ...]) -> dict[str, Any]:
    label = f"{name}.{key}" if path else f"{name}: {key}"
    inner = _by_name(label, wanted, value, at)
    return _checked(name, wanted, inner, value, at, (*path, key))


def _choice(key: str, wanted: Schema, value: Any, at: Position | None, where: str, *, several: bool = False) -> Any:
    choices: Sequence[Any] = wanted["enum"]
    if value in choices and not (isinstance(value, bool) and not any(isinstance(each, bool) for each in choices)):
        return value
    if isinstance(value, (bool, str)):
        truth = {"True": ("yes", "on", "true"), "False": ("no", "off", "false")}.get(str(value), ())
        matching = [each for each in choices if each in truth]
        if len(matching) == 1:
            return matching[0]
    words = [str(each) for each in choices]
    one = "one or more of" if several else "one of"
    raise ArgumentError(
        f"value of {key} must be {one}: {', '.join(words)}, got: {value}{where}",
        position=at,
        expected=", ".join(words),
        found=repr(value)[:80],
        nearest=nearest_names(str(value), words),
        remedy=f"use one of these values for {key}",
    )


def _within(path: tuple[str, ...]) -> str:
    return f" found in '{' -> '.join(path)}'" if path else ""


def _present(values: Mapping[str, Any], keys: Sequence[str]) -> list[str]:
    return [key for key in keys if values.get(key) is not None]


def _exclusive(schema: Schema, values: Mapping[str, Any], position: Position | None, path: tuple[str, ...]) -> None:
    for keys in schema.get("mutually_exclusive", ()):
        if len(_present(values, keys)) > 1:
            raise _together(f"parameters are mutually exclusive: {'|'.join(keys)}{_within(path)}", position, "remove all but one of them")


def _required(
    schema: Schema, values: Mapping[str, Any], given: Mapping[str, Any], position: Position | None, path: tuple[str, ...]
) -> None:
    missing = sorted(key for key in schema.get("required", ()) if key not in values)
    for key in schema.get("required", ()):
        if key in values and values[key] is None:
            _refuse_nothing(key, schema, given, position, path)
    if missing:
        raise ArgumentError(
            f"missing required arguments: {', '.join(missing)}{_within(path)}",
            position=position,
            expected=", ".join(missing),
            found=", ".join(sorted(map(str, given))) or "no arguments",
            remedy=f"add '{missing[0]}: ...'",
        )


def _refuse_nothing(key: str, schema: Schema, given: Mapping[str, Any], position: Position | None, path: tuple[str, ...]) -> None:
    """Raise ArgumentError for a required argument that is there without a value, unless any value will do."""
    wanted = schema["properties"].get(key, {})
    kind = WORDS.get(kind_of(wanted), kind_of(wanted))
    if kind == "raw":
        return
    why = NOTHING.get(kind, f"<class 'NoneType'> cannot be converted to a {kind}")
    raise ArgumentError(
        f"argument '{key}' is of type <class 'NoneType'>{_within(path)} and we were unable to convert to {kind}: {why}",
        position=position_of(_key_given(key, wanted, given)) or position,
        expected=f"{key}: {KIND_WORDS.get(kind, kind)}",
        found="nothing",
        remedy=f"give '{key}' a value",
    )


def _belongs(schema: Schema, values: Mapping[str, Any], position: Position | None, path: tuple[str, ...]) -> None:
    where = _within(path)
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


def secrets_of(schema: Schema, values: Mapping[str, Any]) -> list[str]:
    """Return the secret texts among complete arguments, to be kept out of everything that is shown."""
    found = []
    for key, wanted in schema["properties"].items():
        value = values.get(key)
        if wanted.get("secret") and isinstance(value, str) and value:
            found.append(value)
    return found


def shown_arguments(schema: Schema, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return complete arguments as a result tells them (`invocation.module_args`): secrets replaced, internal ones left out."""
    properties = schema["properties"]
    return {
        key: HIDDEN if value is not None and properties.get(key, {}).get("secret") else value
        for key, value in values.items()
        if not key.startswith("_") or key in properties
    }
