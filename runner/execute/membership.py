"""Hosts and groups that tasks add to the inventory of the run; they stay when its sources are read again."""

from collections.abc import Mapping
from typing import Any

from runner.execute.context import TaskContext
from runner.execute.session import PlaySession


def change_inventory(play: PlaySession, context: TaskContext) -> None:
    """Take in the host of an add_host task or the group of a group_by task."""
    added: Mapping[str, Any] | None = context.effects.pop("add_host", None)
    if added is not None:
        play.run.add_member(added["name"], tuple(added["groups"]), added["vars"])
    grouped: Mapping[str, Any] | None = context.effects.pop("add_group", None)
    if grouped is not None:
        play.run.add_member(context.host.name, (grouped["name"],), None, tuple(grouped["parents"]))
