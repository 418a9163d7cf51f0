"""Which modules that a playbook names do not exist: a task that names one fails only when it is reached, module_defaults at once."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from runner import find
from runner.errors import UnknownName
from runner.execute.attempt import resolve
from runner.execute.module_defaults import GROUP
from runner.execute.session import PlaySession, Run
from runner.foreign.groups import known
from runner.model.plan import PlanTask
from runner.model.play import Playbook
from runner.model.text import Template
from runner.plan.compile import compile_play, flat
from runner.position import position_of


def unknown_modules(run: Run, playbooks: Iterable[Playbook]) -> list[UnknownName]:
    """Return an error for each module name of some playbooks that stands for nothing. Raises UnknownName for one in module_defaults.

    Names made by templates are left alone.
    """
    found: dict[str, UnknownName] = {}
    for playbook in playbooks:
        for play in playbook.plays:
            folder = str(Path(play.path).resolve().parent)
            plan = compile_play(play, folder, 0)
            session = PlaySession(run, plan, folder, [])
            tasks = [*flat(each for _, statements in plan.sections for each in statements), *plan.handlers]
            check_defaults(session, tasks)
            for task in tasks:
                error = _unknown(session, task, task.task.action)
                if error is not None:
                    found.setdefault(str(task.task.action), error)
    return list(found.values())


def check_defaults(play: PlaySession, tasks: Iterable[PlanTask]) -> None:
    """Raise UnknownName for a module or group that the module_defaults around some tasks name and that does not exist.

    What they say would be lost without a word, and tasks would do something else than was meant.
    """
    asked: set[int] = set()
    for task in tasks:
        for layer in task.frame.module_defaults:
            if isinstance(layer, Mapping) and id(layer) not in asked:
                asked.add(id(layer))
                for name in layer:
                    _check_default(play, task, name)


def _check_default(play: PlaySession, task: PlanTask, name: str) -> None:
    at = position_of(name) or task.position
    if not str(name).startswith(GROUP):
        error = _unknown(play, task, name)
        if error is not None:
            error.position = at
            error.message = f"Could not resolve action {name} in module_defaults"
            raise error
        return
    group = str(name).removeprefix(GROUP)
    if play.run.foreign is not None and not known(group, play.run.foreign.places, play.playbook_dir):
        raise UnknownName(
            f"Error loading module_defaults: could not resolve the module_defaults group {group}",
            position=at,
            expected="group/ and the name of an action group",
            found=f"'{name}'",
            remedy="correct the name, or install the collection whose group it is; action groups are in its meta/runtime.yml",
        )


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
