"""One try of one task (or loop item) on one host: arguments, the action or module, and what the result means."""

import traceback
from collections.abc import Callable, Mapping
from typing import Any

from runner import find
from runner.errors import RunnerError, TaskError, TemplateError, UndefinedVariable, UnknownModule, Unreachable, nearest_names
from runner.execute import foreign, foreign_action, module_defaults
from runner.execute.background import run_async
from runner.execute.context import TaskContext
from runner.execute.overriding import own_module
from runner.execute.rendered import still_templates, without_omitted
from runner.execute.result import complete
from runner.execute.resumed import whole
from runner.execute.session import PlaySession
from runner.model.plan import PlanTask
from runner.model.text import Map, Template
from runner.plan.arguments import prepare, secrets_of
from runner.plan.keyword_value import whole_number
from runner.position import position_of

# Actions that accept `async` and wait, as Ansible's do in front of a module.
BACKGROUND = frozenset({"package", "service", "uri"})
RAW_KEYS = frozenset({"set_fact"})


def resolve(task: PlanTask, play: PlaySession, render: Callable[[Any], Any], name: str) -> find.Found:
    """Return what the task's module name stands for: one of ours, else one found where Ansible looks. Raises UnknownModule."""
    found = find.action(name)
    if found is not None and found.kind in ("module", "action"):
        return own_module(task, play, render, name, found.kind) or found
    if found is None and (module := foreign.located(task, play, render, name)) is not None:
        # a name may lead to one of ours, as the old short names of collections do
        found = find.action(module.name) or find.Found("foreign", module.name)
    if found is None:
        raise UnknownModule(
            f"couldn't resolve module/action '{name}'. This often indicates a misspelling, missing collection, or incorrect module path.",
            position=position_of(task.task.action) or task.position,
            expected="the name of a module",
            found=f"'{name}'",
            nearest=nearest_names(find.short_name(name), find.names()),
            remedy="correct the name; `muster doc` lists the modules there are",
        )
    return found


def arguments(task: PlanTask, context: TaskContext, found: find.Found, name: str) -> dict[str, Any]:
    """Return the task's arguments rendered: module defaults below, then `args`, then what stands with the module."""
    given = Map(position=position_of(task.task.args) or task.position)
    given.update(module_defaults.for_task(task, context, found))
    written = task.task.args
    rendered: dict[str, Any] = {}
    for key, value in written.items():
        if key in ("_variable_params", "_extra_params"):
            continue
        shown = context.render(Template(key, position_of(key))) if found.name in RAW_KEYS and "{{" in key else key
        # a secret that becomes a variable stays encrypted until something uses it
        made = context.templar.render(value, context.variables, decrypt=found.name not in RAW_KEYS)
        rendered[shown] = still_templates(context.templar, value, made) if found.name in RAW_KEYS else made
    for key in ("_extra_params", "_variable_params"):
        if key in written:
            extra = context.render(written[key])
            if isinstance(extra, Mapping):
                given.update(extra)
            elif extra not in ("", None):
                given["_raw_params"] = extra
    given.update(rendered)
    return without_omitted(given)  # type: ignore[no-any-return]


async def attempt(task: PlanTask, context: TaskContext) -> dict[str, Any]:
    """Run the task once and return its complete result. A user's mistake or a refused become is a failed result."""
    try:
        name = str(context.render(task.task.action))
        found = resolve(task, context.play, context.render, name)
        args = _arguments(task, context, found, name)
        answer = await _run(task, context, found, args)
    except Unreachable as error:
        # the words that playbooks and scripts look for
        said = f"Failed to connect to the host via ssh: {error.message}" if context.address.kind == "ssh" else error.message
        return {"unreachable": True, "changed": False, "msg": said, "_muster": told(error, task)}
    except RunnerError as error:
        return failure(error, task)
    return complete(answer)


def _arguments(task: PlanTask, context: TaskContext, found: find.Found, name: str) -> dict[str, Any]:
    try:
        return arguments(task, context, found, name)
    except UndefinedVariable as error:
        error.message = f"The task includes an option with an undefined variable. The error was: {error.message}"
        raise


async def _run(task: PlanTask, context: TaskContext, found: find.Found, args: dict[str, Any]) -> dict[str, Any]:
    if task.task.keywords.get("async") is not None:
        value = task.task.keywords["async"]
        seconds = whole_number("async", context.render(value) or 0, position_of(value) or task.position)
        if seconds > 0 and found.kind == "module":
            return await run_async(task, context, found.name, args, seconds)
        if seconds > 0 and found.kind == "foreign":
            given, code = await foreign.request(task, context, found.name, args)
            return await run_async(task, context, foreign.RUN, given, seconds, code)
        if seconds > 0 and found.kind == "action" and found.name not in BACKGROUND:
            raise TaskError(
                f"This action ({task.task.action}) does not support async.",
                position=position_of(value) or task.position,
                expected="a module that does its work on the host",
                found=f"{found.name}, which works on the control machine",
                remedy="remove async and poll from the task",
            )
    if found.kind == "foreign":
        answer = await _foreign(task, context, found.name, args)
    elif found.kind == "module":
        answer = await context.call(found.name, args)
    else:
        action = find.load_action(found.name)
        checked = prepare(found.name, action.ARGUMENTS, args, position_of(task.task.args) or task.position)
        secrets = secrets_of(action.ARGUMENTS, checked)
        context.play.run.conceal(secrets)
        answer = await whole(found.name, checked, context, action.run, secret=bool(secrets))
    return answer


async def _foreign(task: PlanTask, context: TaskContext, name: str, args: dict[str, Any]) -> dict[str, Any]:
    """Run a module that is not ours, or the action plugin in front of it."""
    room = context.play.run.foreign
    module = room.module(name, foreign.near(task, context.play, context.render)) if room is not None else None
    if module is not None and module.action is not None and not foreign.works_alone(module, args):
        return await foreign_action.run(task, context, module, args)
    return await foreign.run_module(task, context, name, args)


def failure(error: RunnerError, task: PlanTask) -> dict[str, Any]:
    """Return the failed result of a user's mistake."""
    result = {"changed": False, **error.result, "failed": True, "msg": error.message, "_muster": told(error, task)}
    if isinstance(error, UndefinedVariable):
        # whoever looks at the registered message finds the place in it, as Ansible has it
        result["msg"] += f"\n\n{(error.position or task.position).sentence()}"
        result["_muster"]["message"] = error.message
    cause = error.__cause__
    foreign = cause is not None and not type(cause).__module__.startswith(("jinja2", "runner"))
    # values of a wrong kind are the user's mistake, which the message explains
    if isinstance(error, TemplateError) and foreign and not isinstance(cause, TypeError):
        result["exception"] = "".join(traceback.format_exception(cause))
    return result


def told(error: RunnerError, task: PlanTask) -> dict[str, Any]:
    """Return an error's explanation as plain data for the report."""
    position = error.position or task.position
    return {
        "kind": type(error).__name__,
        "position": {"file": position.file, "line": position.line, "column": position.column},
        "expected": error.expected,
        "found": error.found,
        "nearest": list(error.nearest),
        "remedy": error.remedy,
        "trail": [str(each) for each in error.trail],
    }


def judge(task: PlanTask, context: TaskContext, result: dict[str, Any], register: str | None) -> dict[str, Any]:
    """Apply `failed_when` and `changed_when` to a result and return it."""
    keywords = task.task.keywords
    if result.get("unreachable") or result.get("skipped"):
        return result
    wrong = "failed_when" in keywords or "changed_when" in keywords
    if not wrong:
        return result
    view = context.variables.over({register: result}) if register else context.variables.over({})
    for word, key in (("changed_when", "changed"), ("failed_when", "failed")):
        if word not in keywords or keywords[word] is None:
            continue
        conditions = keywords[word] if isinstance(keywords[word], list) else [keywords[word]]
        try:
            verdict = all(context.templar.condition(each, view, task.position) for each in conditions)
        except TemplateError as error:
            result.update(failed=True, msg=error.message, _muster=told(error, task))
            result[f"{word}_result"] = f"The conditional check failed. The error was: {error.message}"
            continue
        result[key] = verdict
        if word == "failed_when":
            result["failed_when_result"] = verdict
    return result

