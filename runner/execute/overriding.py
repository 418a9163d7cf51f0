"""Modules of the project that have the name of one of ours: they come first, as in Ansible."""

from collections.abc import Callable
from typing import Any

from runner import find
from runner.execute import foreign
from runner.execute.session import PlaySession
from runner.model.plan import PlanTask

LEGACY = "ansible.legacy."


def own_module(task: PlanTask, play: PlaySession, render: Callable[[Any], Any], name: str) -> find.Found | None:
    """Return the project's module of a short name that is also one of ours; None when ours is meant.

    Looked for in the `collections` of the task, then in `library/` of the roles, beside the playbook and in the settings. A name with
    its collection is never taken over, save `ansible.legacy.x`, which says that it may be. What we do on the control machine under
    a name (template, copy, package) stays ours, as the action plugin of that name would.
    """
    run = play.run
    if run.foreign is None:
        return None
    short = name.removeprefix(LEGACY)
    if "." in short:
        return None
    found = run.foreign.over_ours(task.frame, short, lambda: foreign.near(task, play, render), legacy=short != name)
    return find.Found("foreign", found.name) if found is not None else None
