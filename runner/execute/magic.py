"""The variables the engine itself provides; each is worked out only when asked for."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from runner.execute.hosts import HostState, names
from runner.execute.options import RunOptions
from runner.model.inventory import Inventory
from runner.model.plan import PlanTask
from runner.model.play import Role
from runner.model.variables import Variables, VariablesMapping
from runner.plan.compile import dependency_roles
from runner.variables.precedence import stack


class RunView(Protocol):
    """What magic variables need to know of the run."""

    options: RunOptions
    inventory: Inventory
    omit: Any

    def host(self, name: str) -> HostState | None:
        """Return a host by name."""
        ...

    def groups(self) -> dict[str, list[str]]:
        """Return group -> host names."""
        ...

    def group_names(self, host: HostState) -> list[str]:
        """Return the groups of a host."""
        ...

    def facts_of(self, host: HostState) -> Mapping[str, Any]:
        """Return a host's facts as variables."""
        ...

    def inventory_layers(self, host: HostState, playbook_dir: str) -> list[tuple[str, Mapping[str, Any]]]:
        """Return the inventory's layers of a host, low to high."""
        ...


class PlayView(Protocol):
    """What magic variables need to know of the play."""

    playbook_dir: str
    hosts: list[HostState]
    mentioned: list[Role]
    hostvars: Mapping[str, Any]

    @property
    def run(self) -> RunView:
        """The run it belongs to."""
        ...

    @property
    def name(self) -> str:
        """The play's name."""
        ...

    def view(self, host: HostState, task: PlanTask | None) -> Variables:
        """Return the variables of a host in a task."""
        ...

    def batch_names(self) -> tuple[str, ...]:
        """Return the hosts of the current batch."""
        ...

VERSION = {"full": "2.18.19", "major": 2, "minor": 18, "revision": 19, "string": "2.18.19"}


class HostVars(Mapping[str, VariablesMapping]):
    """`hostvars`: every host of the inventory with its own variables, without those of plays and roles."""

    def __init__(self, play: PlayView) -> None:
        self._play = play

    def __getitem__(self, name: str) -> VariablesMapping:
        state = self._play.run.host(name)
        if state is None:
            raise KeyError(name)
        return VariablesMapping(self._view(state), written=True)

    def _view(self, host: HostState) -> Variables:
        """Return the variables of a host outside the play: none of plays, roles and tasks."""
        run = self._play.run
        layers: dict[str, list[Mapping[str, Any]]] = {}
        for name, mapping in run.inventory_layers(host, self._play.playbook_dir):
            layers.setdefault(name, []).append(mapping)
        layers.update(
            facts=[run.facts_of(host)],
            include_vars=[host.include_vars],
            set_facts=[host.set_facts],
            extra_vars=[run.options.extra_vars],
            magic=[Magic(self._play, host, None)],
        )
        return stack(layers, merge=run.options.merge_variables)

    def __iter__(self) -> Iterator[str]:
        return iter(self._play.run.inventory.hosts)

    def __len__(self) -> int:
        return len(self._play.run.inventory.hosts)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._play.run.host(name) is not None


class Magic(Mapping[str, Any]):
    """The magic layer for one host and, if there is one, one task."""

    __slots__ = ("host", "play", "task")

    def __init__(self, play: PlayView, host: HostState, task: PlanTask | None) -> None:
        self.play = play
        self.host = host
        self.task = task

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a magic variable."""
        make = _TABLE.get(name)
        if make is None or not self._applies(name):
            return default
        return make(self)

    def _applies(self, name: str) -> bool:
        """Tell whether a variable of roles exists here: its own ones only in a role, those of parents only below another role."""
        frame = self.task.frame if self.task else None
        if name in _PARENT_ONLY:
            return bool(frame and frame.role and frame.parents)
        return name not in _ROLE_ONLY or bool(frame and frame.role)

    def __getitem__(self, name: str) -> Any:
        value = self.get(name, _NOTHING)
        if value is _NOTHING:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for name in _TABLE if self._applies(name))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __bool__(self) -> bool:
        return True


_NOTHING = object()


def _groups(magic: Magic) -> dict[str, list[str]]:
    return magic.play.run.groups()


def _inventory_file(magic: Magic) -> str | None:
    return magic.host.host.file or next(iter(magic.play.run.options.inventory_sources), None)


def _inventory_dir(magic: Magic) -> str | None:
    if magic.host.host.folder:
        return magic.host.host.folder
    file = _inventory_file(magic)
    return str(Path(file).parent) if file else None


def _search_path(magic: Magic) -> list[str]:
    task = magic.task
    found: list[str] = []
    if task is not None:
        found += [role.path for role in (task.frame.role, *task.frame.parents) if role]
        found.append(os.path.dirname(os.path.abspath(task.task.position.file)))
    found.append(magic.play.playbook_dir)
    return list(dict.fromkeys(found))


def _role(attribute: str) -> Callable[[Magic], Any]:
    def read(magic: Magic) -> Any:
        assert magic.task is not None
        assert magic.task.frame.role is not None
        return getattr(magic.task.frame.role, attribute)

    return read


def _parents(attribute: str) -> Callable[[Magic], Any]:
    return lambda magic: [getattr(role, attribute) for role in magic.task.frame.parents] if magic.task else []


def _counted(hosts: Iterable[HostState]) -> list[str]:
    return [host.name for host in hosts if host.counted]


def _role_names(magic: Magic) -> list[str]:
    return list(dict.fromkeys((*_dependent_role_names(magic), *_play_role_names(magic))))


def _dependent_role_names(magic: Magic) -> list[str]:
    return list(dict.fromkeys(dep.name for role in magic.play.mentioned for dep in dependency_roles(role)))


def _play_role_names(magic: Magic) -> list[str]:
    return [role.name for role in magic.play.mentioned]


def magic_without_hosts(options: RunOptions, inventory: Inventory) -> dict[str, Any]:
    """Return what is known before any play runs, for the names of static imports."""
    return {
        "groups": {name: list(group.members) for name, group in inventory.groups.items()},
        **{name: of_options(options) for name, of_options in _OF_OPTIONS.items()},
    }


_OF_OPTIONS: Mapping[str, Callable[[RunOptions], Any]] = {
    "ansible_inventory_sources": lambda options: list(options.inventory_sources),
    "ansible_version": lambda options: VERSION,
    "ansible_check_mode": lambda options: options.check,
    "ansible_diff_mode": lambda options: options.diff,
    "ansible_verbosity": lambda options: options.verbosity,
    "ansible_forks": lambda options: options.forks,
    "ansible_limit": lambda options: options.limit,
    "ansible_run_tags": lambda options: list(options.tags or ("all",)),
    "ansible_skip_tags": lambda options: list(options.skip_tags),
    "ansible_config_file": lambda options: options.config_file,
    "ansible_playbook_python": lambda options: sys.executable,
}


def _of_options(make: Callable[[RunOptions], Any]) -> Callable[[Magic], Any]:
    return lambda magic: make(magic.play.run.options)


_TABLE: Mapping[str, Callable[[Magic], Any]] = {
    **{name: _of_options(make) for name, make in _OF_OPTIONS.items()},
    "inventory_hostname": lambda m: m.host.name,
    "inventory_hostname_short": lambda m: m.host.name.split(".")[0],
    "group_names": lambda m: m.play.run.group_names(m.host),
    "groups": _groups,
    "hostvars": lambda m: m.play.hostvars,
    "vars": lambda m: VariablesMapping(m.play.view(m.host, m.task)),
    "play_hosts": lambda m: list(m.play.batch_names()),
    "ansible_play_batch": lambda m: list(m.play.batch_names()),
    "ansible_play_hosts": lambda m: _counted(m.play.hosts),
    "ansible_play_hosts_all": lambda m: list(names(m.play.hosts)),
    "ansible_play_name": lambda m: m.play.name,
    "playbook_dir": lambda m: m.play.playbook_dir,
    "inventory_dir": _inventory_dir,
    "inventory_file": _inventory_file,
    "ansible_search_path": _search_path,
    "omit": lambda m: m.play.run.omit,
    "role_name": _role("short_name"),
    "role_path": _role("path"),
    "ansible_role_name": _role("fqcn"),
    "ansible_collection_name": _role("collection"),
    "ansible_parent_role_names": _parents("name"),
    "ansible_parent_role_paths": _parents("path"),
    "role_names": _play_role_names,
    "ansible_role_names": _role_names,
    "ansible_play_role_names": _play_role_names,
    "ansible_dependent_role_names": _dependent_role_names,
    "environment": lambda m: list(m.task.frame.environment) if m.task else [],
}
_ROLE_ONLY = frozenset("role_name role_path ansible_role_name ansible_collection_name".split())
_PARENT_ONLY = frozenset("ansible_parent_role_names ansible_parent_role_paths".split())
