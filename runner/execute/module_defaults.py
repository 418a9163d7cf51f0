"""What `module_defaults` around a task give its module: those of the groups it is in first, then its own."""

from collections.abc import Callable, Mapping
from typing import Any

from runner import find
from runner.execute import foreign
from runner.execute.context import TaskContext
from runner.foreign.groups import members
from runner.model.plan import PlanTask

GROUP = "group/"


def for_task(task: PlanTask, context: TaskContext, found: find.Found) -> dict[str, Any]:
    """Return the defaults for a task's own module. Raises RunnerError for a template that cannot be rendered."""
    own = find.short_name(found.name)

    def same(key: str) -> bool:
        if key in (own, found.name):
            return True
        # an old short name leads to the module of a collection
        module = foreign.located(task, context.play, context.render, key) if found.kind == "foreign" and "." not in key else None
        return module is not None and module.name == found.name

    whole = found.name if "." in found.name or found.kind != "foreign" else f"ansible.legacy.{found.name}"
    legacy = str(context.render(task.task.action)).startswith("ansible.legacy.")
    return _merged(context, same, whole, legacy=legacy)


def for_module(name: str, context: TaskContext) -> dict[str, Any]:
    """Return the defaults for a module of ours that an action hands its work to. name: its short name."""
    return _merged(context, lambda key: key == name, name)


def _merged(context: TaskContext, same: Callable[[str], bool], own: str, *, legacy: bool = False) -> dict[str, Any]:
    """Of several statements that name one key the innermost counts, as in Ansible; groups come below the module's own.

    legacy: the task is written with `ansible.legacy.`, and so what is said of `ansible.builtin.` is not for it.
    """
    merged: dict[str, Any] = {}
    for layer in context.plan.frame.module_defaults:
        mapping = context.render(layer)
        if isinstance(mapping, Mapping):
            said = {str(key): values for key, values in mapping.items() if not (legacy and str(key).startswith("ansible.builtin."))}
            merged.update({_plain(key): values for key, values in said.items()})
    groups: dict[str, Any] = {}
    direct: dict[str, Any] = {}
    for key, values in merged.items():
        if not isinstance(values, Mapping):
            continue
        if key.startswith(GROUP):
            if _in_group(own, key.removeprefix(GROUP), context):
                groups.update(values)
        elif same(key):
            direct.update(values)
    return {**groups, **direct}


def _plain(key: str) -> str:
    """Return the one name for all names of a module of ours; another's as it is."""
    known = None if key.startswith(GROUP) else find.action(key)
    return known.name if known is not None else key if key.startswith(GROUP) else find.short_name(key)


def _in_group(own: str, group: str, context: TaskContext) -> bool:
    room = context.play.run.foreign
    if room is None:
        return False
    for each in members(group, room.places, context.play.playbook_dir):
        short = each if "." in own else find.short_name(each)
        if short == own or (short.endswith("*") and own.startswith(short[:-1])):
            return True
    return False
