"""The inventory of a run as the checks see it: names by pattern, and variables rendered when they are read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runner.errors import InventoryError
from runner.execute.session import PlaySession, Run
from runner.model.plan import PlanTask
from runner.model.play import Play, Task
from runner.model.text import Map, Text
from runner.model.variables import MISSING, Variables
from runner.plan.compile import compile_play
from runner.plan.patterns import match
from runner.position import Position
from runner.template.templar import Templar


class RenderedVariables(Mapping[str, Any]):
    """All variables of one host. A value is rendered when it is asked for, so one that cannot be does no harm to the others."""

    def __init__(self, view: Variables, templar: Templar) -> None:
        self._view = view
        self._templar = templar

    def __getitem__(self, name: str) -> Any:
        raw = self._view.find(name)
        if raw is MISSING:
            raise KeyError(name)
        return self._templar.render(raw, self._view)

    def __iter__(self) -> Iterator[str]:
        return iter(self._view.names())

    def __len__(self) -> int:
        return sum(1 for _ in self)


class RunHosts:
    """Implements `Hosts` over a run. limit: patterns of --limit. folder: where the playbooks are, for their group_vars.

    task: stands for what a check does on a host, where the engine asks for a task (whom to become).
    """

    def __init__(self, run: Run, folder: str, limit: Sequence[str] | None = None) -> None:
        at = Position("command line", 1)
        look = Task(at, Text("command", at), Map(position=at), Map(position=at))
        play = Play(at, f"{folder}/verify", Map({Text("hosts", at): Text("all", at)}, position=at), (), (), (look,), (), ())
        plan = compile_play(play, folder, 1)
        self.session = PlaySession(run, plan, folder, [])
        self.task = next(
            each for _, section in plan.sections for each in section if isinstance(each, PlanTask) and not each.implicit
        )
        self._run = run
        self._limit = limit
        self.partial = limit is not None and len(self.matching("all")) < len(match("all", run.inventory))

    def matching(self, pattern: str, *, strict: bool = False) -> list[str]:
        """Return the names of the hosts that match, within the limit. Raises InventoryError for a malformed pattern.

        strict: also for one with a name that the inventory does not have.
        """
        return [host.name for host in match(pattern, self._run.inventory, limit=self._limit, mismatch="error" if strict else "warning")]

    def known(self) -> list[str]:
        """Return the names of all groups and hosts."""
        return [*self._run.inventory.groups, *self._run.inventory.hosts]

    def variables(self, name: str) -> Mapping[str, Any]:
        """Return a host's variables: the inventory's, those beside the playbooks, and the extra ones."""
        return RenderedVariables(self.view(name), self._run.templar)

    def view(self, name: str) -> Variables:
        """Return a host's variables as the engine sees them outside a task."""
        state = self._run.host(name)
        if state is None:
            raise InventoryError(f"there is no host {name} in the inventory", found=name)
        return self.session.host_view(state)
