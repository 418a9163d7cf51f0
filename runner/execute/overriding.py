"""Modules of the project that have the name of one of ours: they come first, as in Ansible."""

from collections.abc import Callable
from typing import Any

from runner import find
from runner.execute import foreign
from runner.execute.session import PlaySession
from runner.model.plan import PlanTask

LEGACY = "ansible.legacy."


def own_module(task: PlanTask, play: PlaySession, render: Callable[[Any], Any], name: str, kind: str) -> find.Found | None:
    """Return the project's module of a short name that is also one of ours; None when ours is meant.

    Looked for in the `collections` of the task, then in `library/` of the roles, beside the playbook and in the settings. A name with
    its collection is never taken over, save `ansible.legacy.x`, which says that it may be. kind: what ours is; what we do on the control
    machine under a name (template, copy, package: an action) gives way only to an action plugin of the project.
    """
    run = play.run
    if run.foreign is None:
        return None
    short = name.removeprefix(LEGACY)
    if "." in short:
        return None
    found = run.foreign.over_ours(task.frame, short, lambda: foreign.near(task, play, render), legacy=short != name)
    if found is None or (kind == "action" and found.action is None):
        return None
    return find.Found("foreign", found.name)
