"""Which modules that a playbook names do not exist: named before anything runs; a task fails only when it is reached."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from runner import find
from runner.errors import UnknownName
from runner.execute.attempt import resolve
from runner.execute.module_defaults import GROUP
from runner.execute.session import PlaySession, Run
from runner.model.plan import PlanTask
from runner.model.play import Playbook
from runner.model.text import Template
from runner.plan.compile import compile_play, flat
from runner.position import position_of

IN_VAIN = "As there is no such module, nothing uses its module_defaults."
REACHED = "It fails where it is reached."


def unknown_modules(run: Run, playbooks: Iterable[Playbook]) -> list[tuple[UnknownName, str]]:
    """Return an error for each module name of some playbooks that stands for nothing, and what becomes of it.

    Names made by templates are left alone, groups of module_defaults as well.
    """
    found: dict[str, tuple[UnknownName, str]] = {}
    for playbook in playbooks:
        for play in playbook.plays:
            folder = str(Path(play.path).resolve().parent)
            plan = compile_play(play, folder, 0)
            session = PlaySession(run, plan, folder, [])
            asked: set[int] = set()
            for task in (*flat(each for _, statements in plan.sections for each in statements), *plan.handlers):
                error = _unknown(session, task, task.task.action)
                if error is not None:
                    found.setdefault(str(task.task.action), (error, REACHED))
                for name in _defaults(task, asked):
                    if name not in found and (error := _unknown(session, task, name)) is not None:
                        error.position = position_of(name) or task.position
                        found[name] = (error, IN_VAIN)
    return list(found.values())


def _defaults(task: PlanTask, asked: set[int]) -> Iterable[str]:
    """Return the modules that the module_defaults around a task name, of each statement once. asked: those statements, by id."""
    for layer in task.frame.module_defaults:
        if isinstance(layer, Mapping) and id(layer) not in asked:
            asked.add(id(layer))
            yield from (name for name in layer if not str(name).startswith(GROUP))


def _unknown(session: PlaySession, task: PlanTask, name: str) -> UnknownName | None:
    # most names are ours, which costs nothing to see
    if isinstance(name, Template) or find.action(str(name)) is not None:
        return None
    view = session.play_view()
    try:
        resolve(task, session, lambda value: session.run.templar.render(value, view), str(name))
    except UnknownName as error:
        return error
    return None
