"""A module's arguments checked against its ARGUMENTS: aliases, kinds, choices, defaults and what belongs together (pure)."""

from collections.abc import Mapping, Sequence
from typing import Any

from runner.errors import ArgumentError, nearest_names
from runner.plan.argument_rules import KIND_WORDS, Path, Schema, belongs, exclusive, key_given, not_nothing, quoted_within, required, within
from runner.plan.convert import CannotConvert, convert, kind_of, type_name
from runner.plan.specification import TYPES
from runner.position import Position, position_of

INTERNAL = ("_raw_params", "_uses_shell")
HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def prepare(name: str, schema: Schema, given: Mapping[str, Any], position: Position | None = None) -> dict[str, Any]:
    """Return the complete arguments of a module: every property with its converted value, its default, or None.

    given: rendered arguments by name or alias; free-form text under `_raw_params`. Raises ArgumentError, whose message has Ansible's
    wording and whose position is that of the wrong argument.
    """
    given = _with_free_form(name, schema, given, position)
    values = by_name(name, schema, given, position)
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


def by_name(name: str, schema: Schema, given: Mapping[str, Any], position: Position | None, path: Path = ()) -> dict[str, Any]:
    """Return values by the arguments' own names. path: of the option that they are options of. Raises ArgumentError for unknown names."""
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
        others = f" ({', '.join(sorted(aliases))})" if aliases else ""
        supported = ", ".join(sorted(properties)) + others
        raise ArgumentError(
            f"Unsupported parameters for ({name}) module: {', '.join(sorted('.'.join((*path, str(each))) for each in unknown))}. "
            f"Supported parameters include: {supported}.",
            position=position_of(*unknown) or position,
            expected=f"an argument of {name}",
            found=f"'{unknown[0]}'",
            nearest=nearest_names(str(unknown[0]), [*properties, *aliases]),
            remedy="correct the spelling or remove the argument",
        )
    return values


def _checked(
    name: str, schema: Schema, values: dict[str, Any], given: Mapping[str, Any], position: Position | None, path: Path
) -> dict[str, Any]:
    exclusive(schema, values, position, path)
    for key in schema.get("required", ()):
        not_nothing(key, schema, values, given, position, path)
    required(schema, values, given, position, path)
    complete: dict[str, Any] = {}
    for key, wanted in schema["properties"].items():
        value = values.get(key)
        if value is None:
            complete[key] = wanted.get("default")
            continue
        at = position_of(value, key_given(key, wanted, given)) or position
        complete[key] = value_of(name, key, wanted, value, at, path)
    for key, value in values.items():
        complete.setdefault(key, value)
    belongs(schema, complete, position, path)
    return complete


def value_of(name: str, key: str, wanted: Schema, value: Any, at: Position | None, path: Path) -> Any:
    """Return an argument's value converted. Raises ArgumentError where it is of the wrong kind or none of the choices."""
    if "unknown" in wanted:
        raise _no_type(f"argument '{key}' is of type {type_name(value)}{quoted_within(path)}", wanted["unknown"], at)
    try:
        value = convert(value, kind_of(wanted), wanted)
    except CannotConvert as cannot:
        shown = HIDDEN if wanted.get("secret") else repr(value)[:80]
        why = "" if wanted.get("secret") else f": {cannot}"
        raise ArgumentError(
            f"argument '{key}' is of type {type_name(value)}{quoted_within(path)} and we were unable to convert to {cannot.kind}{why}",
            position=at,
            expected=f"{key}: {KIND_WORDS.get(cannot.kind, cannot.kind)}",
            found=shown,
            remedy=f"{key} is: {wanted['description']}" if wanted.get("description") else "give a value of that kind",
        ) from None
    if "enum" in wanted and isinstance(value, list):
        value = [_choice(key, wanted, each, position_of(each) or at, within(path), several=True) for each in value]
    elif "enum" in wanted:
        value = _choice(key, wanted, value, at, within(path))
    items = wanted.get("items")
    if isinstance(value, list) and items:
        value = [_item(name, key, items, each, at, path) for each in value]
    if isinstance(value, dict) and wanted.get("properties"):
        value = _nested(name, key, wanted, value, at, path)
    return value


def _no_type(what: str, word: Any, at: Position | None) -> ArgumentError:
    """Return the error of a specification whose type does not exist; it stands there, not where the value is given."""
    return ArgumentError(
        f"{what} and we were unable to convert to {word}: there is no such type",
        position=position_of(word) or at,
        expected=f"a type: {', '.join(sorted(TYPES))}",
        found=f"'{word}'",
        nearest=nearest_names(str(word), TYPES),
        remedy="correct the type in the specification",
    )


def _item(name: str, key: str, items: Schema, each: Any, at: Position | None, path: Path) -> Any:
    if "unknown" in items:
        raise _no_type(f"Elements value for option '{key}'{quoted_within(path)} is of type {type_name(each)}", items["unknown"], at)
    try:
        value = convert(each, kind_of(items), items)
    except CannotConvert as cannot:
        raise ArgumentError(
            f"Elements value for option '{key}'{quoted_within(path)} is of type {type_name(each)} "
            f"and we were unable to convert to {cannot.kind}: {cannot}",
            position=position_of(each) or at,
            expected=f"a list of {cannot.kind}",
            found=repr(each)[:80],
            remedy="correct that element",
        ) from None
    if "enum" in items:
        value = _choice(key, items, value, position_of(each) or at, within(path), several=True)
    if isinstance(value, dict) and items.get("properties"):
        return _nested(name, key, items, value, at, path)
    return value


def _nested(name: str, key: str, wanted: Schema, value: dict[str, Any], at: Position | None, path: Path) -> dict[str, Any]:
    below = (*path, key)
    return _checked(name, wanted, by_name(name, wanted, value, at, below), value, at, below)


def _choice(key: str, wanted: Schema, value: Any, at: Position | None, where: str, *, several: bool = False) -> Any:
    choices: Sequence[Any] = wanted["enum"]
    if isinstance(choices, str):
        raise ArgumentError(
            f"internal error: choices for argument {key} are not iterable: {choices}",
            position=position_of(choices) or at,
            expected="a list of values",
            found=f"'{choices}'",
            remedy=f"write 'choices: [{choices}]' in the specification",
        )
    if value in choices and not (isinstance(value, bool) and not any(isinstance(each, bool) for each in choices)):
        return value
    if isinstance(value, (bool, str)):
        truth = {"True": ("yes", "on", "true"), "False": ("no", "off", "false")}.get(str(value), ())
        matching = [each for each in choices if each in truth]
        if len(matching) == 1:
            return matching[0]
    words = [str(each) for each in choices]
    known = ", ".join(words)
    said = f"one or more of: {known}. Got no match for: {value}" if several else f"one of: {known}, got: {value}"
    raise ArgumentError(
        f"value of {key} must be {said}{where}",
        position=at,
        expected=", ".join(words),
        found=repr(value)[:80],
        nearest=nearest_names(str(value), words),
        remedy=f"use one of these values for {key}",
    )


def secrets_of(schema: Schema, values: Mapping[str, Any]) -> list[str]:
    """Return the secret texts among complete arguments, to be kept out of everything that is shown."""
    found = []
    for key, wanted in schema["properties"].items():
        value = values.get(key)
        if wanted.get("secret") and isinstance(value, str) and value:
            found.append(value)
    return found


def shown_arguments(name: str, schema: Schema, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return complete arguments as a result tells them (`invocation.module_args`): secrets replaced, internal ones left out.

    A command line stands under the name that it has in Ansible's results.
    """
    properties = schema["properties"]
    shown = {
        key: HIDDEN if value is not None and properties.get(key, {}).get("secret") else value
        for key, value in values.items()
        if not key.startswith("_")
    }
    if schema.get("free_form") == "cmd":
        return {"_raw_params": shown.pop("cmd"), "_uses_shell": name == "shell", **shown}
    return shown


__all__ = ["HIDDEN", "Schema", "by_name", "prepare", "secrets_of", "shown_arguments", "value_of"]
