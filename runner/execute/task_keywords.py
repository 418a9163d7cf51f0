"""The keywords of a task on one host, rendered: flags, environment, time limit, and the context they make for its module."""

from collections.abc import Mapping
from typing import Any

from runner import find
from runner.connect.become import shown
from runner.errors import ParseError, RunnerError, UndefinedVariable
from runner.execute.context import TaskContext
from runner.execute.foreign import connections
from runner.execute.hosts import HostState
from runner.execute.reach import Links, address_of, become_of, interpreter_of
from runner.execute.session import PlaySession
from runner.model.address import Address
from runner.model.event import Noted, Output, TaskLabel
from runner.model.keywords import type_word
from runner.model.plan import PlanTask
from runner.model.text import Template
from runner.model.variables import MISSING, Variables
from runner.plan.keyword_value import number, truth, whole_number
from runner.position import Position, position_of
from runner.variables.view import View


class TaskKeywords:
    """Reads the keywords of one task for one host. view: the host's variables in the task."""

    def __init__(self, play: PlaySession, task: PlanTask, host: HostState, label: TaskLabel) -> None:
        self.play = play
        self.task = task
        self.host = host
        self.label = label
        self.run = play.run
        self.view = play.view(host, task)
        self.no_log = False

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

    def _check_delegate(self, view: View) -> None:
        """Refuse a delegate_to that comes out empty, also where the condition is false: else the task would run on the wrong host.

        Raises ParseError. What cannot be rendered is told when the task is about to run.
        """
        value = self.task.keyword("delegate_to")
        if not isinstance(value, Template):
            return
        try:
            rendered = self.run.templar.render(value, view)
        except RunnerError:
            return
        if rendered == "":
            raise ParseError(
                f'Empty hostname produced from delegate_to: "{value}"',
                position=position_of(value) or self.task.position,
                expected="the name of a host",
                found="nothing",
                remedy="give the variable a value, or write `| default(omit)` to run on the task's own host",
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
        address = address_of(target, self.task, reach, render, options, self.play.playbook_dir, connections(self.run))
        if target is not self.host:
            view = view.over(self._of_delegate(target, reach, address))
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
        self._tell(context)
        return context

    def _tell(self, context: TaskContext) -> None:
        """Let the run know of what a task says while it runs, and of the user it becomes, whose password is not to be shown."""
        options = self.run.options
        if options.task_output and not self.no_log:
            context.on_output = lambda stream, data: self.run.emit(
                Output(self.host.name, self.label, f"std{stream}", data.decode("utf-8", "replace"))
            )
        if context.become and context.become.password:
            self.run.conceal([context.become.password])
        if context.become and options.verbosity > 3:
            self.run.emit(Noted(f"<{context.target.name}> BECOME {shown(context.become)}", 4))

    def _rendered(self, value: Any, view: Variables) -> Any:
        """Return a keyword's rendered value; `omit` is as if it were not there."""
        rendered = self.run.templar.render(value, view)
        return None if rendered is self.run.omit or rendered == self.run.omit else rendered

    def _environment(self, view: View) -> dict[str, str]:
        found: dict[str, str] = {}
        for layer in self.task.frame.environment:
            rendered = self._environment_layer(layer, view)
            if isinstance(rendered, Mapping):
                found.update({str(key): _environment_text(value) for key, value in rendered.items() if value is not self.run.omit})
            elif rendered not in (None, "", self.run.omit):
                self._no_environment(rendered, position_of(layer) or self.task.position)
        return found

    def _environment_layer(self, layer: Any, view: View) -> Any:
        gathers = find.short_name(str(self.task.task.action)) in ("setup", "gather_facts")
        try:
            return self._without_facts(layer, view) if gathers else self.run.templar.render(layer, view)
        except UndefinedVariable as error:
            said = "The field 'environment' has an invalid value, which includes an undefined variable. The error was: "
            error.message = said + error.message
            raise

    def _no_environment(self, value: Any, at: Position) -> None:
        """Say that a value has no NAME: value lines; with --strict raise ParseError."""
        if not self.run.options.strict:
            shown = "no_log is set for this task" if self.no_log else repr(value)
            self.run.warn(f"could not parse environment value, skipping: {shown}", at)
            return
        raise ParseError(
            "environment must be a dictionary, or a list of dictionaries",
            position=at,
            expected="NAME: value lines",
            found=f"a {type_word(value)}",
            remedy="write NAME: value lines under environment",
        )

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

    def _of_delegate(self, target: HostState, reach: View, address: Address) -> dict[str, Any]:
        """Return the variables that a delegated task has of the host it runs on."""
        delegated = {"ansible_host": self.play.default_address(target), **_delegated(reach, self._rendered)}
        layer: dict[str, Any] = {"ansible_delegated_vars": {target.name: delegated}}
        own = self.play.host_view(self.host)
        if own.find("ansible_host") is MISSING:
            # a host without an address of its own is where the task runs
            layer["ansible_host"] = delegated["ansible_host"]
        if own.find("ansible_connection") is MISSING:
            layer["ansible_connection"] = address.extra.get("plugin", address.kind)
        return layer

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
