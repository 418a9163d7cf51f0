"""include_tasks and include_role: files read at run time, for the hosts that include them."""

import fnmatch
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from runner import find
from runner.errors import Missing, ParseError, RunnerError, UnknownName
from runner.execute.attempt import failure
from runner.execute.hosts import HostState
from runner.execute.modules_exist import check_defaults
from runner.execute.outcome import Outcome, event_of
from runner.execute.place_of import place_of
from runner.execute.reach import Links
from runner.execute.rendered import without_omitted
from runner.execute.result import skipped
from runner.execute.session import PlaySession
from runner.execute.task import TaskRun
from runner.model.event import Included, TaskLabel
from runner.model.keywords import type_word
from runner.model.plan import Frame, PlanStatement, PlanTask
from runner.model.play import Block, Role, Task
from runner.model.text import Map
from runner.parse.place import find_tasks_file
from runner.parse.roles import load_role, role_block
from runner.parse.statements import read_statements, role_use
from runner.plan.compile import body_frames, compile_statements, enter_block, flat, imported_roles
from runner.plan.inherit import enter, without_own
from runner.plan.keyword_value import truth
from runner.position import Position, position_of
from runner.record import dataclass, field, replace

DEEPEST = 100


class Walk(Protocol):
    """What including needs of the walk it stands in."""

    play: PlaySession
    links: Links

    async def statements(self, statements: tuple[PlanStatement, ...], hosts: list[HostState], rescuable: bool) -> list[HostState]:
        """Run statements."""
        ...

    def finish(
        self, task: PlanTask, label: TaskLabel, host: HostState, outcome: Outcome, everywhere: list[HostState], rescuable: bool
    ) -> bool:
        """Apply and report an outcome."""
        ...

    def once(self, task: PlanTask, host: HostState) -> bool:
        """Tell whether run_once holds."""
        ...

    def spread(self, task: PlanTask, failed: list[HostState], hosts: list[HostState], rescuable: bool) -> list[HostState]:
        """Return the hosts that fail because others did."""
        ...


class Refused(ParseError):
    """An include that could be read fails the hosts that asked for it."""


@dataclass(slots=True)
class Group:
    """One file or role included with the same variables by some hosts."""

    name: str
    layer: Mapping[str, Any]
    args: Mapping[str, Any]
    label: str | None
    no_log: bool
    hosts: list[HostState] = field(default_factory=list)


def is_include(task: PlanTask) -> bool:
    """Tell whether a task includes something at run time."""
    return find.short_name(str(task.task.action)) in ("include_tasks", "include_role")


class Includer:
    """Runs includes for a walker."""

    def __init__(self, walker: Walk) -> None:
        self.walker = walker
        self.play = walker.play

    async def run(self, task: PlanTask, label: TaskLabel, hosts: list[HostState], rescuable: bool) -> list[HostState]:
        """Run an include task on some hosts: what it includes, for those that include it. Returns the hosts that failed."""
        groups: dict[str, Group] = {}
        failed: list[HostState] = []
        asked = hosts[:1] if self.walker.once(task, hosts[0]) else hosts
        for host in asked:
            outcome, found = await self._ask(task, label, host)
            if outcome is not None and self.walker.finish(task, label, host, outcome, [host], rescuable):
                failed.append(host)
                continue
            for group in found:
                known = groups.setdefault(f"{group.name}\0{group.layer!r}\0{group.args!r}", group)
                known.hosts.append(host)
        opened = [(group, self._open(task, label, group, failed, rescuable)) for group in groups.values()]
        others = self.walker.spread(task, failed, hosts, rescuable)
        if others:
            return [*failed, *others]
        for group, statements in opened:
            if statements:
                failed += await self.walker.statements(statements, [host for host in group.hosts if host not in failed], rescuable)
        return list(dict.fromkeys(failed))

    async def _ask(self, task: PlanTask, label: TaskLabel, host: HostState) -> tuple[Outcome | None, list[Group]]:
        """Work out what a host includes. An outcome is given when it includes nothing: skipped or failed."""
        run = IncludeRun(self.play, task, host, self.walker.links, label)
        outcome = await run.outcome()
        outcome.contexts = []
        if outcome.result.get("failed") or outcome.result.get("skipped") or not run.found:
            return outcome, [] if outcome.result.get("failed") else run.found
        if task.task.keywords.get("register"):
            host.set_facts[str(task.task.keywords["register"])] = {key: each for key, each in outcome.result.items() if key != "_muster"}
        self.play.run.emit(event_of(host, label, "ok", outcome, self.play.run.secrets, rescued=False))
        return None, run.found

    def _open(
        self, task: PlanTask, label: TaskLabel, group: Group, failed: list[HostState], rescuable: bool
    ) -> tuple[PlanStatement, ...]:
        """Read what a group includes; when it cannot be read, its hosts are added to `failed`."""
        hosts = [host for host in group.hosts if host not in failed]
        if not hosts:
            return ()
        try:
            title, statements = self._load(task, group)
            check_defaults(self.play, flat(statements))
        except RunnerError as error:
            if _unreadable(error):
                raise
            result = failure(error, task)
            result["reason"] = error.message
            for host in hosts:
                outcome = Outcome(dict(result), [])
                outcome.no_log = group.no_log
                self.walker.finish(task, label, host, outcome, [host], rescuable)
            failed += hosts
            return ()
        for host in hosts:
            host.count("ok")
        self.play.run.emit(Included(title, tuple(host.name for host in hosts), group.label))
        return statements

    def _load(self, task: PlanTask, group: Group) -> tuple[str, tuple[PlanStatement, ...]]:
        short = find.short_name(str(task.task.action))
        frame = self._frame(task, group)
        if len(frame.files) > DEEPEST:
            raise Refused(
                f"{group.name} is included more than {DEEPEST} levels deep",
                position=task.position,
                expected="includes that end",
                found=" -> ".join(Path(each).name for each in frame.files[-4:]),
                remedy="add a condition that becomes false, or use a loop",
                trail=frame.trail[-4:],
            )
        if short == "include_tasks":
            return self._tasks(task, group, frame)
        return self._role(task, group, frame)

    def _tasks(self, task: PlanTask, group: Group, frame: Frame) -> tuple[str, tuple[PlanStatement, ...]]:
        place = place_of(self.play, task)
        path = find_tasks_file(group.name, place, position_of(task.task.args) or task.position)
        place = replace(place, base=str(Path(path).parent))
        data = self.play.run.parse.read(path)
        if data is not None and not isinstance(data, list):
            raise Refused(
                "included task files must contain a list of tasks",
                position=position_of(data) or Position(path, 1),
                expected="a list: one '- ' entry for each task",
                found=f"a {type_word(data)}",
                remedy="put '- ' in front of each task",
            )
        statements = read_statements(data, place, self.play.run.parse, Position(path, 1))
        self._add_role_handlers(statements, frame)
        self.play.mentioned += imported_roles(statements)
        return str(Path(path).absolute()), compile_statements(statements, replace(frame, base=place.base), task.key, handler=task.handler)

    def _role(self, task: PlanTask, group: Group, frame: Frame) -> tuple[str, tuple[PlanStatement, ...]]:
        place = place_of(self.play, task)
        use = role_use(Task(task.position, task.task.action, Map(group.args), Map()), group.name, task.position)
        role = load_role(use, place, self.play.run.parse, read_statements)
        public = truth("public", group.args.get("public", not self.play.run.parse.private_include_vars), task.position)
        block = role_block(role, Map(), task.position, public=public)
        self._add_role_handlers((block,), frame)
        self.play.mentioned += imported_roles((block,))
        if public and role.key not in {each.key for each in self.play.roles}:
            self.play.roles.append(replace(role, public=True))
        compiled = compile_statements((block,), frame, task.key, handler=False)
        return role.name, compiled

    def _add_role_handlers(self, statements: tuple[Any, ...], frame: Frame) -> None:
        """Make the handlers of newly read roles known to the play."""
        known = {(handler.position, handler.frame.role.handlers_key if handler.frame.role else "") for handler in self.play.handlers}
        for role, within in roles_inside(statements, frame):
            section = replace(within, section="handlers", base=f"{role.path}/handlers")
            key = (200, len(self.play.handlers))
            for handler in flat(compile_statements(role.handlers, section, key, handler=True)):
                if (handler.position, role.handlers_key) not in known:
                    self.play.handlers.append(handler)

    def _frame(self, task: PlanTask, group: Group) -> Frame:
        """Return the frame of what is included: of what stands around the include, its `apply` and its variables on top."""
        frame = task.outer
        apply = group.args.get("apply")
        if isinstance(apply, Mapping):
            frame = without_own(enter(frame, Map(apply)))
        params = [layer for layer in (*(task.frame.vars[len(task.outer.vars) :]), group.layer) if layer]
        return replace(
            frame,
            include_params=(*frame.include_params, *params),
            trail=(*frame.trail, task.position),
            files=(*frame.files, group.name),
        )

    @staticmethod
    def matches_start(task: PlanTask, wanted: str) -> bool:
        """Tell whether --start-at-task means this task."""
        name = str(task.task.keywords.get("name") or task.task.action)
        full = f"{task.frame.role.name} : {name}" if task.frame.role else name
        return any(each == wanted or fnmatch.fnmatch(each, wanted) for each in (name, full))


class IncludeRun(TaskRun):
    """Works out an include on one host: condition, loop, file name; collects what is to be included instead of running a module."""

    def __init__(self, play: PlaySession, task: PlanTask, host: HostState, links: Links, label: TaskLabel) -> None:
        super().__init__(play, task, host, links, label)
        self.found: list[Group] = []

    async def _item(self, view: Any, item: Any, links: Any) -> tuple[None, dict[str, Any]]:
        try:
            false = self._false_condition(view)
            if false is not None:
                return None, skipped("Conditional result was False", false)
            args = {key: self._render_arg(key, value, view) for key, value in self.task.task.args.items()}
            args = without_omitted(args)
            name = args.get("file") or args.get("_raw_params") or args.get("name") or args.get("role")
            if not name:
                raise ParseError("No file specified for include", position=self.task.position, remedy="name the file or role to include")
        except RunnerError as error:
            return None, failure(error, self.task)
        layer = dict(view.layers[0]) if self.task.task.loop is not None else {}
        extra = {key: value for key, value in args.items() if key not in _OPTIONS} if "_raw_params" in args else {}
        label = self._item_label(view, item) if self.task.task.loop is not None else None
        self.found.append(Group(str(name), {**extra, **layer}, args, label, self.no_log))
        return None, {"changed": False, "include": str(name), "include_args": extra}

    def _render_arg(self, key: str, value: Any, view: Any) -> Any:
        return value if key == "apply" else self.run.templar.render(value, view)

    def _item_label(self, view: Any, item: Any) -> str:
        if self.no_log:
            return "(censored due to no_log)"
        raw = (self.task.task.keywords.get("loop_control") or {}).get("label")
        return str(self.run.templar.render(raw, view)) if raw is not None else str(item)

    def _tell_item(self, result: Mapping[str, Any], context: Any) -> None:
        if result.get("skipped") or result.get("failed"):
            super()._tell_item(result, context)


_OPTIONS = frozenset("file _raw_params apply name role tasks_from vars_from defaults_from handlers_from public allow_duplicates".split())


def _unreadable(error: RunnerError) -> bool:
    """Tell whether a file is there but is no list of tasks that can be read: that ends the run, as it does for an import."""
    return isinstance(error, (ParseError, UnknownName)) and not isinstance(error, (Missing, Refused))


def roles_inside(statements: tuple[Any, ...], frame: Frame) -> list[tuple[Role, Frame]]:
    """Return every role that stands in some statements with the frame inside it."""
    found: list[tuple[Role, Frame]] = []
    for statement in statements:
        if isinstance(statement, Block):
            inner = enter_block(frame, statement)
            if statement.role is not None:
                found.append((statement.role, inner))
            for each, within in body_frames(statement, inner):
                found += roles_inside((each,), within)
            found += roles_inside((*statement.rescue, *statement.always), inner)
    return found

