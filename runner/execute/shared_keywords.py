"""Keywords that concern all hosts of a task at once: run_once, throttle, any_errors_fatal, tags, and the question of --step."""

from runner.errors import UsageError
from runner.execute.hosts import HostState
from runner.execute.label import is_engine
from runner.execute.rendered import loosely
from runner.execute.session import PlaySession
from runner.model.event import TaskLabel
from runner.model.plan import PlanTask
from runner.plan.keyword_value import number, truth, whole_number
from runner.position import position_of
from runner.record import replace

# The exit code of ansible-playbook when a question of --step finds the end of the input.
NO_ANSWER = 2


def runs_once(play: PlaySession, task: PlanTask, host: HostState) -> bool:
    """Tell whether the task has `run_once`; it is rendered with the variables of the first host."""
    value = task.keyword("run_once")
    if value is None:
        return False
    rendered = play.run.templar.render(value, play.view(host, task))
    return rendered is not None and rendered != "" and truth("run_once", rendered, position_of(value) or task.position)


def is_for_the_first(task: PlanTask) -> bool:
    """Tell whether the task is of a kind that runs for the first host only and leaves the others out: it is about the run, not the host."""
    return is_engine(task, "add_host") or is_engine(task, "pause")


def throttle_of(play: PlaySession, task: PlanTask, host: HostState) -> int:
    """Return on how many hosts at a time the task may run; 0 for as many as forks allow."""
    value = task.keyword("throttle")
    if value is None:
        return 0
    rendered = play.run.templar.render(value, play.view(host, task)) or 0
    return whole_number("throttle", rendered, position_of(value) or task.position)


def is_fatal_for_all(play: PlaySession, task: PlanTask) -> bool:
    """Tell whether a failure of the task fails every host (any_errors_fatal)."""
    value = task.keyword("any_errors_fatal")
    rendered = play.run.templar.render(value, play.play_view()) if value is not None else play.run.options.any_errors_fatal
    return truth("any_errors_fatal", rendered, position_of(value) or task.position) if rendered is not None else False


def too_many_failed(play: PlaySession, failed: list[HostState]) -> bool:
    """Tell whether more hosts of the batch failed than max_fail_percentage allows; those that were not reached do not count.

    failed: hosts that failed just now.
    """
    limit = play.plan.keywords.get("max_fail_percentage")
    if limit is None or not play.batch:
        return False
    percent = number("max_fail_percentage", play.run.templar.render(limit, play.play_view()), play.plan.position)
    out = [host for host in play.batch if not host.unreachable and (host.failed or host in failed)]
    return bool(out) and len(out) * 100.0 / len(play.batch) > percent


def tags_of(play: PlaySession, task: PlanTask) -> list[str]:
    """Return the task's tags with what it inherits, rendered as far as the play's variables go."""
    view = play.play_view()
    tags: list[str] = []
    for tag in task.frame.tags:
        rendered = loosely(play.run.templar, tag, view)
        several = rendered if isinstance(rendered, list) else str(rendered).split(",")
        tags += [str(each).strip() for each in several]
    return tags


def confirmed(play: PlaySession, label: TaskLabel) -> bool:
    """Ask with --step whether the task shall run; `c` ends the questions."""
    prompt = play.run.options.prompt
    if prompt is None:
        return True
    try:
        answer = prompt(f"Perform task: {label.name} (N)o/(y)es/(c)ontinue: ", False).strip().lower()
    except UsageError as error:
        error.exit_code = NO_ANSWER
        error.remedy = "leave --step away where nobody can be asked"
        raise
    if answer in ("c", "continue"):
        play.run.options = replace(play.run.options, step=False)
        return True
    return answer in ("y", "yes")
