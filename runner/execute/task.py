"""One task on one host: its condition, its loop, its retries, and what is registered."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from runner.errors import ParseError, RunnerError, UndefinedVariable
from runner.execute.attempt import attempt, failure, judge
from runner.execute.context import TaskContext
from runner.execute.hosts import HostState
from runner.execute.items import Items, items_go_ahead
from runner.execute.loop import control_of, control_position, item_layer, item_text, per_item
from runner.execute.membership import change_inventory
from runner.execute.outcome import Outcome
from runner.execute.reach import Links
from runner.execute.rendered import loop_items
from runner.execute.result import has_failed, of_items, shown, skipped, status_of
from runner.execute.session import PlaySession
from runner.execute.task_keywords import TaskKeywords
from runner.model.event import ItemFinished, Retrying, TaskLabel
from runner.model.keywords import type_word
from runner.model.plan import PlanTask
from runner.plan.keyword_value import number, whole_number
from runner.position import position_of
from runner.variables.view import View


class TaskRun(TaskKeywords):
    """Runs one task on one host."""

    def __init__(self, play: PlaySession, task: PlanTask, host: HostState, links: Links, label: TaskLabel) -> None:
        super().__init__(play, task, host, label)
        self.links = links

    async def outcome(self) -> Outcome:
        """Run the task, its loop and retries; never raises for what is the user's or the host's fault."""
        begun = time.monotonic()
        try:
            found = await self._outcome()
        except RunnerError as error:
            found = Outcome(failure(error, self.task), [])
        found.no_log = self.no_log
        bad = [each for each in found.result["results"] if each.get("unreachable") or has_failed(each)] if found.items else []
        # of a loop, each item says for itself whether it is let pass
        found.ignored = all(each.get("_ansible_ignore_errors") for each in bad) if bad else self._ignored(found.result, self.view)
        found.seconds = time.monotonic() - begun
        return found

    async def _outcome(self) -> Outcome:
        self._check_values()
        if self.task.task.loop is None:
            self.no_log = self._flag("no_log", self.run.options.no_log)
            context, result = await self._item(self.view, None, self.links)
            outcome = Outcome(result, [(context, result)] if context else [])
            outcome.delegated = context.target.name if context and context.target is not self.host else None
            return outcome
        return await self._loop()

    def _ignored(self, result: Mapping[str, Any], view: View) -> bool:
        try:
            if result.get("unreachable"):
                return self._flag("ignore_unreachable", False, view)
            return bool(result.get("failed")) and self._flag("ignore_errors", False, view)
        except RunnerError:
            return False

    # -- loop ---------------------------------------------------------------------------------------------------------

    async def _loop(self) -> Outcome:
        try:
            self.no_log = self._flag("no_log", self.run.options.no_log)
        except UndefinedVariable:
            # it depends on the item; what is told of the loop itself stays hidden
            self.no_log = True
        items = self._items()
        if items is None:
            return Outcome(skipped("Conditional result was False"), [])
        control = control_of(self.task, self.run.templar, self.view)
        results: list[dict[str, Any]] = []
        contexts: list[tuple[TaskContext, dict[str, Any]]] = []
        runs = self._runs_of(items, control)
        for at, item in enumerate(items):
            if at and control.get("pause"):
                await asyncio.sleep(number("pause", control["pause"], control_position(self.task)))
            view, (context, result) = await runs.take(at)
            result = self._item_result(result, item, control, view)
            results.append(result)
            if context is not None:
                contexts.append((context, result))
                self._keep_facts(context, result)
            self._tell_item(result, context)
            if self._broken_off(control, view, result):
                break
        self.no_log = any(each.get("_ansible_no_log") for each in results)
        result = of_items(results)
        outcome = Outcome(result, contexts, items=bool(results))
        outcome.delegated = next((each.target.name for each, _ in contexts if each.target is not self.host), None)
        return outcome

    def _runs_of(self, items: list[Any], control: Mapping[str, Any]) -> Items:
        return Items(
            lambda: self.view,
            items,
            lambda at, item: item_layer(items, at, item, control),
            self._item_of_loop,
            self.links,
            self.run.emit,
            ahead=not self.run.options.task_output and items_go_ahead(self.task, control),
        )

    def _keep_facts(self, context: TaskContext, result: Mapping[str, Any]) -> None:
        """Let the next item see the facts, hosts and groups that this one added."""
        change_inventory(self.play, context)
        facts = result.get("ansible_facts")
        if context.effects.get("facts") == "set_fact" and isinstance(facts, Mapping) and not result.get("failed"):
            owner = context.target if self.play.flag(self.task.keyword("delegate_facts"), False) else self.host
            owner.set_facts.update(facts)
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
        self._label(result, item, view)
        if self._ignored(result, view):
            result["_ansible_ignore_errors"] = True
        return result

    def _label(self, result: dict[str, Any], item: Any, view: View) -> None:
        """Put into an item's result what is shown for it; the item fails when that cannot be rendered."""
        label = per_item(self.task, "label")
        result["_ansible_item_label"] = item
        if label is None:
            return
        try:
            register = self._register(view)
            result["_ansible_item_label"] = self.run.templar.render(label, view.over({register: result}) if register else view)
        except RunnerError as error:
            failed = failure(error, self.task)
            result.update(failed=True, msg=f"Failed to template loop_control.label: {error.message}", _muster=failed["_muster"])
            result["_muster"].pop("message", None)

    def _tell_item(self, result: Mapping[str, Any], context: TaskContext | None) -> None:
        label = "None" if result.get("_ansible_no_log") else item_text(result.get("_ansible_item_label"))
        delegated = context.target.name if context is not None and context.target is not self.host else None
        self.run.emit(
            ItemFinished(
                self.host.name,
                self.label,
                status_of(result),
                shown(result, no_log=False, secrets=self.run.secrets),
                label,
                delegated,
                bool(result.get("_ansible_ignore_errors")),
                context is not None and context.resumed,
            )
        )

    def _broken_off(self, control: Mapping[str, Any], view: View, result: dict[str, Any]) -> bool:
        conditions = per_item(self.task, "break_when")
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
            if not self.run.templar.condition(condition, view, self.task.position):
                return condition
        return None

    async def _item_of_loop(self, view: View, item: Any, links: Links) -> tuple[TaskContext | None, dict[str, Any]]:
        """Run the task for an item, which itself says that it is not to be shown: no_log may depend on it."""
        try:
            hidden = self.no_log = self._flag("no_log", self.run.options.no_log, view)
        except RunnerError as error:
            return None, failure(error, self.task)
        context, result = await self._item(view, item, links)
        if hidden:
            result["_ansible_no_log"] = True
        return context, result

    async def _item(self, view: View, item: Any, links: Links) -> tuple[TaskContext | None, dict[str, Any]]:
        try:
            self._check_delegate(view)
            false = self._false_condition(view)
            if false is not None:
                return None, skipped("Conditional result was False", false)
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
        return all(self.run.templar.condition(each, view, self.task.position) for each in conditions)

    def _tell_retry(self, result: Mapping[str, Any], number: int, left: int) -> None:
        self.run.emit(
            Retrying(self.host.name, self.label, number, left, shown(result, no_log=self.no_log, secrets=self.run.secrets))
        )
