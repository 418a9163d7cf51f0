"""The walk over a play's statements with a set of hosts: lockstep for the set, failures collected, rescue and always.

`linear` walks once with all hosts, `free` and `host_pinned` once for each host: the walk itself is the same.
"""

import asyncio
import contextlib
from collections.abc import Iterable

from runner.execute import effects
from runner.execute.ahead import MOST, Ahead
from runner.execute.debugger import Debugger
from runner.execute.flush import flush_handlers
from runner.execute.hosts import HostState, live
from runner.execute.include import Includer, is_include
from runner.execute.label import is_engine, task_label, uid_of
from runner.execute.meta import Meta
from runner.execute.notify import notify
from runner.execute.outcome import Outcome, count, event_of
from runner.execute.reach import Links
from runner.execute.result import status_of
from runner.execute.session import PlaySession
from runner.execute.shared_keywords import confirmed, is_fatal_for_all, is_for_the_first, runs_once, tags_of, throttle_of, too_many_failed
from runner.execute.task import TaskRun
from runner.model.event import HostStarted, NoHosts, TaskLabel, TaskStarted
from runner.model.plan import PlanBlock, PlanStatement, PlanTask
from runner.model.text import Template
from runner.plan.tags import selected


class PlayBroken(Exception):
    """Too many hosts failed: the play stops for all."""


class Walker:
    """Walks statements of one play with some hosts."""

    def __init__(self, play: PlaySession, links: Links, gate: asyncio.Semaphore, *, lockstep: bool = True, debugs: bool = False) -> None:
        self.play = play
        self.run = play.run
        self.links = links
        self.gate = gate
        self.lockstep = lockstep
        self.meta = Meta(self)
        self.includer = Includer(self)
        self.ahead = Ahead(play, links, self.label)
        self.debugger = Debugger(play, links, on=debugs)

    # -- statements ---------------------------------------------------------------------------------------------------

    async def statements(self, statements: Iterable[PlanStatement], hosts: list[HostState], rescuable: bool) -> list[HostState]:
        """Run statements in order. Returns the hosts that failed in them; those take no further statement of this list."""
        failed: list[HostState] = []
        listed = list(statements)
        for at, statement in enumerate(listed):
            still = [host for host in live(hosts) if host not in failed]
            if not still:
                break
            self.ahead.look(listed[at : at + MOST], still, self.selected)
            if isinstance(statement, PlanBlock):
                failed += await self._block(statement, still, rescuable)
            else:
                failed += await self.task(statement, still, rescuable)
            self._check_limits(hosts, failed, rescuable)
        return failed

    async def section(self, statements: Iterable[PlanStatement], hosts: list[HostState]) -> None:
        """Run the statements of a section; a host that fails in one is out of the play."""
        listed = list(statements)
        for at, statement in enumerate(listed):
            still = live(hosts)
            if not still or self.play.broken:
                break
            self.ahead.look(listed[at : at + MOST], still, self.selected)
            failed = await self.statements((statement,), still, False)
            self.fail(host for host in failed if not host.cleared)
        for host in hosts:
            self.ahead.call_off(host.name)

    async def _block(self, block: PlanBlock, hosts: list[HostState], rescuable: bool) -> list[HostState]:
        if block.role is not None:
            return await self._role(block, hosts, rescuable)
        return await self._sections(block, hosts, rescuable)

    async def _role(self, block: PlanBlock, hosts: list[HostState], rescuable: bool) -> list[HostState]:
        """Run a role once a host, unless it allows duplicates."""
        role = block.role
        assert role is not None
        if not role.allow_duplicates:
            hosts = [host for host in hosts if role.key not in host.roles_done]
        if not hosts:
            return []
        failed = await self._sections(block, hosts, rescuable)
        for host in hosts:
            host.role_ended = False
            if host not in failed and role.key in host.roles_touched:
                host.roles_done.add(role.key)
        return failed

    async def _sections(self, block: PlanBlock, hosts: list[HostState], rescuable: bool) -> list[HostState]:
        failed = await self.statements(block.body, hosts, rescuable or bool(block.rescue))
        if block.rescue and failed:
            failing = [host for host in failed if not (host.unreachable or host.lost)]
            failed = [host for host in failed if host.lost] + await self.statements(block.rescue, failing, rescuable)
        if block.always:
            still = [host for host in hosts if not (host.unreachable or host.ended or host.role_ended)]
            failed += [host for host in await self.statements(block.always, still, rescuable) if host not in failed]
        return [host for host in failed if not host.cleared]

    def _check_limits(self, hosts: list[HostState], failed: list[HostState], rescuable: bool) -> None:
        """Stop the play when max_fail_percentage says so."""
        if not rescuable and self.lockstep and too_many_failed(self.play, failed):
            self.fail(failed)
            self.run.emit(NoHosts(self.play.name, "remaining"))
            raise PlayBroken

    @staticmethod
    def fail(hosts: Iterable[HostState]) -> None:
        """Mark hosts as failed: they take no more tasks of the run."""
        for host in hosts:
            host.failed = host.failed or not host.unreachable

    # -- one task -----------------------------------------------------------------------------------------------------

    async def task(self, task: PlanTask, hosts: list[HostState], rescuable: bool) -> list[HostState]:
        """Run one task on some hosts. Returns those that failed."""
        if not self.selected(task):
            return []
        if not self._started(task):
            return []
        hosts = [host for host in hosts if not (task.implicit and host.gathered and self.run.options.gathering == "smart")]
        if not hosts:
            return []
        if is_engine(task, "meta"):
            return await self.meta.run(task, hosts, rescuable)
        label = self.label(task, hosts[0])
        if is_include(task):
            self.start(label)
            return await self.includer.run(task, label, hosts, rescuable)
        return await self.ordinary(task, label, hosts, rescuable)

    async def ordinary(self, task: PlanTask, label: TaskLabel, hosts: list[HostState], rescuable: bool) -> list[HostState]:
        """Run a task that is a module or an action."""
        once = self.once(task, hosts[0])
        if self.run.options.step and not confirmed(self.play, label):
            return []
        self.start(label)
        if once and not self.lockstep:
            self.run.warn(
                "Using run_once with the free strategy is not currently supported. This task will still be executed for every host in "
                "the inventory list.",
                task.position,
            )
        first = self.lockstep and (once or is_for_the_first(task))
        failed = await self._on_hosts(task, label, hosts[:1] if first else hosts, once and self.lockstep, rescuable)
        return [*failed, *self.spread(task, failed, hosts, rescuable, for_all=first)]

    def spread(
        self, task: PlanTask, failed: list[HostState], hosts: list[HostState], rescuable: bool, *, for_all: bool = False
    ) -> list[HostState]:
        """Return the hosts that fail because others did: of any_errors_fatal, or when a task ran once for all."""
        fatal = bool(failed) and is_fatal_for_all(self.play, task)
        if not failed or not (fatal or for_all):
            return []
        if fatal and not rescuable:
            self.play.broken = True
        return [host for host in hosts if host not in failed and not host.out]

    async def _on_hosts(
        self, task: PlanTask, label: TaskLabel, hosts: list[HostState], for_all: bool, rescuable: bool
    ) -> list[HostState]:
        """Run the task on every host at once, as far as forks and throttle allow. Returns the hosts that failed."""
        throttle = throttle_of(self.play, task, hosts[0])
        limit = self.play.throttles.setdefault(label.uid, asyncio.Semaphore(throttle)) if throttle else None
        failed: list[HostState] = []
        running: set[str] = set()

        async def one(host: HostState) -> None:
            async with self.gate:
                self.run.emit(HostStarted(host.name, label))
                running.add(host.name)
                outcome = await self.ahead.outcome(task, host)
                if outcome is None:
                    outcome = await TaskRun(self.play, task, host, self.links, label).outcome()
                outcome = await self.debugger.after(task, label, host, outcome)
                running.discard(host.name)
            everywhere = [each for each in self.play.batch if not each.out or each is host] if for_all else [host]
            if self.finish(task, label, host, outcome, everywhere, rescuable):
                failed.append(host)

        async def limited(host: HostState) -> None:
            async with limit or contextlib.nullcontext():
                await one(host)

        try:
            if len(hosts) == 1:
                await limited(hosts[0])
            elif throttle == 1:
                for host in hosts:
                    await limited(host)
            else:
                await asyncio.gather(*(limited(host) for host in hosts))
        except asyncio.CancelledError:
            self._tell_interrupted(label, [host.name for host in hosts if host.name in running])
            raise
        return [host for host in hosts if host in failed]

    def _tell_interrupted(self, label: TaskLabel, names: list[str]) -> None:
        if names:
            self.run.warn(f"interrupted in the middle of '{label.name}' on {', '.join(names)}", label.position)

    def finish(
        self, task: PlanTask, label: TaskLabel, host: HostState, outcome: Outcome, everywhere: list[HostState], rescuable: bool
    ) -> bool:
        """Apply and report an outcome; returns whether the host failed."""
        status = status_of(outcome.result)
        effects.apply(self.play, task, host, outcome, everywhere)
        if outcome.result.get("changed") and status not in ("failed", "unreachable"):
            # of run_once too only the host that did the work
            notify(self.play, task, host, label)
        if task.frame.role is not None and status not in ("skipped", "unreachable"):
            host.roles_touched.update(role.key for role in (task.frame.role, *task.frame.parents))
        failed = status in ("failed", "unreachable") and not outcome.ignored
        host.cleared = host.cleared and not failed
        host.lost = host.lost or (failed and outcome.misnamed)
        rescued = failed and rescuable and status == "failed" and not host.lost
        count(host, status, outcome, rescued=rescued)
        if not outcome.told:
            self.run.emit(event_of(host, label, status, outcome, self.run.secrets, rescued=rescued))
        if rescued:
            host.set_facts["ansible_failed_task"] = effects.failed_task(task, label)
            host.set_facts["ansible_failed_result"] = effects.registered(outcome)
        elif failed:
            host.doomed, host.unreachable = True, host.unreachable or status == "unreachable"
        return failed

    # -- keywords -----------------------------------------------------------------------------------------------------

    def selected(self, task: PlanTask) -> bool:
        """Tell whether --tags and --skip-tags let the task run."""
        options = self.run.options
        if task.handler:
            return True
        if not task.frame.tags:
            return selected([], options.tags, options.skip_tags)
        tags = tags_of(self.play, task)
        self.run.tags_seen.update(tags)
        return selected(tags, options.tags, options.skip_tags)

    def _started(self, task: PlanTask) -> bool:
        """Tell whether --start-at-task has been reached; implicit tasks always run."""
        wanted = self.run.start_at
        if wanted is None or task.implicit or task.handler:
            return True
        if not self.includer.matches_start(task, wanted):
            self.run.passed.append(str(task.task.keywords.get("name") or task.task.action))
            return False
        self.run.start_at = None
        return True

    def label(self, task: PlanTask, host: HostState) -> TaskLabel:
        """Return the task's name for people, rendered with the first host's variables."""
        view = self.play.view(host, task) if isinstance(task.task.keywords.get("name"), Template) else None
        return task_label(self.play, task, view, uid_of(self.play, task))

    def start(self, label: TaskLabel) -> None:
        """Say that a task begins, once."""
        if self.lockstep or label.uid not in self.play.started:
            self.play.started.add(label.uid)
            self.run.emit(TaskStarted(label))

    def once(self, task: PlanTask, host: HostState) -> bool:
        """Tell whether the task has `run_once`."""
        return runs_once(self.play, task, host)

    # -- handlers -----------------------------------------------------------------------------------------------------

    async def flush(self, hosts: list[HostState], rescuable: bool = False, *, also_failed: bool = False) -> list[HostState]:
        """Run the pending handlers of some hosts; see `flush_handlers`."""
        return await flush_handlers(self.play, self.task, hosts, rescuable, also_failed=also_failed)
