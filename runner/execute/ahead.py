"""Runs of tasks that need nothing of each other's results go to a host in one go, so that it does not wait for us between them.

The walk stays as it is: it takes one task after the other and reports and applies its outcome. Only the request of a task may be
on its way earlier, when the tasks before it cannot change what it asks for. The host runs the requests in order and leaves out
those behind one that failed; what was left out, the walk runs as usual if it comes to it.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, cast

from runner import find
from runner.connect.chain import NotRun
from runner.execute.chained import CHANGING, Line, Turn
from runner.execute.held import held_events
from runner.execute.hosts import HostState
from runner.execute.outcome import Outcome
from runner.execute.reach import Links
from runner.execute.session import PlaySession
from runner.execute.task import TaskRun
from runner.model.event import Event, TaskLabel
from runner.model.plan import PlanStatement, PlanTask
from runner.model.text import Template
from runner.record import dataclass
from runner.variables.guarded import Forbidden, Guard

# As many tasks are sent ahead. More would cost memory and gain little: a round trip is saved for all but one of them.
MOST = 32
# These keywords let our side decide what is next, on other grounds than "it failed", or watch the clock.
OURS = (
    "until retries delegate_to run_once async poll throttle timeout failed_when local_action any_errors_fatal connection debugger".split()
)
# Modules that return facts, which tasks behind them may use under any name.
FACTS = frozenset("setup package_facts service_facts getent hostname".split())
# Modules that neither look at nor touch anything but their own host: no other host can tell when they run.
ALONE = frozenset(
    "file stat lineinfile blockinfile replace slurp find acl tempfile user group authorized_key known_hosts cron ini_file sysctl "
    "modprobe pam_limits capabilities alternatives locale_gen timezone debconf dpkg_selections assemble".split()
)


@dataclass(slots=True)
class _Sent:
    """A task that is on its way to a host. events: what it had to say, told when the walk comes to it."""

    work: asyncio.Task[Outcome]
    turn: Turn
    events: list[Event]


class Ahead:
    """What is on its way for one walk."""

    def __init__(self, play: PlaySession, links: Links, label: Callable[[PlanTask, HostState], TaskLabel]) -> None:
        self._play = play
        self._links = links
        self._label = label
        self._sent: dict[str, dict[int, _Sent]] = {}

    def look(self, statements: Sequence[PlanStatement], hosts: list[HostState], selected: Callable[[PlanTask], bool]) -> None:
        """Send ahead what can be of the statements that come next, unless the first of them is on its way already.

        hosts: those that will run them. selected: whether --tags lets a task run.
        """
        options = self._play.run.options
        if options.step or options.task_output or self._play.run.start_at or len(self._play.batch) > options.forks:
            return
        if any(self._is_sent(statements[0], host) for host in hosts):
            return
        tasks = self._run_of(statements, len(hosts) > 1)
        tasks = [task for task in tasks if selected(task)] if len(tasks) > 1 else []
        if len(tasks) > 1:
            labels = [self._label(task, hosts[0]) for task in tasks]
            for host in hosts:
                self.call_off(host.name)
                self._start(tasks, labels, host)

    def _is_sent(self, statement: PlanStatement, host: HostState) -> bool:
        sent = self._sent.get(host.name, {}).get(id(statement))
        return sent is not None and not sent.work.cancelled()

    def _run_of(self, statements: Sequence[PlanStatement], several: bool) -> list[PlanTask]:
        found: list[PlanTask] = []
        if several and self._play.plan.keywords.get("max_fail_percentage") is not None:
            return found
        registered: list[str] = []
        for statement in statements[:MOST]:
            if not isinstance(statement, PlanTask) or not _can_go_ahead(statement, several):
                break
            # Only saves work in vain: what is not seen here, because it is behind another variable, the guard of names sees.
            if registered and any(name in text for text in _texts(statement) for name in registered):
                break
            found.append(statement)
            if _module(statement) in FACTS or not isinstance(statement.keyword("changed_when", False), bool):
                # what comes back may matter under any name, or fail the task on our side
                break
            if statement.task.keywords.get("register") is not None:
                registered.append(str(statement.task.keywords["register"]))
        return found

    def _start(self, tasks: list[PlanTask], labels: list[TaskLabel], host: HostState) -> None:
        view = self._play.view(host, tasks[0])
        kind = view.find("ansible_connection") or self._play.run.options.connection
        if str(kind).rpartition(".")[2] == "local":
            return
        line = _Line(self._links)
        names = CHANGING
        for task, label in zip(tasks, labels):
            events: list[Event] = []
            guard = Guard(names)
            turn = Turn(line, partial(self._release, guard, task, host))
            with held_events(events):
                work = asyncio.get_running_loop().create_task(self._one(line, task, label, host, guard, turn))
            self._sent.setdefault(host.name, {})[id(task)] = _Sent(work, turn, events)
            register = task.task.keywords.get("register")
            if register is not None:
                names |= {str(register)}

    def _release(self, guard: Guard, task: PlanTask, host: HostState) -> None:
        guard.release(self._play.view(host, task))

    async def _one(
        self, line: "_Line", task: PlanTask, label: TaskLabel, host: HostState, guard: Guard, turn: Turn
    ) -> Outcome:
        """Run one task in its place of the line. Cancelled when it, or one before it, cannot go ahead after all."""
        if line.broken:
            raise asyncio.CancelledError
        try:
            run = TaskRun(self._play, task, host, cast("Links", turn), label)
            run.view = guard.view(run.view)
            outcome = await run.outcome()
        except (Forbidden, NotRun):
            line.broken = True
            raise asyncio.CancelledError from None
        except BaseException:
            line.broken = True
            raise
        line.broken = line.broken or bool(outcome.result.get("failed") or outcome.result.get("unreachable"))
        now = time.monotonic()
        outcome.seconds = min(outcome.seconds, now - line.ended)
        line.ended = now
        return outcome

    async def outcome(self, task: PlanTask, host: HostState) -> Outcome | None:
        """Return the outcome of a task that was sent ahead, None when it was not or was left out on the host."""
        sent = self._sent.get(host.name, {}).pop(id(task), None)
        if sent is None:
            return None
        sent.turn.come.set()
        try:
            await asyncio.wait([sent.work])
        except asyncio.CancelledError:
            sent.work.cancel()
            for name in list(self._sent):
                self.call_off(name)
            raise
        if sent.work.cancelled():
            return None
        sent.turn.release()
        for event in sent.events:
            self._play.run.emit(event)
        return sent.work.result()

    def call_off(self, name: str) -> None:
        """Forget what was sent ahead to a host and is wanted no more: behind a failure the host left it out."""
        for sent in self._sent.pop(name, {}).values():
            sent.work.cancel()


class _Line(Line):
    """The tasks sent ahead to one host. ended: when the last one was done."""

    def __init__(self, links: Links) -> None:
        super().__init__(links, stop=True)
        self.ended = time.monotonic()


def _module(task: PlanTask) -> str | None:
    """Return the short name of the module of ours that a task runs, None when it is something else or not known yet."""
    if isinstance(task.task.action, Template):
        return None
    found = find.action(str(task.task.action))
    return found.name if found is not None and found.kind == "module" else None


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in a task's conditions, arguments and keywords."""
    if isinstance(value, PlanTask):
        yield from _texts([value.frame.when, value.task.args, value.task.keywords])
    elif isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)


def _can_go_ahead(task: PlanTask, several: bool) -> bool:
    module = _module(task)
    if module is None or task.implicit or task.task.loop is not None or isinstance(task.task.keywords.get("register"), Template):
        return False
    if any(task.keyword(word) is not None for word in OURS):
        return False
    return not several or module in ALONE
