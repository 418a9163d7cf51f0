"""What a finished task changes in the run: registered results, facts, hosts and groups, statistics, notified handlers."""

from collections.abc import Mapping
from typing import Any

from runner.execute.context import TaskContext
from runner.execute.hosts import HostState
from runner.execute.membership import change_inventory
from runner.execute.outcome import Outcome, without_trace
from runner.execute.session import PlaySession
from runner.model.event import TaskLabel
from runner.model.plan import PlanTask
from runner.model.text import Encrypted
from runner.template.lazy import deep


def apply(play: PlaySession, task: PlanTask, host: HostState, outcome: Outcome, everywhere: list[HostState]) -> None:
    """Take in the outcome of a task on a host. everywhere: the hosts a run_once result counts for, `host` among them."""
    for context, result in outcome.contexts:
        for each in everywhere:
            _facts(play, task, each, context, result)
        change_inventory(play, context)
        _stats(play, context)
    register = task.task.keywords.get("register")
    if register is not None:
        name = str(play.run.templar.render(register, play.view(host, task)))
        for each in everywhere:
            each.set_facts[name] = registered(outcome)


def registered(outcome: Outcome) -> dict[str, Any]:
    """Return a result as other tasks see it."""
    result = _clean(without_trace(outcome.result))
    # how the module was called is told by the display alone, save in the results of a loop
    result.pop("invocation", None)
    if "results" in result and isinstance(result["results"], list):
        result["results"] = [_clean(without_trace(each)) if isinstance(each, dict) else each for each in result["results"]]
    # a result is data, also where it repeats what the user wrote
    return deep(result, None, lambda leaf: leaf if isinstance(leaf, Encrypted) else str(leaf))  # type: ignore[no-any-return]


def failed_task(task: PlanTask, label: TaskLabel) -> dict[str, Any]:
    """Return what `ansible_failed_task` tells a rescue: name, action, arguments and the task's keywords as they are written."""
    name = label.name.removeprefix(f"{label.role} : ") if "name" in task.task.keywords else ""
    written = {**task.task.keywords, "args": task.task.args}
    return {**deep(written, None, str), "name": name, "action": label.action}  # type: ignore[dict-item]


def _clean(result: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in result.items() if not key.startswith("_ansible_") or key == "_ansible_no_log"}


def _facts(play: PlaySession, task: PlanTask, host: HostState, context: TaskContext, result: Mapping[str, Any]) -> None:
    facts = result.get("ansible_facts")
    if not isinstance(facts, Mapping) or result.get("failed"):
        return
    to_delegate = context.target is not context.host and play.flag(task.keyword("delegate_facts"), False)
    owner = context.target if to_delegate else host
    kind = context.effects.get("facts", "facts")
    if kind == "none":
        return
    if kind == "include_vars":
        owner.include_vars.update(facts)
    elif kind == "set_fact":
        owner.set_facts.update(facts)
        if context.effects.get("cacheable"):
            owner.facts.add(facts)
            play.run.keep_facts(owner)
    else:
        owner.facts.add(facts)
        if context.effects.get("gathered"):
            owner.gathered = True
        play.run.keep_facts(owner)


def _stats(play: PlaySession, context: TaskContext) -> None:
    stats = context.effects.pop("stats", None)
    if stats is not None:
        host = context.host.name if stats["per_host"] else None
        play.run.stats.set(stats["data"], host, stats["aggregate"])
