"""One task on one host: its condition, its loop, its retries, and what is registered."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from runner import find
from runner.errors import ParseError, RunnerError, UndefinedVariable, nearest_names
from runner.execute.attempt import attempt, failure, judge
from runner.execute.context import TaskContext
from runner.execute.hosts import HostState
from runner.execute.items import Items, items_go_ahead
from runner.execute.membership import change_inventory
from runner.execute.reach import Links, address_of, become_of, interpreter_of
from runner.execute.rendered import loop_items, loosely
from runner.execute.result import of_items, shown, skipped, status_of
from runner.execute.session import PlaySession
from runner.model.event import ItemFinished, Output, Retrying, TaskLabel
from runner.model.keywords import LOOP_CONTROL, type_word
from runner.model.plan import PlanTask
from runner.model.text import Template, Text
from runner.model.variables import Variables
from runner.plan.convert import to_bool
from runner.plan.keyword_value import number, truth, whole_number
from runner.plan.names import full_name
from runner.position import Position, position_of
from runner.variables.view import View


class Outcome:
    """What a task came to on one host: the full result, and the contexts whose effects are to be applied."""

    __slots__ = ("contexts", "delegated", "ignored", "items", "no_log", "result", "seconds")

    def __init__(self, result: dict[str, Any], contexts: list[tuple[TaskContext, dict[str, Any]]], *, items: bool = False) -> None:
        self.result = result
        self.contexts = contexts
        self.items = items
        self.ignored = False
        self.no_log = False
        self.delegated: str | None = None
        self.seconds = 0.0


class TaskRun:
    """Runs one task on one host."""

    def __init__(self, play: PlaySession, task: PlanTask, host: HostState, links: Links, label: TaskLabel) -> None:
        self.play = play
        self.task = task
        self.host = host
        self.links = links
        self.label = label
        self.run = play.run
        self.view = play.view(host, task)
        self.no_log = False

    async def outcome(self) -> Outcome:
        """Run the task, its loop and retries; never raises for what is the user's or the host's fault."""
        begun = time.monotonic()
        try:
            found = await self._outcome()
        except RunnerError as error:
            found = Outcome(failure(error, self.task), [])
        found.no_log = self.no_log
        found.ignored = self._ignored(found.result)
        found.seconds = time.monotonic() - begun
        return found

    async def _outcome(self) -> Outcome:
        self.no_log = self._flag("no_log", False)
        self._check_values()
        if self.task.task.loop is None:
            context, result = await self._item(self.view, None, self.links)
            outcome = Outcome(result, [(context, result)] if context else [])
            outcome.delegated = context.target.name if context and context.target is not self.host else None
            return outcome
        return await self._loop()

    def _check_values(self) -> None:
        """Refuse keywords of a wrong kind that are looked at only after the task, or not at all by the module. Raises ParseError."""
        for word in ("ignore_errors", "ignore_unreachable", "delegate_facts", "any_errors_fatal"):
            value = self.task.keyword(word)
            if value is not None and not isinstance(value, Template):
                truth(word, value, position_of(value) or self.task.position)
        port = self.task.keyword("port")
        if port is not None and not isinstance(port, Template):
            whole_number("port", port, position_of(port) or self.task.position)

    def _flag(self, word: str, default: bool, view: View | None = None) -> bool:
        value = self.task.keyword(word)
        if value is None:
            return default
        rendered = self._rendered(value, view or self.view)
        if rendered is None or rendered == "":
            return default
        return truth(word, rendered, position_of(value) or self.task.position)

    def _ignored(self, result: Mapping[str, Any]) -> bool:
        try:
            if result.get("unreachable"):
                return self._flag("ignore_unreachable", False)
            return bool(result.get("failed")) and self._flag("ignore_errors", False)
        except RunnerError:
            return False

    # -- loop ---------------------------------------------------------------------------------------------------------

    async def _loop(self) -> Outcome:
        items = self._items()
        if items is None:
            return Outcome(skipped("Conditional result was False"), [])
        control = self._control()
        results: list[dict[str, Any]] = []
        contexts: list[tuple[TaskContext, dict[str, Any]]] = []
        runs = self._runs_of(items, control)
        for at, item in enumerate(items):
            if at and control.get("pause"):
                await asyncio.sleep(number("pause", control["pause"], self._control_position()))
            view, (context, result) = await runs.take(at)
            result = self._item_result(result, item, control, view)
            results.append(result)
            if context is not None:
                contexts.append((context, result))
                self._keep_facts(context, result)
            self._tell_item(result, context)
            if self._broken_off(control, view, result):
                break
        result = of_items(results)
        outcome = Outcome(result, contexts, items=bool(results))
        outcome.delegated = next((each.target.name for each, _ in contexts if each.target is not self.host), None)
        return outcome

    def _runs_of(self, items: list[Any], control: Mapping[str, Any]) -> Items:
        return Items(
            lambda: self.view,
            items,
            lambda at, item: self._item_layer(items, at, item, control),
            self._item,
            self.links,
            self.run.emit,
            ahead=not self.run.options.task_output and items_go_ahead(self.task, control),
        )

    def _keep_facts(self, context: TaskContext, result: Mapping[str, Any]) -> None:
        """Let the next item see the facts, hosts and groups that this one added."""
        change_inventory(self.play, context)
        facts = result.get("ansible_facts")
        if context.effects.get("facts") == "set_fact" and isinstance(facts, Mapping) and not result.get("failed"):
            self.host.set_facts.update(facts)
            self.view = self.play.view(self.host, self.task)

    def _items(self) -> list[Any] | None:
        """Return the items; None when they are undefined but the condition is false without them."""
        assert self.task.task.loop is not None
        name, value = self.task.task.loop
        try:
            items = loop_items(self.run.templar, name, value, self.view, str(self.task.task.action))
        except UndefinedVariable:
            try:
                if self._false_condition(self.view) is not None:
                    return None
            except RunnerError:
                pass
            raise
        if not isinstance(items, list):
            raise ParseError(
                "Invalid data passed to 'loop', it requires a list, got this instead: "
                f"{items}. Hint: If you passed a list/dict of just one element, try adding wantlist=True to your lookup invocation "
                "or use q/query instead of lookup.",
                position=position_of(value) or self.task.position,
                expected="a list",
                found=f"a {type_word(items)}",
                remedy="use the dict2items filter" if isinstance(items, Mapping) else f"write a list, such as loop: [{items}]",
            )
        return items

    def _control(self) -> dict[str, Any]:
        given = self.run.templar.render(self._control_raw(), self.view)
        for key in given:
            if key not in LOOP_CONTROL:
                raise ParseError(
                    f"'{key}' is not a valid attribute for a LoopControl",
                    position=position_of(key) or self.task.position,
                    nearest=nearest_names(str(key), LOOP_CONTROL),
                    remedy="correct the spelling or remove the key",
                )
        return dict(given)

    def _control_raw(self) -> Any:
        raw = self.task.task.keywords.get("loop_control") or {}
        if not isinstance(raw, dict):
            return raw
        return {key: value for key, value in raw.items() if key not in ("label", "break_when")}

    def _control_position(self) -> Position:
        return position_of(self.task.task.keywords.get("loop_control")) or self.task.position

    def _item_layer(self, items: list[Any], at: int, item: Any, control: Mapping[str, Any]) -> dict[str, Any]:
        var = str(control.get("loop_var") or "item")
        layer = {var: item, "ansible_loop_var": var}
        if control.get("index_var"):
            layer[str(control["index_var"])] = at
            layer["ansible_index_var"] = control["index_var"]
        if control.get("extended") and to_bool(control["extended"]):
            layer["ansible_loop"] = _extended(items, at, to_bool(control.get("extended_allitems", True)))
        return layer

    def _item_result(self, result: dict[str, Any], item: Any, control: Mapping[str, Any], view: View) -> dict[str, Any]:
        var = str(control.get("loop_var") or "item")
        result[var] = item
        result["ansible_loop_var"] = var
        if control.get("index_var"):
            result["ansible_index_var"] = control["index_var"]
            result[str(control["index_var"])] = view.find(str(control["index_var"]))
        extended = view.layers[0].get("ansible_loop")
        if extended is not None:
            result["ansible_loop"] = extended
        raw = self.task.task.keywords.get("loop_control") or {}
        label = raw.get("label") if isinstance(raw, dict) else None
        if label is not None:
            result["_ansible_item_label"] = self.run.templar.render(label, view)
        else:
            result["_ansible_item_label"] = item
        if self._ignored(result):
            result["_ansible_ignore_errors"] = True
        return result

    def _tell_item(self, result: Mapping[str, Any], context: TaskContext | None) -> None:
        label = "None" if self.no_log else _item_text(result.get("_ansible_item_label"))
        delegated = context.target.name if context is not None and context.target is not self.host else None
        self.run.emit(
            ItemFinished(
                self.host.name,
                self.label,
                status_of(result),
                shown(result, no_log=self.no_log, secrets=self.run.secrets),
                label,
                delegated,
                bool(result.get("_ansible_ignore_errors")),
            )
        )

    def _broken_off(self, control: Mapping[str, Any], view: View, result: dict[str, Any]) -> bool:
        raw = self.task.task.keywords.get("loop_control")
        conditions = raw.get("break_when") if isinstance(raw, dict) else None
        if not conditions:
            return False
        register = self._register(view)
        inner = view.over({register: result}) if register else view
        return all(self.run.templar.condition(each, inner) for each in (conditions if isinstance(conditions, list) else [conditions]))

    # -- one item -----------------------------------------------------------------------------------------------------

    def _register(self, view: View) -> str | None:
        value = self.task.task.keywords.get("register")
        return str(self.run.templar.render(value, view)) if value else None

    def _false_condition(self, view: View) -> Any:
        """Return the first condition that does not hold, else None."""
        for condition in self.task.frame.when:
            if not self.run.templar.condition(condition, view):
                return condition
        return None

    async def _item(self, view: View, item: Any, links: Links) -> tuple[TaskContext | None, dict[str, Any]]:
        try:
            false = self._false_condition(view)
            if false is not None:
                return None, skipped("Conditional result was False", false if isinstance(false, (bool, str)) else str(false))
            context = self._context(view, links)
        except RunnerError as error:
            return None, failure(error, self.task)
        return context, await self._tries(context, view)

    async def _tries(self, context: TaskContext, view: View) -> dict[str, Any]:
        keywords = self.task.task.keywords
        register = self._register(view)
        until = keywords.get("until")
        retries = keywords.get("retries")
        if until is None and retries is None:
            return judge(self.task, context, await attempt(self.task, context), register)
        at = self.task.position
        tries = whole_number("retries", context.render(retries), position_of(retries) or at) + 1 if retries is not None else 4
        wait = keywords.get("delay")
        delay = number("delay", context.render(wait), position_of(wait) or at) if wait is not None else 5.0
        result: dict[str, Any] = {}
        for turn in range(1, max(tries, 1) + 1):
            result = await attempt(self.task, context)
            result["attempts"] = turn
            result = judge(self.task, context, result, register)
            if result.get("unreachable"):
                return result
            try:
                if self._reached(until, context, result, register):
                    return result
            except RunnerError as error:
                return failure(error, self.task)
            if turn < tries:
                self._tell_retry(result, turn, tries - turn)
                await asyncio.sleep(max(delay, 0))
        result.update(attempts=max(tries - 1, 1), failed=True)
        return result

    def _reached(self, until: Any, context: TaskContext, result: dict[str, Any], register: str | None) -> bool:
        if until is None:
            return not result.get("failed")
        view = context.variables.over({register: result}) if register else context.variables.over({})
        conditions = until if isinstance(until, list) else [until]
        return all(self.run.templar.condition(each, view) for each in conditions)

    def _tell_retry(self, result: Mapping[str, Any], number: int, left: int) -> None:
        self.run.emit(
            Retrying(self.host.name, self.label, number, left, shown(result, no_log=self.no_log, secrets=self.run.secrets))
        )

    def _context(self, view: View, links: Links) -> TaskContext:
        target = self.host
        render = self._rendered
        options = self.run.options
        delegate = self.task.keyword("delegate_to")
        reach: View = view
        if delegate is not None:
            name = render(delegate, view)
            if name is not None and name != "":
                target = self.run.delegate(str(name))
        if target is not self.host:
            reach = self.play.host_view(target).over(_task_connection(self.task, view))
            view = view.over({"ansible_delegated_vars": {target.name: _delegated(reach, render)}})
        address = address_of(target, self.task, reach, render, options)
        check = self._flag("check_mode", options.check, view)
        context = TaskContext(
            play=self.play,
            plan=self.task,
            host=self.host,
            target=target,
            variables=view,
            links=links,
            address=address,
            label=self.label,
            become=become_of(self.task, view if target is self.host else _become_view(view, reach), render, options, address),
            interpreter=interpreter_of(address, reach, render, options),
            check=check,
            diff=self._flag("diff", options.diff, view),
            no_log=self.no_log,
            environment=self._environment(view),
            deadline=self._deadline(view),
        )
        if options.task_output and not self.no_log:
            context.on_output = lambda stream, data: self.run.emit(
                Output(self.host.name, self.label, f"std{stream}", data.decode("utf-8", "replace"))
            )
        if context.become and context.become.password:
            self.run.conceal([context.become.password])
        return context

    def _rendered(self, value: Any, view: Variables) -> Any:
        """Return a keyword's rendered value; `omit` is as if it were not there."""
        rendered = self.run.templar.render(value, view)
        return None if rendered is self.run.omit or rendered == self.run.omit else rendered

    def _environment(self, view: View) -> dict[str, str]:
        found: dict[str, str] = {}
        for layer in self.task.frame.environment:
            gathers = find.short_name(str(self.task.task.action)) in ("setup", "gather_facts")
            rendered = self._without_facts(layer, view) if gathers else self.run.templar.render(layer, view)
            if isinstance(rendered, Mapping):
                found.update({str(key): _environment_text(value) for key, value in rendered.items() if value is not self.run.omit})
            elif rendered not in (None, "", self.run.omit):
                raise ParseError(
                    "environment must be a dictionary, or a list of dictionaries",
                    position=position_of(layer) or self.task.position,
                    expected="NAME: value lines",
                    found=f"a {type_word(rendered)}",
                    remedy="write NAME: value lines under environment",
                )
        return found

    def _without_facts(self, layer: Any, view: View) -> Any:
        """Return an environment rendered without what names the host's own, which is known only after this very task."""
        if not isinstance(layer, Mapping):
            return self.run.templar.render(layer, view)
        found = {}
        for key, value in layer.items():
            try:
                found[key] = self.run.templar.render(value, view)
            except UndefinedVariable as error:
                if "env" not in error.message:
                    raise
        return found

    def _deadline(self, view: View) -> float | None:
        value = self.task.keyword("timeout")
        rendered = self._rendered(value, view)
        seconds = self.run.options.task_timeout
        if rendered is not None:
            seconds = number("timeout", rendered, position_of(value) or self.task.position, kind="int")
        return seconds if seconds > 0 else None


def _environment_text(value: Any) -> str:
    return str(value) if value is not None else ""


def _task_connection(task: PlanTask, view: View) -> dict[str, Any]:
    """Return the connection variables that a delegated task sets in its own `vars`, which go above those of the delegate."""
    found: dict[str, Any] = {}
    for layer in task.frame.vars[-1:] if task.task.keywords.get("vars") else ():
        found.update({key: value for key, value in layer.items() if str(key).startswith("ansible_")})
    return found


def _become_view(view: View, reach: View) -> View:
    """Return the variables for `become` on a delegate: its own ansible_become_* first, then the task's."""
    own = {name: reach.find(name) for name in reach.names() if name.startswith("ansible_become")}
    return view.over(own) if own else view


_DELEGATED = ("ansible_host", "ansible_port", "ansible_user", "ansible_connection", "inventory_hostname")


def _delegated(reach: View, render: Any) -> dict[str, Any]:
    return {name: render(reach.find(name), reach) for name in _DELEGATED if name in set(reach.names())}


def _extended(items: list[Any], at: int, everything: bool) -> dict[str, Any]:
    length = len(items)
    loop: dict[str, Any] = {
        "index": at + 1,
        "index0": at,
        "first": at == 0,
        "last": at + 1 == length,
        "length": length,
        "revindex": length - at,
        "revindex0": length - at - 1,
    }
    if everything:
        loop["allitems"] = items
    if at + 1 < length:
        loop["nextitem"] = items[at + 1]
    if at:
        loop["previtem"] = items[at - 1]
    return loop


def _item_text(label: Any) -> str:
    return str(label) if not isinstance(label, Text) else str.__str__(label)


def task_label(play: PlaySession, task: PlanTask, view: View | None, uid: str) -> TaskLabel:
    """Return how a task is named to people; the name is rendered as far as its variables are known."""
    given = task.task.keywords.get("name")
    action = str(task.task.action)
    name = loosely(play.run.templar, given, view or play.play_view()) if given is not None else ""
    role = task.frame.role
    return TaskLabel(
        uid=uid,
        name=full_name(task, str(name)),
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


def without_trace(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result as it is registered: without what is only for the report."""
    return {key: value for key, value in result.items() if key != "_muster"}

