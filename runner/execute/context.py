"""What an action sees of the task it runs for: its host, its variables, its files, and how to run modules there."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from runner import find
from runner.connect.link import HostLink
from runner.errors import TaskError, nearest_names
from runner.execute.hosts import HostState
from runner.execute.reach import Links
from runner.execute.session import PlaySession
from runner.model.address import Address
from runner.model.event import TaskLabel
from runner.model.plan import PlanTask
from runner.model.request import Become, Request
from runner.model.variables import MISSING
from runner.plan.arguments import prepare, secrets_of, shown_arguments
from runner.position import position_of
from runner.record import dataclass, field
from runner.template.templar import Templar
from runner.variables.view import View

# Their arguments hold those of another module, of whose secrets nothing is known here.
UNTOLD = frozenset({"run_foreign", "async_start"})

# the fact that tells which Python was found on a host
DISCOVERED = "discovered_interpreter_python"


@dataclass(slots=True)
class TaskContext:
    """One task, or one item of its loop, on one host.

    host: whose task it is. target: where it runs (the same unless delegated). address, become, interpreter: how. effects: what the engine
    shall do after the task beyond the usual (see `execute/effects.py`). on_output: takes live output (`out` or `err`, bytes).
    aside: its requests are parts of something larger, which the journal has as a whole. resumed: an answer is of the broken run before.
    """

    play: PlaySession
    plan: PlanTask
    host: HostState
    target: HostState
    variables: View
    links: Links
    address: Address
    label: TaskLabel
    become: Become | None = None
    interpreter: str = "auto"
    check: bool = False
    diff: bool = False
    no_log: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    deadline: float | None = None
    on_output: Callable[[str, bytes], None] | None = None
    effects: dict[str, Any] = field(default_factory=dict)
    aside: bool = False
    resumed: bool = False

    @property
    def templar(self) -> Templar:
        """The template engine of the run."""
        return self.play.run.templar

    @property
    def link(self) -> HostLink:
        """The connection to the target."""
        return self.links.get(self.address)

    def render(self, value: Any) -> Any:
        """Return a value with every template in it filled in."""
        return self.templar.render(value, self.variables)

    async def call(
        self,
        module: str,
        args: Mapping[str, Any],
        *,
        blob: bytes | Path | None = None,
        receive_to: Path | None = None,
        check: bool | None = None,
        code: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Run a module on the target with these arguments and return its result.

        blob: content sent along. receive_to: where content the module sends back is put. check: other than the task's own check mode.
        code: text the module needs there (see `Request`).
        Raises ArgumentError, Unreachable, BecomeError.
        """
        schema = find.load_module(module).ARGUMENTS
        complete = prepare(module, schema, args, position_of(args) or self.plan.position)
        secrets = secrets_of(schema, complete)
        self.play.run.conceal(secrets)
        request = Request(
            module=module,
            args=complete,
            check=self.check if check is None else check,
            diff=self.diff,
            environment=self.environment,
            become=self.become,
            deadline=self.deadline,
            blob=blob,
            receive_to=receive_to,
            no_log=self.no_log,
            stream=self.on_output is not None,
            interpreter=self.interpreter,
            code=code or {},
        )
        result = await self._answer(request, keep=not secrets)
        if module in UNTOLD or self.no_log:
            return result
        return {"invocation": {"module_args": shown_arguments(module, schema, complete)}, **result}

    async def _answer(self, request: Request, *, keep: bool) -> dict[str, Any]:
        """Return what the host says, or said in the broken run before. keep: nothing secret is asked, so the journal may have it."""
        journal = self.play.run.journal if keep and not self.aside else None
        if journal is not None:
            known = await journal.take(self.target.name, self.address, request)
            if known is not None:
                self.resumed = True
                return known
        link = self.link
        result = dict((await link.call(request, on_output=self.on_output)).result)
        if DISCOVERED not in self.target.facts:
            self._tell_interpreter(link)
        if journal is not None:
            journal.keep(self.target.name, self.address, request, result, self.play.run.secrets)
        return result

    def _tell_interpreter(self, link: HostLink) -> None:
        """Make the Python that was found on the target a fact of it; one that the user named is none."""
        found = link.discovered_interpreter
        if found is None and self.address.kind == "local" and self.variables.find("ansible_python_interpreter") is MISSING:
            found = self.interpreter
        if found is not None:
            self.target.facts.add({DISCOVERED: found})

    def find_file(self, kind: str, name: str) -> Path:
        """Return a file of the role or playbook. kind: files, templates, vars or tasks.

        Looks where Ansible does: for the role and the roles around it, then the folder of the task's file, then the playbook, each with
        and without `kind`. Raises TaskError that lists these places.
        """
        path = Path(name).expanduser()
        if path.is_absolute():
            if path.exists():
                return path
            raise self._missing(name, [path])
        places: list[Path] = []
        for folder in self.search_path():
            places += [Path(folder) / kind / name, Path(folder) / name]
            if Path(folder).name in ("tasks", "handlers") and self.plan.frame.role is None:
                places.append(Path(folder).parent / kind / name)
        for place in places:
            if place.exists():
                return place
        raise self._missing(name, places)

    def search_path(self) -> list[str]:
        """Return the folders in which files of this task are looked for."""
        found: Any = self.variables.find("ansible_search_path")
        return [str(each) for each in found]

    def _missing(self, name: str, places: list[Path]) -> TaskError:
        there = [each.name for folder in {place.parent for place in places} if folder.is_dir() for each in folder.iterdir()]
        searched = "\n\t".join(str(place) for place in dict.fromkeys(places))
        return TaskError(
            f"Could not find or access '{name}'\nSearched in:\n\t{searched} on the Ansible Controller.\n"
            "If you are using a module and expect the file to exist on the remote, see the remote_src option",
            position=position_of(name) or self.plan.position,
            expected="a file in one of these folders",
            found="no such file",
            nearest=nearest_names(Path(name).name, there),
            remedy="correct the name, or put the file there",
        )

    def read_source(self, path: Path | str) -> bytes:
        """Return the content of a file on the control machine, decrypted when it is a vault."""
        return self.play.run.read_source(str(path))

    def conceal(self, *secrets: str) -> None:
        """Keep these texts out of everything that is shown from now on."""
        self.play.run.conceal(secrets)

    async def blocking(self, function: Callable[..., Any], *args: Any) -> Any:
        """Run a function that blocks without holding up the other hosts."""
        return await asyncio.to_thread(function, *args)

    def warn(self, text: str) -> None:
        """Tell the user something about this task."""
        self.play.run.warn(text, self.plan.position)
