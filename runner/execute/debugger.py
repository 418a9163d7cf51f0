"""The task debugger: after a failure (or where `debugger` says so) the user looks at the task, changes it and runs it again.

Commands and names are those of Ansible's (playbook guide, "Debugging tasks"): `task`, `task_vars`, `host` and `result` in Python.
"""

import asyncio
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from runner.errors import ParseError, RunnerError, nearest_names
from runner.execute.hosts import HostState
from runner.execute.outcome import Outcome, event_of
from runner.execute.reach import Links
from runner.execute.result import status_of
from runner.execute.session import PlaySession
from runner.execute.task import TaskRun
from runner.late import late
from runner.model.event import Noted, TaskLabel
from runner.model.plan import PlanTask
from runner.model.text import Map, trust
from runner.model.variables import MISSING
from runner.position import position_of
from runner.record import replace
from runner.template.lazy import deep
from runner.variables.view import View

if TYPE_CHECKING:
    import pprint
else:
    pprint = late("pprint")

WORDS = ("always", "never", "on_failed", "on_unreachable", "on_skipped")
LONG = {
    "p": "p", "pprint": "p", "u": "u", "update_task": "u", "r": "r", "redo": "r", "c": "c", "continue": "c", "q": "q", "quit": "q",
    "h": "h", "help": "h", "?": "h",
}  # fmt: skip
HELP = (
    "p EXPRESSION: print it (task, task.args, task_vars['name'], host, result._result)\n"
    "task.args['name'] = VALUE, task_vars['name'] = VALUE, del task_vars['name']: change it for the next try\n"
    "u, update_task: take changed variables into the arguments\n"
    "r, redo: run the task again   c, continue: go on   q, quit: end the run"
)


class Debugger:
    """Asks the user after a task. on: failures are looked at also where no `debugger` keyword says so (strategy debug, the setting)."""

    def __init__(self, play: PlaySession, links: Links, *, on: bool) -> None:
        self.play = play
        self.links = links
        self.on = on
        self.lock = asyncio.Lock()

    async def after(self, task: PlanTask, label: TaskLabel, host: HostState, outcome: Outcome) -> Outcome:
        """Return the outcome that counts: the one given, or that of the last try. Raises CancelledError when the user ends the run."""
        prompt = self.play.run.options.prompt
        while self._wanted(task, host, outcome):
            if prompt is None:
                self.play.run.warn("the debugger is not started: standard input is no terminal", task.position)
                return outcome
            async with self.lock:
                self.play.run.emit(event_of(host, label, status_of(outcome.result), outcome, self.play.run.secrets, rescued=False))
                outcome.told = True
                look = Look(self.play, task, label, host, outcome)
                if not await look.at(prompt):
                    return outcome
            task = look.changed()
            again = TaskRun(self.play, task, host, self.links, label)
            again.view = look.view()
            outcome = await again.outcome()
        return outcome

    def _wanted(self, task: PlanTask, host: HostState, outcome: Outcome) -> bool:
        value = task.keyword("debugger")
        if value is None and not self.on:
            return False
        status = status_of(outcome.result)
        # with ignore_errors a failure is what the user counts on
        failed = status == "failed" and not outcome.ignored
        word = str(self.play.run.templar.render(value, self.play.view(host, task))) if value is not None else ""
        if value is not None and word not in WORDS:
            raise ParseError(
                f"'{word}' is not a value of debugger",
                position=position_of(value) or task.position,
                expected="one of " + ", ".join(WORDS),
                found=word,
                nearest=nearest_names(word, WORDS),
            )
        return {
            "": failed or status == "unreachable",
            "always": True,
            "never": False,
            "on_failed": failed,
            "on_unreachable": status == "unreachable",
            "on_skipped": status == "skipped",
        }[word]


class Look:
    """One task that the user looks at."""

    def __init__(self, play: PlaySession, task: PlanTask, label: TaskLabel, host: HostState, outcome: Outcome) -> None:
        self.play = play
        self.plan = task
        self.no_log = outcome.no_log
        self.variables = Variables(play, play.view(host, task))
        self.args = self._rendered_args(task)
        self.names = {
            "task": Named(f"TASK: {label.name}", name=label.name, action=label.action, args=self.args, **self._keywords(task)),
            "task_vars": self.variables,
            "host": Named(host.name, name=host.name),
            "result": Named(host.name, _result=outcome.result, task_name=label.name),
        }
        self.before = dict(self.args)
        self.head = f"[{host.name}] TASK: {label.name} (debug)> "

    async def at(self, prompt: Any) -> bool:
        """Ask until the user wants to go on; returns whether the task is to be run again."""
        while True:
            line = str(await asyncio.to_thread(prompt, self.head, False)).strip()
            word, _, rest = line.partition(" ")
            command = LONG.get(word)
            if command == "r":
                return True
            if command == "c":
                return False
            if command == "q":
                raise asyncio.CancelledError
            if command == "u":
                self._update()
            elif line:
                self.say(HELP if command == "h" else self.answer(rest if command == "p" else line, prints=command == "p"))

    def say(self, text: str) -> None:
        """Show a text to the user."""
        if text:
            self.play.run.emit(Noted(text, 0))

    def answer(self, source: str, *, prints: bool) -> str:
        """Carry out a line of Python, which is the user's own, and return what it has to say."""
        if prints and self.no_log:
            return "no_log is set for this task: nothing of it is shown"
        try:
            if prints:
                return pprint.pformat(eval(source, {}, self.names))  # noqa: S307
            exec(source, {}, self.names)  # noqa: S102
        except Exception as problem:
            return f"***{type(problem).__name__}:{problem!r}"
        return ""

    def view(self) -> View:
        """Return the variables of the next try: what the user set lies over all others."""
        return self.variables.view.over({key: trust(value) for key, value in self.variables.own.items()})

    def changed(self) -> PlanTask:
        """Return the task as the user left it: changed arguments are the user's text, the others stay as they were written."""
        new = {key: trust(value) for key, value in self.args.items() if key not in self.before or self.before[key] != value}
        gone = self.before.keys() - self.args.keys()
        if not new and not gone:
            return self.plan
        written = self.plan.task.args if isinstance(self.plan.task.args, Mapping) else {}
        args = Map({key: value for key, value in {**written, **new}.items() if key not in gone})
        return replace(self.plan, task=replace(self.plan.task, args=args))

    def _update(self) -> None:
        args = self._rendered_args(self.changed())
        self.args.clear()
        self.args.update(args)
        self.before = dict(self.args)

    def _rendered_args(self, task: PlanTask) -> dict[str, Any]:
        """Return the arguments rendered; what cannot be rendered stands as it is written."""
        written = task.task.args
        if not isinstance(written, Mapping):
            written = {"_raw_params": written} if written else {}
        view = self.view()
        found: dict[str, Any] = {}
        for key, value in written.items():
            try:
                found[str(key)] = self.play.run.templar.render(value, view)
            except RunnerError:
                found[str(key)] = deep(value, None, str)
        return found

    def _keywords(self, task: PlanTask) -> dict[str, Any]:
        return {key: deep(value, None, str) for key, value in task.frame.keywords.items() if key not in ("name", "action", "args")}


class Named:
    """A thing with a name for people and attributes to look at."""

    def __init__(self, shown: str, **attributes: Any) -> None:
        self.__dict__.update(attributes)
        self._shown = shown

    def __repr__(self) -> str:
        return self._shown


class Variables(dict[str, Any]):
    """The variables of the host in the task, each rendered when it is looked at. own: what the user set; it lies over the others."""

    def __init__(self, play: PlaySession, view: View) -> None:
        super().__init__()
        self.play = play
        self.view = view
        self.own: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name in self.own:
            return self.own[name]
        raw = self.view.find(name)
        if raw is MISSING:
            raise KeyError(name)
        return self.play.run.templar.render(raw, self.view)

    def __setitem__(self, name: str, value: Any) -> None:
        self.own[name] = value

    def __delitem__(self, name: str) -> None:
        del self.own[name]

    def __contains__(self, name: object) -> bool:
        return name in self.own or (isinstance(name, str) and self.view.find(name) is not MISSING)

    def __iter__(self) -> Iterator[str]:
        return iter({*self.view.names(), *self.own})

    def __len__(self) -> int:
        return len(set(self))

    def __repr__(self) -> str:
        return f"variables of {len(self)} names; look at one: p task_vars['name']"
