"""How a task is named to people, and how it is known between runs."""

from runner import find
from runner.execute.rendered import loosely
from runner.execute.session import PlaySession
from runner.model.event import TaskLabel
from runner.model.plan import PlanTask
from runner.model.text import Template
from runner.plan.names import full_name
from runner.variables.view import View


def task_label(play: PlaySession, task: PlanTask, view: View | None, uid: str) -> TaskLabel:
    """Return how a task is named to people; the name is rendered as far as its variables are known."""
    given = task.task.keywords.get("name")
    action = str(task.task.action)
    name = "" if given is None else given
    if isinstance(given, Template):
        name = loosely(play.run.templar, given, view or play.play_view())
    role = task.frame.role
    return TaskLabel(
        uid=uid,
        name=full_name(task, str(name).strip()),
        action=action,
        position=task.position,
        kind="handler" if task.handler else "task",
        role=role.name if role else None,
        no_log=task.keyword("no_log") is True,
        check=play.checks(task),
        diff=PlaySession.flag(task.keyword("diff"), play.run.options.diff),
        tags=tuple(str(tag) for tag in task.frame.tags),
    )


def uid_of(play: PlaySession, task: PlanTask) -> str:
    """Return the name of a task that is the same in every run: play number, file and line, place in the play."""
    return f"{play.plan.index}:{task.position}:{'.'.join(map(str, task.key))}"


def is_engine(task: PlanTask, word: str) -> bool:
    """Tell whether a task is the engine's own action of that short name."""
    return find.short_name(str(task.task.action)) == word
