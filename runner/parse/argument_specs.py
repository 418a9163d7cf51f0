"""A role's argument specification -> the task that checks its arguments before anything else of it runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runner.errors import ParseError
from runner.model.keywords import type_word
from runner.model.play import Task, short_role_name
from runner.model.text import Map, Seq, Text
from runner.parse.place import EXTENSIONS, Settings
from runner.position import Position, position_of


def argument_check(
    path: str, name: str, entry: str, params: Mapping[str, Any], meta: Mapping[str, Any], settings: Settings, asked: Position
) -> tuple[Task, ...]:
    """Return the task, none where the specification has no options for this entry file. Raises ParseError.

    path, name: of the role. entry: name of the file of tasks, without its ending. params: what the mention of the role gives it.
    meta: its meta/main.yml. asked: where it is mentioned.
    """
    specs = _specs(path, meta, settings)
    if specs is not None and not isinstance(specs, dict):
        raise ParseError(
            f"the argument_specs of role {name} are not a dictionary",
            position=position_of(specs) or asked,
            expected="one key for each entry file, such as 'main:'",
            found=f"a {type_word(specs)}",
            remedy="write 'argument_specs: {main: {options: {...}}}'",
        )
    spec = specs.get(entry) if isinstance(specs, dict) else None
    if not isinstance(spec, dict) or not spec.get("options"):
        return ()
    at = position_of(spec) or asked
    title = f"Validating arguments against arg spec '{entry}'"
    if spec.get("short_description"):
        title += f" - {spec['short_description']}"
    context = {"type": "role", "name": short_role_name(name), "argument_spec_name": entry, "path": path}
    given = {
        "argument_spec": spec["options"],
        "provided_arguments": Map(dict.fromkeys(_not_in(spec["options"], params)), position=asked),
        "validate_args_context": Map(context, position=at),
    }
    args = Map({Text(key, at): value for key, value in given.items()}, position=at)
    keywords = Map({Text("name", at): Text(title, at), Text("tags", at): Seq([Text("always", at)])}, position=at)
    return (Task(at, Text("ansible.builtin.validate_argument_spec", at), args, keywords),)


def _specs(path: str, meta: Mapping[str, Any], settings: Settings) -> Any:
    for ending in EXTENSIONS:
        file = Path(path) / "meta" / f"argument_specs{ending}"
        if file.is_file():
            return (settings.read(str(file)) or {}).get("argument_specs")
    return meta.get("argument_specs")


def _not_in(options: Any, params: Mapping[str, Any]) -> list[str]:
    """Return the parameters of a role that its specification does not name. The others are checked as the variables that they are."""
    known: set[str] = set()
    for name, option in options.items() if isinstance(options, dict) else ():
        known.update((name, *((option if isinstance(option, dict) else {}).get("aliases") or ())))
    return [name for name in params if name not in known]
