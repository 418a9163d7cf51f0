"""All that is wrong with a set of arguments, where `prepare` stops at the first thing (pure)."""

from collections.abc import Iterator, Mapping
from typing import Any

from runner.errors import ArgumentError
from runner.plan.argument_rules import Path, Schema, belongs, exclusive, key_given, not_nothing, required
from runner.plan.arguments import by_name, value_of
from runner.position import Position, position_of


def argument_errors(name: str, schema: Schema, given: Mapping[str, Any], position: Position | None) -> list[ArgumentError]:
    """Return every error, of nested options too; none when `prepare` would take the arguments. See there for the parameters."""
    return list(_of_level(name, schema, given, position, ()))


def _of_level(name: str, schema: Schema, given: Mapping[str, Any], position: Position | None, path: Path) -> Iterator[ArgumentError]:
    before: list[ArgumentError] = []
    unknown: list[ArgumentError] = []
    known = given
    try:
        by_name(name, schema, given, position, path)
    except ArgumentError as error:
        unknown.append(error)
        names = {each for key, wanted in schema["properties"].items() for each in (key, *wanted.get("aliases", ()))}
        known = {key: value for key, value in given.items() if key in names}
    values = by_name(name, schema, known, position, path)
    for rule in (lambda: exclusive(schema, values, position, path), lambda: required(schema, values, given, position, path)):
        before += _raised(rule)
    for key in schema.get("required", ()):
        before += _raised(lambda key=key: not_nothing(key, schema, values, given, position, path))  # type: ignore[misc]
    yield from before
    complete = {key: wanted.get("default") for key, wanted in schema["properties"].items()}
    for key, wanted in schema["properties"].items():
        value = values.get(key, wanted.get("default") if "unknown" in wanted else None)
        if value is not None:
            at = position_of(value, key_given(key, wanted, given)) or position
            found = list(_of_value(name, key, wanted, value, at, path, complete))
            before += found
            yield from found
    if not before and not unknown:
        yield from _raised(lambda: belongs(schema, complete, position, path))
    yield from unknown


def _of_value(
    name: str, key: str, wanted: Schema, value: Any, at: Position | None, path: Path, complete: dict[str, Any]
) -> Iterator[ArgumentError]:
    """Yield what is wrong with one value, and set it in `complete`."""
    items = wanted.get("items") or {}
    flat = {word: each for word, each in wanted.items() if word not in ("properties", "items")}
    if items:
        flat["items"] = {word: each for word, each in items.items() if word != "properties"}
    try:
        complete[key] = converted = value_of(name, key, flat, value, at, path)
    except ArgumentError as error:
        yield error
        return
    below = (*path, key)
    if isinstance(converted, dict) and wanted.get("properties"):
        yield from _of_level(name, wanted, converted, at, below)
    elif isinstance(converted, list) and items.get("properties"):
        for each in converted:
            yield from _of_level(name, items, each, position_of(each) or at, below)


def _raised(rule: Any) -> list[ArgumentError]:
    try:
        rule()
    except ArgumentError as error:
        return [error]
    return []
