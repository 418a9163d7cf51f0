"""The words of a loop: `loop_control`, and the variables that each item has."""

from collections.abc import Mapping
from typing import Any

from runner.errors import ParseError, nearest_names
from runner.model.keywords import LOOP_CONTROL
from runner.model.plan import PlanTask
from runner.model.text import Text
from runner.plan.convert import to_bool
from runner.position import Position, position_of
from runner.template.templar import Templar
from runner.variables.view import View

PER_ITEM = ("label", "break_when")


def control_of(task: PlanTask, templar: Templar, view: View) -> dict[str, Any]:
    """Return a task's loop_control rendered, without what is rendered for each item. Raises ParseError for a word it does not have."""
    raw = task.task.keywords.get("loop_control") or {}
    if isinstance(raw, dict):
        raw = {key: value for key, value in raw.items() if key not in PER_ITEM}
    given = templar.render(raw, view)
    for key in given:
        if key not in LOOP_CONTROL:
            raise ParseError(
                f"'{key}' is not a valid attribute for a LoopControl",
                position=position_of(key) or task.position,
                nearest=nearest_names(str(key), LOOP_CONTROL),
                remedy="correct the spelling or remove the key",
            )
    return dict(given)


def control_position(task: PlanTask) -> Position:
    """Return where the loop_control stands, or the task."""
    return position_of(task.task.keywords.get("loop_control")) or task.position


def per_item(task: PlanTask, word: str) -> Any:
    """Return a word of loop_control that is rendered for each item, as written."""
    raw = task.task.keywords.get("loop_control")
    return raw.get(word) if isinstance(raw, dict) else None


def item_layer(items: list[Any], at: int, item: Any, control: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables of item number `at`."""
    var = str(control.get("loop_var") or "item")
    layer = {var: item, "ansible_loop_var": var}
    if control.get("index_var"):
        layer[str(control["index_var"])] = at
        layer["ansible_index_var"] = control["index_var"]
    if control.get("extended") and to_bool(control["extended"]):
        layer["ansible_loop"] = _extended(items, at, to_bool(control.get("extended_allitems", True)))
    return layer


def _extended(items: list[Any], at: int, everything: bool) -> dict[str, Any]:
    length = len(items)
    loop: dict[str, Any] = {
        "index": at + 1,
        "index0": at,
        "first": at == 0,
        "last": at + 1 == length,
        "length": length,
        "revindex": length - at,
        "revindex0": length - at - 1,
    }
    if everything:
        loop["allitems"] = items
    if at + 1 < length:
        loop["nextitem"] = items[at + 1]
    if at:
        loop["previtem"] = items[at - 1]
    return loop


def item_text(label: Any) -> str:
    """Return what is shown for an item."""
    return str(label) if not isinstance(label, Text) else str.__str__(label)
