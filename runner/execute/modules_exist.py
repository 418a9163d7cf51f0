"""Which modules that a playbook names do not exist: named before anything runs; a task fails only when it is reached."""

from collections.abc import Iterable
from pathlib import Path

from runner import find
from runner.errors import UnknownName
from runner.execute.attempt import resolve
from runner.execute.session import PlaySession, Run
from runner.model.plan import PlanTask
from runner.model.play import Playbook
from runner.model.text import Template
from runner.plan.compile import compile_play, flat


def unknown_modules(run: Run, playbooks: Iterable[Playbook]) -> list[UnknownName]:
    """Return an error for each module name of some playbooks that stands for nothing; names made by templates are left alone."""
    found: dict[str, UnknownName] = {}
    for playbook in playbooks:
        for play in playbook.plays:
            folder = str(Path(play.path).resolve().parent)
            plan = compile_play(play, folder, 0)
            session = PlaySession(run, plan, folder, [])
            for task in (*flat(each for _, statements in plan.sections for each in statements), *plan.handlers):
                error = _unknown(session, task)
                if error is not None:
                    found.setdefault(str(task.task.action), error)
    return list(found.values())


def _unknown(session: PlaySession, task: PlanTask) -> UnknownName | None:
    name = task.task.action
    # most names are ours, which costs nothing to see
    if isinstance(name, Template) or find.action(str(name)) is not None:
        return None
    view = session.play_view()
    try:
        resolve(task, session, lambda value: session.run.templar.render(value, view), str(name))
    except UnknownName as error:
        return error
    return None
