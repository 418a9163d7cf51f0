"""Who has a part in one run of a case, and how all of them are dealt with at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from runner.drill.ground import Ground
from runner.drill.model import Case, Drill, Fault
from runner.errors import InventoryError, RunnerError
from runner.position import Position
from runner.record import dataclass, field

T = TypeVar("T")
# Kinds of faults that a guard on this machine sets and undoes, as their hosts cannot.
GUARDED = ("machine", "tasks", "playbook")
# What is done to a machine that ends its system, and with it all that is kept in its memory.
REBOOTS = ("power_off", "kill", "panic")


@dataclass(slots=True)
class Stage:
    """Who does what in a run. watched: observed hosts. sources: host -> indexes of its probes. befallen: (host, number, fault).

    listeners: host -> the observers of services there. ahead: host that was off and is back -> seconds that its clock is behind since.
    """

    watched: list[str]
    sources: dict[str, list[int]]
    befallen: list[tuple[str, int, Fault]]
    pythons: dict[str, str] = field(default_factory=dict)
    listeners: dict[str, list[str]] = field(default_factory=dict)
    ahead: dict[str, float] = field(default_factory=dict)

    @property
    def hosts(self) -> list[str]:
        """Every host that has a part."""
        return list(dict.fromkeys([*self.watched, *self.sources, *self.listeners, *(host for host, _, _ in self.befallen)]))

    @property
    def own(self) -> list[tuple[str, int, Fault]]:
        """What hosts set and undo by themselves."""
        return [each for each in self.befallen if each[2].kind not in GUARDED]

    @property
    def guarded(self) -> list[tuple[str, int, Fault]]:
        """What a guard sets and undoes."""
        return [each for each in self.befallen if each[2].kind in GUARDED]

    @property
    def rebooted(self) -> set[str]:
        """The hosts that lose what is in their memory."""
        return {host for host, _, fault in self.befallen if fault.kind == "machine" and fault.settings["action"] in REBOOTS}


def stage(ground: Ground, drill: Drill, case: Case) -> Stage:
    """Return who does what. Raises RunnerError when a pattern matches nobody."""

    def some(pattern: str, what: str, place: Position | None) -> list[str]:
        return some_hosts(ground, pattern, what, place)

    sources: dict[str, list[int]] = {}
    for index, probe in enumerate(drill.probes):
        sources.setdefault(some(probe.source, f"the probe {probe.name}", drill.places.get(f"load {probe.name}"))[0], []).append(index)
    befallen = [
        (host, number, fault)
        for number, fault in enumerate(case.faults)
        for host in some(fault.on, "a fault", fault.hosts_at or fault.position)
    ]
    listeners: dict[str, list[str]] = {}
    for name, settings in drill.observers.items():
        for host in some(str(settings.get("hosts", drill.hosts)), f"observe.{name}", drill.places.get(f"observe {name}")):
            listeners.setdefault(host, []).append(name)
    return Stage(some(drill.hosts, "hosts", drill.places.get("hosts")), sources, befallen, listeners=listeners)


def some_hosts(ground: Ground, pattern: str, what: str, place: Position | None) -> list[str]:
    """Return the hosts of a pattern. what: that it is for. Raises RunnerError, at that place, when there are none."""
    remedy = "correct the pattern, or the inventory"
    try:
        names = ground.matching(pattern)
    except InventoryError as error:
        message = f"no host matches `{pattern}` ({what}): {error.message}"
        raise RunnerError(
            message, position=place, expected=error.expected, found=error.found, nearest=error.nearest, remedy=remedy
        ) from error
    if not names:
        raise RunnerError(f"no host matches `{pattern}` ({what})", position=place, remedy=remedy)
    return names


async def together(items: Sequence[T], work: Callable[[T], Awaitable[Any]]) -> list[Any]:
    """Do the work on all items at the same time and return what came of it, in order; raise the first error when all are through."""
    done = await asyncio.gather(*(work(each) for each in items), return_exceptions=True)
    for each in done:
        if isinstance(each, BaseException):
            raise each
    return list(done)
