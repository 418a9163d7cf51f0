"""Hosts and groups that tasks add to the inventory of the run."""

from collections.abc import Mapping
from typing import Any

from runner.execute.context import TaskContext
from runner.execute.session import PlaySession


def change_inventory(play: PlaySession, context: TaskContext) -> None:
    """Take in the host of an add_host task or the group of a group_by task."""
    added = context.effects.pop("add_host", None)
    if added is not None:
        _add_host(play, added)
    grouped = context.effects.pop("add_group", None)
    if grouped is not None:
        draft = play.run.draft()
        name = draft.add_group(grouped["name"])
        for parent in grouped["parents"]:
            draft.add_child(draft.add_group(parent), name)
        draft.add_host(context.host.name, name)
        play.run.change_inventory(draft.freeze())


def _add_host(play: PlaySession, added: Mapping[str, Any]) -> None:
    draft = play.run.draft()
    name = draft.add_host(added["name"])
    for group in added["groups"]:
        draft.add_child(draft.add_group(group), name)
    for key, value in added["vars"].items():
        draft.set_var(name, key, value)
    play.run.change_inventory(draft.freeze())
