"""One run of one case: lock the hosts, record, arm and set the faults, gather the records, and heal whatever happens."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from importlib import resources
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

from runner.drill import arming, records
from runner.drill.arming import BUSY, Arming
from runner.drill.clock import Offset
from runner.drill.deed import EVERYONE, FOLDER, Deed
from runner.drill.fault_settings import FILES
from runner.drill.faults import deed
from runner.drill.ground import Ground
from runner.drill.model import Broken, Case, Drill, Fault, Observed, headline
from runner.errors import BecomeError, RunnerError, TaskError, Unreachable
from runner.record import dataclass, field

T = TypeVar("T")
# Seconds that getting ready and cleaning up may take beside what the drill itself takes; a lock ends after that.
SLACK = 60.0
# Faults are armed on all hosts before the first is set.
ARMING_SECONDS = 2.0
# kind of fault -> the setting that names the other hosts it is about
PEERS = {"cut": "from", "traffic": "to"}


@dataclass(slots=True)
class Stage:
    """Who does what in a run. watched: observed hosts. sources: host -> indexes of its probes. befallen: (host, number, fault)."""

    watched: list[str]
    sources: dict[str, list[int]]
    befallen: list[tuple[str, int, Fault]]
    pythons: dict[str, str] = field(default_factory=dict)

    @property
    def hosts(self) -> list[str]:
        """Every host that has a part."""
        return list(dict.fromkeys([*self.watched, *self.sources, *(host for host, _, _ in self.befallen)]))


def stage(ground: Ground, drill: Drill, case: Case) -> Stage:
    """Return who does what. Raises RunnerError when a pattern matches nobody."""

    def some(pattern: str, what: str, place: Any = None) -> list[str]:
        names = ground.matching(pattern)
        if not names:
            raise RunnerError(f"no host matches `{pattern}` ({what})", position=place, remedy="correct the pattern, or the inventory")
        return names

    sources: dict[str, list[int]] = {}
    for index, probe in enumerate(drill.probes):
        sources.setdefault(some(probe.source, f"the probe {probe.name}")[0], []).append(index)
    befallen = [
        (host, number, fault)
        for number, fault in enumerate(case.faults)
        for host in some(fault.on, "a fault", fault.position)
    ]
    return Stage(some(drill.hosts, "hosts"), sources, befallen)


def deed_on(ground: Ground, host: str, number: int, fault: Fault) -> Deed:
    """Return what a fault does on a host. Raises RunnerError when a host that it is about has no address."""
    pattern = str(fault.settings.get(PEERS.get(fault.kind, ""), EVERYONE))
    peers = [] if pattern == EVERYONE else _peers(ground, host, pattern, fault)
    given = {key: Path(fault.settings[key]).read_bytes() for key in FILES if key in fault.settings}
    return deed(fault, number, peers, given)


def _peers(ground: Ground, host: str, pattern: str, fault: Fault) -> list[str]:
    """Return the addresses of the other hosts of a pattern."""
    peers: list[str] = []
    for name in ground.matching(pattern):
        address = str(ground.variable(name, "ansible_host") or name)
        try:
            peers += [str(ip_address(address))] if name != host else []
        except ValueError as cause:
            raise RunnerError(
                f"{name} cannot be cut off from: {address} is no IP address",
                position=fault.position,
                remedy=f"give {name} an address in ansible_host",
            ) from cause
    if not peers:
        raise RunnerError(f"a {fault.kind} from nobody", position=fault.position, expected=f"a pattern of other hosts, or `{EVERYONE}`")
    return peers


async def perform(
    ground: Ground, drill: Drill, case: Case, owner: str, say: Callable[[str], None], begun: Callable[[Stage], None] = lambda cast: None
) -> Observed:
    """Run the case once and return what was recorded. begun: called when the hosts are taken and known, before they record.

    Raises RunnerError when it cannot begin: hosts taken by another drill, a fault that cannot be set, a host out of reach.
    """
    cast = stage(ground, drill, case)
    deeds = {(host, number): deed_on(ground, host, number, fault) for host, number, fault in cast.befallen}
    taken: list[str] = []
    try:
        await _take(ground, cast.hosts, owner, _seconds(drill, case), taken)
        offsets = await _clocks(ground, cast)
        await _together(cast.befallen, lambda each: _furnish(ground, each, deeds[each[0], each[1]]))
        await _together(cast.befallen, lambda each: _ready(ground, each, deeds[each[0], each[1]], cast.pythons[each[0]]))
        begun(cast)
        await _record(ground, drill, cast, _seconds(drill, case))
        begin = time.monotonic() + 0.5
        zero = begin + drill.before
        say(f"{case.name}: recording; the first fault comes in {drill.before:g} s")
        await asyncio.sleep(max(0.0, zero - time.monotonic() - ARMING_SECONDS))
        await _together(cast.befallen, lambda each: _arm(ground, each, deeds[each[0], each[1]], zero, cast.pythons[each[0]]))
        say(f"{case.name}: armed: " + "; ".join(f"{headline(fault.title)} for {fault.seconds:g} s" for fault in case.faults))
        end = zero + case.length + drill.after
        timeout = max((probe.timeout for probe in drill.probes), default=0.0)
        await asyncio.sleep(max(0.0, end + timeout + 0.5 - time.monotonic()))
        return await _gather(ground, drill, cast, case, offsets, (begin, end))
    finally:
        await heal_all(ground, taken, say, owner)


def _seconds(drill: Drill, case: Case) -> float:
    return drill.before + case.length + drill.after + SLACK


async def _take(ground: Ground, hosts: Sequence[str], owner: str, seconds: float, taken: list[str]) -> None:
    async def take(host: str) -> None:
        # noted before, as it may be taken although we are interrupted; healing leaves alone what is not ours
        taken.append(host)
        answer = await ground.shell(host, arming.lock(owner, seconds))
        said = answer.stdout.decode("utf-8", "replace").strip()
        if answer.rc == BUSY:
            who, _, left = said.splitlines()[-1].rpartition(" ")
            raise RunnerError(
                f"{host} is taken by another drill, {who}, for at most {left} s more",
                remedy=f"wait for it, or `muster drill heal --limit {host}` ends it",
            )
        if answer.rc:
            raise TaskError(f"{host} cannot be taken for the drill: {said or answer.stderr.decode('utf-8', 'replace').strip()}")

    await _together(hosts, take)


async def _furnish(ground: Ground, each: tuple[str, int, Fault], wanted: Deed) -> None:
    """Put what a fault needs on its host."""
    host, _, fault = each
    files = dict(wanted.files)
    if wanted.make:
        found = [await ground.get(host, path) for path in wanted.made_from]
        try:
            files |= wanted.make(found)
        except TaskError as error:
            raise RunnerError(
                f"{host}: `{fault.title}` cannot be set here: {error.message}", position=fault.position, remedy=error.remedy
            ) from error
    for name, data in files.items():
        await ground.put(host, data, f"{FOLDER}/{name}")


async def _ready(ground: Ground, each: tuple[str, int, Fault], wanted: Deed, python: str) -> None:
    host, _, fault = each
    answer = await ground.shell(host, arming.ready(wanted, python))
    if answer.rc:
        said = (answer.stdout + answer.stderr).decode("utf-8", "replace").strip()
        raise RunnerError(
            f"{host}: `{fault.title}` cannot be set here: {said or f'exit status {answer.rc}'}",
            position=fault.position,
            remedy="bring the host into its steady state, or take the fault out",
        )


async def _clocks(ground: Ground, cast: Stage) -> dict[str, Offset]:
    async def look(host: str) -> tuple[str, Offset, str]:
        return host, await ground.clock(host), await ground.python(host)

    # One host after the other: asking them all at once would make the answers late.
    known = [await look(host) for host in cast.hosts]
    cast.pythons.update({host: python for host, _, python in known})
    return {host: offset for host, offset, _ in known}


async def _record(ground: Ground, drill: Drill, cast: Stage, seconds: float) -> None:
    async def start(host: str, name: str, settings: dict[str, Any]) -> None:
        code = (resources.files("runner.target") / f"drill_{name}.py").read_bytes()
        await ground.put(host, code, f"{FOLDER}/{name}.py")
        settings = {**settings, "out": f"{FOLDER}/{name}.log"}
        await ground.put(host, json.dumps(settings).encode(), f"{FOLDER}/{name}.json")
        answer = await ground.shell(host, arming.recorder(name, cast.pythons[host], seconds))
        if answer.rc:
            raise TaskError(f"{host}: the recorder cannot be started: {answer.stderr.decode('utf-8', 'replace').strip()}")

    async def both(host: str) -> None:
        if host in cast.watched:
            addresses = [drill.address] if drill.address else []
            await start(host, "watch", {"addresses": addresses, "units": list(drill.units), "period": drill.period})
        if host in cast.sources:
            probes = [_probe_settings(drill, index) for index in cast.sources[host]]
            await start(host, "probe", {"probes": probes})

    await _together(cast.hosts, both)


def _probe_settings(drill: Drill, index: int) -> dict[str, Any]:
    probe = drill.probes[index]
    return {**probe.settings, "name": probe.name, "kind": probe.kind, "rate": probe.rate, "timeout": probe.timeout}


async def _arm(ground: Ground, each: tuple[str, int, Fault], wanted: Deed, zero: float, python: str) -> None:
    host, number, fault = each
    delay = zero + fault.at - time.monotonic()
    answer = await ground.shell(host, arming.arm(Arming(number, wanted, max(delay, 0.2), fault.seconds, python)))
    if answer.rc:
        said = answer.stderr.decode("utf-8", "replace").strip()
        raise TaskError(f"{host}: `{fault.title}` could not be armed, so it is not set: {said}", position=fault.position)


async def _gather(
    ground: Ground, drill: Drill, cast: Stage, case: Case, offsets: dict[str, Offset], window: tuple[float, float]
) -> Observed:
    begin, end = window
    complaints: list[str] = []

    async def fetch(host: str) -> dict[str, str]:
        try:
            for name in ("probe",) * (host in cast.sources) + ("watch",) * (host in cast.watched):
                await ground.shell(host, arming.stop_recorder(name))
            return {name: (await ground.get(host, f"{FOLDER}/{name}")).decode() for name in ("log", "watch.log", "probe.log")}
        except (Unreachable, TaskError, BecomeError) as error:
            complaints.append(f"{host}: its records are out of reach: {error.message}")
            return {"log": "", "watch.log": "", "probe.log": ""}

    texts = dict(zip(cast.hosts, await _together(cast.hosts, fetch)))
    asked: dict[str, Any] = {}
    for host, indexes in cast.sources.items():
        found = records.requests_in(texts[host]["probe.log"], offsets[host], len(indexes))
        asked.update({drill.probes[index].name: each for index, each in zip(indexes, found)})
    broken: list[Broken] = []
    for host in dict.fromkeys(host for host, _, _ in cast.befallen):
        titles = {number: headline(fault.title) for name, number, fault in cast.befallen if name == host}
        done, wrong = records.broken_in(texts[host]["log"], offsets[host], host, titles)
        broken += done
        complaints += wrong
    watched = {host: texts[host]["watch.log"] for host in cast.watched}
    return Observed(
        begin,
        end,
        asked,
        {host: records.holding_in(text, offsets[host]) for host, text in watched.items()},
        {host: records.units_in(text, offsets[host], drill.units, end) for host, text in watched.items()},
        broken,
        {host: offset.error for host, offset in offsets.items()},
        {host: offset.seconds for host, offset in offsets.items()},
        complaints,
    )


async def heal_all(ground: Ground, hosts: Sequence[str], say: Callable[[str], None], owner: str = "") -> list[str]:
    """Undo every fault on the hosts and give them back; return those on which that failed.

    owner: leave hosts alone that another drill has, and say only what went wrong; without one, end any drill.

    A host out of reach is tried for a while: it may be cut off until its own timer mends that.
    """

    async def one(host: str) -> str | None:
        last = ""
        for pause in (0, 2, 5, 10):
            await asyncio.sleep(pause)
            try:
                answer = await ground.shell(host, arming.heal(owner))
            except RunnerError as error:
                last = error.message
                continue
            said = answer.stdout.decode("utf-8", "replace").split("\n")
            for line in filter(None, said):
                if not owner or line.startswith("NOT"):
                    say(f"{host}: {line}")
            if answer.rc == 0:
                return None
            last = "something could not be undone"
        say(f"{host}: not healed: {last}")
        return host

    return [host for host in await _together(hosts, one) if host is not None]


async def _together(items: Sequence[T], work: Callable[[T], Awaitable[Any]]) -> list[Any]:
    """Do the work on all items at the same time and return what came of it, in order; raise the first error when all are through."""
    done = await asyncio.gather(*(work(each) for each in items), return_exceptions=True)
    for each in done:
        if isinstance(each, BaseException):
            raise each
    return list(done)
