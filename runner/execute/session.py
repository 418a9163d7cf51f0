"""What a run and a play share between their tasks: hosts, services, and the variables of a host in a task."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from runner.execute.connection_names import names
from runner.execute.delta import Deltas
from runner.execute.digests import Digests
from runner.execute.fact_cache import GATHERED, FactCache
from runner.execute.hosts import HostState, Stats
from runner.execute.journal import Journal
from runner.execute.magic import HostVars, Magic
from runner.execute.options import RunOptions
from runner.execute.rendered import loosely
from runner.foreign.room import Foreign
from runner.model.event import Event, Warned
from runner.model.inventory import LOCALHOST, Host, Inventory, implicit_localhost
from runner.model.inventory_change import put_member
from runner.model.plan import Frame, PlanPlay, PlanTask
from runner.model.play import Role
from runner.model.text import Map, trusted
from runner.parse.place import Settings as ParseSettings
from runner.plan.compile import play_vars, variable_layers
from runner.plan.convert import CannotConvert, to_bool
from runner.plan.inherit import many
from runner.position import Position
from runner.record import dataclass, field
from runner.template.omit import OMIT
from runner.template.templar import Templar
from runner.variables.inventory_layers import Folders, inventory_layers
from runner.variables.precedence import stack
from runner.variables.view import View


@dataclass(slots=True, eq=False)
class Run:
    """One run of one or more playbooks: everything that outlives a play.

    passed: names of tasks before the one of --start-at-task. tags_seen: tags of the tasks that were reached.
    """

    options: RunOptions
    inventory: Inventory
    templar: Templar
    parse: ParseSettings
    vars_files: Folders
    emit: Callable[[Event], None]
    reread: Callable[[], Inventory]
    read_source: Callable[[str], bytes]
    hosts: dict[str, HostState] = field(default_factory=dict)
    stats: Stats = field(default_factory=Stats)
    secrets: set[str] = field(default_factory=set)
    omit: Any = OMIT
    start_at: str | None = None
    cache: FactCache | None = None
    passed: list[str] = field(default_factory=list)
    tags_seen: set[str] = field(default_factory=set)
    foreign: Foreign | None = None
    digests: Digests = field(default_factory=Digests)
    deltas: Deltas = field(default_factory=Deltas)
    journal: Journal | None = None
    _layers: dict[str, list[tuple[str, Mapping[str, Any]]]] = field(default_factory=dict)
    _groups: dict[str, list[str]] | None = None
    _added: list[tuple[str, tuple[str, ...], Mapping[str, Any] | None, tuple[str, ...]]] = field(default_factory=list)

    def host(self, name: str) -> HostState | None:
        """Return the state of a host of the inventory; localhost exists without being listed."""
        state = self.hosts.get(name)
        if state is None:
            known = self.inventory.hosts.get(name)
            if known is None and name in LOCALHOST:
                known = implicit_localhost(name, trusted("{{ ansible_playbook_python }}"))
            if known is not None:
                state = self.hosts[name] = HostState(known)
                self._recall(state)
        return state

    def _recall(self, state: HostState) -> None:
        """Give a host the facts that an earlier run cached."""
        facts = self.cache.get(state.name) if self.cache else None
        if facts is not None:
            state.facts.add(facts)
            state.gathered = bool(facts.get(GATHERED))

    def facts_of(self, host: HostState) -> Mapping[str, Any]:
        """Return a host's facts as variables: under their own names too, unless the setting inject_facts_as_vars says no."""
        return host.facts if self.options.inject_facts else {"ansible_facts": host.facts.plain}

    def keep_facts(self, host: HostState) -> None:
        """Write a host's facts to the cache, if there is one."""
        if self.cache is not None:
            self.cache.put(host.name, host.facts.returned, gathered=host.gathered)

    def delegate(self, name: str) -> HostState:
        """Return the state of a host a task is delegated to, which need not be in the inventory."""
        state = self.host(name)
        if state is None:
            state = self.hosts[name] = HostState(Host(name, Map(), groups=("all", "ungrouped")))
        return state

    def groups(self) -> dict[str, list[str]]:
        """Return group -> host names, as the variable `groups`."""
        if self._groups is None:
            self._groups = {name: list(group.members) for name, group in self.inventory.groups.items()}
        return self._groups

    def group_names(self, host: HostState) -> list[str]:
        """Return the groups of a host, sorted, without `all`."""
        return sorted(name for name in host.host.groups if name != "all")

    def change_inventory(self, inventory: Inventory) -> None:
        """Go on with another inventory, after add_host, group_by or refresh_inventory; hosts keep their facts and variables."""
        self.inventory = inventory
        self._layers.clear()
        self._groups = None
        for name, state in self.hosts.items():
            known = inventory.hosts.get(name)
            if known is not None:
                state.host = known

    def refresh(self) -> None:
        """Read the inventory sources again (meta: refresh_inventory); what tasks added is added again."""
        self.change_inventory(self.reread())
        for added in self._added:
            if added[2] is not None or added[0] in self.inventory.hosts:
                self.change_inventory(put_member(self.inventory, *added, self.warn))

    def add_member(
        self, name: str, groups: tuple[str, ...], variables: Mapping[str, Any] | None, parents: tuple[str, ...] = ("all",)
    ) -> None:
        """Put a host into groups, which become children of `parents` when they are new, and give it variables.

        variables: None when the host itself is not added, only grouped.
        """
        added = (name, groups, variables, parents)
        self._added.append(added)
        self.change_inventory(put_member(self.inventory, *added, self.warn))

    def inventory_layers(self, host: HostState, playbook_dir: str) -> list[tuple[str, Mapping[str, Any]]]:
        """Return the inventory's layers of a host: (layer name, mapping), low to high."""
        key = f"{playbook_dir}\0{host.name}"
        found = self._layers.get(key)
        if found is None:
            found = inventory_layers(self.inventory, host.host, self.vars_files, playbook_dir)
            self._layers[key] = found
        return found

    def warn(self, text: str, position: Position | None = None) -> None:
        """Tell the user something."""
        self.emit(Warned(text, position))

    def conceal(self, secrets: Iterable[str]) -> None:
        """Remember texts that must not be shown."""
        self.secrets.update(each for each in secrets if len(each) > 3)


@dataclass(slots=True, eq=False)
class PlaySession:
    """One play as it runs on one batch of hosts."""

    run: Run
    plan: PlanPlay
    playbook_dir: str
    hosts: list[HostState]
    batch: list[HostState] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    mentioned: list[Role] = field(default_factory=list)
    handlers: list[PlanTask] = field(default_factory=list)
    prompted: Map = field(default_factory=Map)
    hostvars: Mapping[str, Any] = field(init=False)
    ended: bool = False
    broken: bool = False
    failed_names: set[str] = field(default_factory=set)
    started: set[str] = field(default_factory=set)
    throttles: dict[str, asyncio.Semaphore] = field(default_factory=dict)
    # the play's vars_files as far as they can be found without a host
    play_files: list[Mapping[str, Any]] = field(default_factory=list)
    _files: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    _addresses: dict[str, dict[str, Any]] = field(default_factory=dict)
    _place_layers: dict[int, tuple[Frame, int, dict[str, list[Mapping[str, Any]]]]] = field(default_factory=dict)
    _title: str = ""

    def __post_init__(self) -> None:
        self.hostvars = HostVars(self)
        self.roles = list(self.plan.roles)
        self.mentioned = list(self.plan.mentioned)
        self.handlers = list(self.plan.handlers)

    @property
    def name(self) -> str:
        """The play's name, rendered, or as it is written where it cannot be."""
        if not self._title:
            view = self.play_view()
            self._title = ",".join(str(loosely(self.run.templar, each, view)) for each in many(self.plan.name))
        return self._title

    def text(self, value: Any) -> str:
        """Return a play keyword as rendered text; a list becomes words joined by commas."""
        rendered = self.run.templar.render(value, self.play_view())
        return ",".join(map(str, rendered)) if isinstance(rendered, list) else str(rendered if rendered is not None else "")

    def batch_names(self) -> tuple[str, ...]:
        """Return the names of the batch's hosts that are still in."""
        return tuple(host.name for host in self.batch if host.counted)

    def checks(self, task: PlanTask | None) -> bool:
        """Tell whether a task runs in check mode."""
        value = task.keyword("check_mode") if task is not None else self.plan.frame.keywords.get("check_mode")
        return self.flag(value, self.run.options.check)

    @staticmethod
    def flag(value: Any, default: bool) -> bool:
        """Return a keyword's truth when it is no template."""
        if value is None:
            return default
        try:
            return to_bool(value)
        except CannotConvert:
            return default

    def play_view(self) -> View:
        """Return the variables known without a host: the play's own, what its roles show to all of it, and the extra ones."""
        place = self.of_place(None)
        return stack(
            {
                "role_defaults": place["role_defaults"],
                "role_vars": place["role_vars"],
                "play_vars": play_vars(self.plan.keywords),
                "play_vars_prompt": [self.prompted],
                "play_vars_files": self.play_files,
                "extra_vars": [self.run.options.extra_vars],
                "magic": [
                    {
                        "playbook_dir": self.playbook_dir,
                        "omit": self.run.omit,
                        "groups": self.run.groups(),
                        "hostvars": self.hostvars,
                    }
                ],
            },
            merge=self.run.options.merge_variables,
        )

    def host_view(self, host: HostState) -> View:
        """Return the variables of a host outside any task, as `hostvars` shows them."""
        return self.view(host, None)

    def view(self, host: HostState, task: PlanTask | None) -> View:
        """Return the variables of a host in a task."""
        return stack(self._layers(host, task), merge=self.run.options.merge_variables)

    def _layers(self, host: HostState, task: PlanTask | None) -> dict[str, list[Mapping[str, Any]]]:
        layers: dict[str, list[Mapping[str, Any]]] = {}
        for name, mapping in self.run.inventory_layers(host, self.playbook_dir):
            layers.setdefault(name, []).append(mapping)
        layers.update(self.of_place(task))
        layers["facts"] = [self.run.facts_of(host)]
        layers["play_vars"] = play_vars(self.plan.keywords)
        layers["play_vars_prompt"] = [self.prompted]
        layers["play_vars_files"] = self._files.get(host.name, [])
        layers["include_vars"] = [host.include_vars]
        layers["set_facts"] = [host.set_facts]
        layers["extra_vars"] = [self.run.options.extra_vars]
        layers["magic"] = [Magic(self, host, task)]
        if task is not None:
            layers["defaults"] = [self._defaults(host, task)]
        return layers

    def of_place(self, task: PlanTask | None) -> dict[str, list[Mapping[str, Any]]]:
        """Return the layers that depend only on where the task stands, worked out once."""
        frame = task.frame if task is not None else self.plan.frame
        known = self._place_layers.get(id(frame))
        if known is not None and known[0] is frame and known[1] == len(self.roles):
            return known[2]
        layers = variable_layers(frame, self.roles)
        self._place_layers[id(frame)] = (frame, len(self.roles), layers)
        return layers

    def _defaults(self, host: HostState, task: PlanTask) -> dict[str, Any]:
        """Return what a task finds of its connection where nobody set it; roles ask for ansible_connection."""
        if host.name not in self._addresses:
            self._addresses[host.name] = names(self.run.inventory_layers(host, self.playbook_dir), self.default_address(host))
        options = self.run.options
        found = {**self._addresses[host.name], "ansible_connection": task.keyword("connection") or options.connection}
        if found["ansible_connection"] == "smart":
            found["ansible_connection"] = "ssh"
        if user := task.keyword("remote_user") or options.remote_user:
            found.setdefault("ansible_user", user)
        return found

    def default_address(self, host: HostState) -> str:
        """Return where a host is that has no `ansible_host`: its name, of the implicit localhost its address."""
        return host.name if host.name in self.run.inventory.hosts or host.name not in LOCALHOST else "127.0.0.1"

    def set_files(self, host: HostState, files: list[Mapping[str, Any]]) -> None:
        """Give a host the mappings of the play's vars_files."""
        self._files[host.name] = files
