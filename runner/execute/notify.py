"""Handlers: which ones a notification means, and which are pending on which host."""

from typing import Any

from runner.errors import ParseError, RunnerError, nearest_names
from runner.execute.hosts import HostState
from runner.execute.session import PlaySession
from runner.model.event import Notified, TaskLabel
from runner.model.plan import PlanTask
from runner.model.text import Template
from runner.plan.inherit import many
from runner.position import position_of


def handler_names(play: PlaySession, handler: PlanTask) -> list[str]:
    """Return the names a handler can be notified by, its full name with the role first."""
    raw = handler.task.keywords.get("name")
    if raw is None:
        return []
    if not isinstance(raw, Template):
        return [*_with_role(handler, str(raw).strip()), str(raw).strip()]
    try:
        name = str(play.run.templar.render(raw, play.view(play.batch[0] if play.batch else play.hosts[0], handler))).strip()
    except RunnerError as error:
        if not topics(handler):
            play.run.warn(
                f"Handler '{raw}' is unusable because it has no listen topics and the name could not be templated "
                f"(host-specific variables are not supported in handler names). The error: {error.message}",
                position_of(raw),
            )
        return []
    return [*_with_role(handler, name), name]


def _with_role(handler: PlanTask, name: str) -> list[str]:
    """Return a name with the role in front of it, in full and without its collection."""
    role = handler.frame.role
    return list(dict.fromkeys(f"{each} : {name}" for each in (role.fqcn, role.short_name))) if role else []


def topics(handler: PlanTask) -> list[str]:
    """Return the topics a handler listens to, as written: they are no templates."""
    named = [str(each) for each in many(handler.task.keywords.get("listen"))]
    return [each for name in named for each in (name, *_with_role(handler, name))]


def meant_by(play: PlaySession, name: str) -> list[PlanTask]:
    """Return the handlers a notification starts, in order of definition: one of that name, and all that listen to it.

    Of several with one name, the list that was read last decides, and in one list the first.
    """
    lists: dict[tuple[int, ...], list[PlanTask]] = {}
    for handler in play.handlers:
        lists.setdefault(handler.key[:-1], []).append(handler)
    ordered = [handler for handlers in reversed(lists.values()) for handler in handlers]
    named = next((handler for handler in ordered if name in handler_names(play, handler)), None)
    listening: dict[tuple[str, ...], PlanTask] = {}
    for handler in ordered:
        if name in topics(handler):
            listening.setdefault(tuple(handler_names(play, handler)[:1]) or (str(handler.key),), handler)
    meant = [named, *listening.values()]
    return [handler for handler in play.handlers if any(handler is each for each in meant)]


def notify(play: PlaySession, task: PlanTask, host: HostState, label: TaskLabel) -> None:
    """Mark the handlers that a changed task notifies as pending on a host. Raises ParseError for a handler that does not exist."""
    raw = task.task.keywords.get("notify", task.keyword("notify"))
    if raw is None:
        return
    view = play.view(host, task)
    for each in many(play.run.templar.render(raw, view)):
        if each is None or each is play.run.omit:
            continue
        name = str(each)
        found = meant_by(play, name)
        if not found:
            _missing(play, task, name, raw)
        for handler in found:
            host.pending.setdefault(handler.key, name)
            play.run.emit(Notified(host.name, label, name))


def _missing(play: PlaySession, task: PlanTask, name: str, raw: Any) -> None:
    known = [each for handler in play.handlers for each in (*handler_names(play, handler), *topics(handler))]
    message = f"The requested handler '{name}' was not found in either the main handlers list nor in the listening handlers list"
    if not play.run.options.error_on_missing_handler:
        play.run.warn(message, task.position)
        return
    raise ParseError(
        message,
        exit_code=1,
        position=position_of(raw) or task.position,
        expected="the name of a handler, or a topic one listens to",
        found=f"'{name}'",
        nearest=nearest_names(name, known),
        remedy="correct the name in 'notify', or define the handler",
    )
