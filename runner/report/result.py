"""What of a task's result is shown, and as which text."""

import json
from collections.abc import Mapping
from typing import Any

from runner.report.result_style import Style
from runner.report.yaml_result import as_yaml

NOT_FOR_READING = ("censored", "skipped", "skipped_reason", "skip_reason")
DEBUG_HIDDEN = ("changed", "failed", "skipped", "invocation", "skip_reason", "results")
ALWAYS_HIDDEN = frozenset(("exception", "failed", "skipped"))
INDENT_FROM = 3


def bare_action(action: str) -> str:
    """Return a builtin action's name without its collection."""
    for prefix in ("ansible.builtin.", "ansible.legacy."):
        if action.startswith(prefix):
            return action[len(prefix) :]
    return action


def cleaned(result: Mapping[str, Any], action: str) -> dict[str, Any]:
    """Return the result without what is not for the reader: of `debug` only the message or the variable remains."""
    shown = {key: value for key, value in result.items() if key not in ("warnings", "deprecations")}
    if bare_action(action) != "debug":
        return shown
    shown["_ansible_verbose_always"] = is_always_verbose(result, action)
    if "msg" in shown:
        kept = ("msg", "exception")
        return {key: value for key, value in shown.items() if key in kept or key.startswith("_")}
    return {key: value for key, value in shown.items() if key not in DEBUG_HIDDEN}


def readable(result: Mapping[str, Any], action: str, *, explain: bool) -> dict[str, Any]:
    """Return `cleaned`; explain: the place of a mistake stands below the failure, so it is not said in its message as well."""
    shown = cleaned(result, action)
    notes = result.get("_muster")
    if explain and isinstance(notes, Mapping) and notes.get("message"):
        shown["msg"] = notes["message"]
    return shown


def is_dumped(result: Mapping[str, Any], action: str, verbosity: int) -> bool:
    """Whether a result is shown in full beside its host. `_ansible_verbose_override` (facts) silences -v."""
    if result.get("_ansible_verbose_override"):
        return False
    return verbosity > 0 or is_always_verbose(result, action)


def is_always_verbose(result: Mapping[str, Any], action: str) -> bool:
    """Whether a result is made for reading, so that it is shown, indented, without -v."""
    if "_ansible_verbose_always" in result:
        return bool(result["_ansible_verbose_always"])
    broken = result.get("failed") and "failed_when_result" not in result
    return bare_action(action) == "debug" and not broken and not any(key in result for key in NOT_FOR_READING)


def kept_warnings(result: Mapping[str, Any], action: str) -> dict[str, Any]:
    """Return the warnings of a loop item, which stay in its result as shown; `debug` shows none."""
    if bare_action(action) == "debug":
        return {}
    return {key: result[key] for key in ("warnings", "deprecations") if key in result}


def dump(result: Mapping[str, Any], action: str, style: Style) -> str:
    """Return the result as text. JSON is one line; indented from -vvv on, where it is made for reading, or when pretty."""
    shown = shown_parts(result, style.verbosity)
    if style.format == "yaml":
        return as_yaml(shown, style)
    indented = style.verbosity >= INDENT_FROM or style.pretty or is_always_verbose(result, action)
    return as_json(shown, 4 if indented else None)


def shown_parts(result: Mapping[str, Any], verbosity: int) -> dict[str, Any]:
    """Return the parts of a result that are shown at that verbosity, without the engine's own notes."""
    hidden = ALWAYS_HIDDEN if verbosity >= INDENT_FROM else ALWAYS_HIDDEN | {"invocation", "diff"}
    return {key: strip_internal(value) for key, value in result.items() if key not in hidden and not is_internal(key)}


def is_internal(key: Any) -> bool:
    """Whether a key of a result is a note between parts of the engine."""
    return isinstance(key, str) and (key.startswith("_ansible_") or key in ("_muster", "_effects"))


def strip_internal(value: Any) -> Any:
    """Return a copy of a nested value without the engine's own notes."""
    if isinstance(value, Mapping):
        return {key: strip_internal(each) for key, each in value.items() if not is_internal(key)}
    if isinstance(value, (list, tuple)):
        return [strip_internal(each) for each in value]
    return value


def as_json(value: Any, indent: int | None) -> str:
    """Return JSON with sorted keys; unsorted where keys of different kinds cannot be compared."""
    try:
        return json.dumps(value, indent=indent, sort_keys=True, ensure_ascii=False, default=str)
    except TypeError:
        return json.dumps(value, indent=indent, ensure_ascii=False, default=str)
