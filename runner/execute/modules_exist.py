"""Every module that a playbook names exists: looked at before anything runs, so that a misspelt name at the end costs nothing."""

from collections.abc import Iterable
from pathlib import Path

from runner import find
from runner.execute.attempt import resolve
from runner.execute.session import PlaySession, Run
from runner.model.plan import PlanStatement
from runner.model.play import Playbook
from runner.model.text import Template
from runner.plan.compile import compile_play, flat


def check_playbooks(run: Run, playbooks: Iterable[Playbook]) -> None:
    """Raise UnknownName for the first task of some playbooks whose module does not exist; names made by templates are left alone."""
    for playbook in playbooks:
        for play in playbook.plays:
            folder = str(Path(play.path).resolve().parent)
            plan = compile_play(play, folder, 0)
            session = PlaySession(run, plan, folder, [])
            check_statements(session, (each for _, statements in plan.sections for each in statements))
            check_statements(session, plan.handlers)


def check_statements(session: PlaySession, statements: Iterable[PlanStatement]) -> None:
    """Raise UnknownName for the first task in some statements whose module does not exist."""
    view = session.play_view()
    for task in flat(statements):
        name = task.task.action
        # most names are ours, which costs nothing to see
        if not isinstance(name, Template) and find.action(str(name)) is None:
            resolve(task, session, lambda value: session.run.templar.render(value, view), str(name))
