"""Where a file or role that a task includes is read from, and what names of static imports in it may hold."""

from pathlib import Path
from typing import Any

from runner.execute.session import PlaySession
from runner.model.plan import PlanTask
from runner.parse.place import Place
from runner.plan.compile import play_vars


def place_of(play: PlaySession, task: PlanTask) -> Place:
    """Return where a file that `task` includes is read from."""
    frame = task.frame
    held = play.of_place(task)
    below = (*held["role_defaults"], *play_vars(play.plan.keywords), *play.play_files)
    role = frame.role
    named: list[Any] = [role.collection, *role.collections] if role else []
    return Place(
        base=str(Path(task.task.position.file).parent),
        playbook_dir=play.playbook_dir,
        role_path=role.path if role else None,
        role_name=role.name if role else None,
        section="handlers" if task.handler else "tasks",
        scope=(*below, *held["role_vars"], *held["block_vars"], *held["role_params"], *held["include_params"]),
        parents=tuple(role.path for role in frame.parents),
    ).within([*named, *frame.collections])
