"""The `meta` actions: orders to the engine itself."""

from typing import Protocol

from runner.errors import ParseError, RunnerError, nearest_names
from runner.execute.attempt import failure
from runner.execute.foreign import connections
from runner.execute.hosts import HostState
from runner.execute.outcome import Outcome
from runner.execute.reach import Links, address_of
from runner.execute.session import PlaySession
from runner.model.event import HostFinished, Noted, TaskLabel
from runner.model.plan import PlanTask
from runner.position import position_of

WORDS = (
    "flush_handlers clear_facts clear_host_errors end_play end_host end_batch end_role noop refresh_inventory reset_connection "
    "role_complete"
).split()


class PlayEnded(Exception):
    """`meta: end_play` or `end_batch`: no further task of the play (or batch) runs; nobody has failed."""

    def __init__(self, whole: bool) -> None:
        super().__init__()
        self.whole = whole


class Walk(Protocol):
    """What meta actions need of the walk they stand in."""

    play: PlaySession
    links: Links

    def label(self, task: PlanTask, host: HostState) -> TaskLabel:
        """Return the task's name."""
        ...

    def start(self, label: TaskLabel) -> None:
        """Say that a task begins."""
        ...

    async def flush(self, hosts: list[HostState], rescuable: bool = False, *, also_failed: bool = False) -> list[HostState]:
        """Run pending handlers."""
        ...

    def finish(
        self, task: PlanTask, label: TaskLabel, host: HostState, outcome: Outcome, everywhere: list[HostState], rescuable: bool
    ) -> bool:
        """Apply and report an outcome."""
        ...


class Meta:
    """Runs meta tasks for a walker."""

    def __init__(self, walker: Walk) -> None:
        self.walker = walker
        self.play = walker.play

    async def run(self, task: PlanTask, hosts: list[HostState], rescuable: bool) -> list[HostState]:
        """Run one meta task. Returns the hosts that failed in what it started. Raises PlayEnded, ParseError."""
        word = self._word(task)
        self.walker.start(self.walker.label(task, hosts[0]))
        chosen: list[HostState] = []
        failed: list[HostState] = []
        for host in hosts:
            try:
                if self._holds(task, host):
                    chosen.append(host)
                elif word != "noop":
                    self._skip(task, host, word)
            except RunnerError as error:
                self.walker.finish(task, self.walker.label(task, host), host, Outcome(failure(error, task), []), [host], rescuable)
                failed.append(host)
        if chosen:
            failed += await self._do(word, task, chosen, rescuable)
        return failed

    def _word(self, task: PlanTask) -> str:
        raw = task.task.args.get("_raw_params") or next(iter(task.task.args), "")
        word = str(self.play.run.templar.render(raw, self.play.play_view()))
        if word not in WORDS:
            raise ParseError(
                f"invalid meta action requested: {word}",
                exit_code=1,
                position=position_of(raw) or task.position,
                expected=", ".join(WORDS),
                found=f"'{word}'",
                nearest=nearest_names(word, WORDS),
                remedy="correct the word",
            )
        return word

    def _holds(self, task: PlanTask, host: HostState) -> bool:
        view = self.play.view(host, task)
        return all(self.play.run.templar.condition(each, view) for each in task.frame.when)

    def _skip(self, task: PlanTask, host: HostState, word: str) -> None:
        if word in ("end_play", "end_host", "end_batch", "end_role", "clear_host_errors", "refresh_inventory", "reset_connection"):
            label = self.walker.label(task, host)
            text = f"{word} conditional evaluated to False"
            if word == "end_host":
                text += f", continuing execution for {host.name}"
            elif word in ("end_play", "end_batch"):
                text += ", continuing play" if word == "end_play" else ", continuing current batch"
            self.play.run.emit(Noted(f"META: {text}", 2))
            result = {"changed": False, "skipped": True, "msg": word, "skip_reason": text}
            self.play.run.emit(HostFinished(host.name, label, "skipped", result))

    async def _do(self, word: str, task: PlanTask, hosts: list[HostState], rescuable: bool) -> list[HostState]:
        self._note(word, hosts)
        if word == "flush_handlers":
            return await self.walker.flush(hosts, rescuable)
        if word in ("end_play", "end_batch"):
            raise PlayEnded(word == "end_play")
        if word == "end_role":
            self._end_role(task, hosts)
        if word == "end_host":
            for host in hosts:
                host.ended = True
        elif word == "clear_facts":
            for host in hosts:
                host.facts.clear()
                host.gathered = False
                if self.play.run.cache is not None:
                    self.play.run.cache.drop(host.name)
        elif word == "clear_host_errors":
            self.play.broken = False
            for host in self.play.hosts:
                # a host that has left the play takes part in the next one only
                host.ended = host.ended or host.failed
                host.failed = host.unreachable = host.lost = host.doomed = False
                host.cleared = True
        elif word == "refresh_inventory":
            self.play.run.refresh()
        elif word == "reset_connection":
            for host in hosts:
                await self._reset(task, host)
        return []

    def _note(self, word: str, hosts: list[HostState]) -> None:
        """Say at -vv what is done, once, or for each host."""
        text = _NOTES.get(word)
        for host in hosts if text and "{host}" in text else hosts[:1]:
            if text:
                self.play.run.emit(Noted("META: " + text.format(host=host.name), 2))

    @staticmethod
    def _end_role(task: PlanTask, hosts: list[HostState]) -> None:
        where = "from a handler" if task.handler else "from outside of a role"
        if task.handler or task.frame.role is None:
            raise ParseError(
                f"Cannot execute 'end_role' {where}",
                position=task.position,
                expected="a task of a role",
                remedy="use end_host or end_play, or a condition",
            )
        for host in hosts:
            host.role_ended = True

    async def _reset(self, task: PlanTask, host: HostState) -> None:
        run = self.play.run
        view = self.play.view(host, task)
        render, folder = run.templar.render, self.play.playbook_dir
        await self.walker.links.reset(address_of(host, task, view, render, run.options, folder, connections(run)))


_NOTES = {
    "noop": "noop",
    "flush_handlers": "triggered running handlers for {host}",
    "clear_facts": "facts cleared",
    "clear_host_errors": "cleared host errors",
    "end_play": "ending play",
    "end_batch": "ending batch",
    "end_host": "ending play for {host}",
    "end_role": "ending role for {host}",
    "refresh_inventory": "inventory successfully refreshed",
    "reset_connection": "reset connection",
}
