"""One run of one case: lock the hosts, record, arm and set the faults, gather the records, and heal whatever happens."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from runner.drill import arming
from runner.drill.arming import BUSY, Arming
from runner.drill.clock import Offset
from runner.drill.deed import Deed
from runner.drill.ground import Ground
from runner.drill.guarding import Guards, Step
from runner.drill.model import Case, Drill, Fault, Observed, headline
from runner.drill.readiness import choose, deed_on, furnish, make_sure
from runner.drill.recording import gather, record
from runner.drill.stage import Stage, stage, together
from runner.errors import RunnerError, TaskError

# Seconds that getting ready and cleaning up may take beside what the drill itself takes; a lock ends after that.
SLACK = 60.0
# Faults are armed on all hosts before the first is set.
ARMING_SECONDS = 2.0


class Onlooker(Protocol):
    """Who looks on while a case is run."""

    def begin(self, cast: Stage) -> None:
        """The hosts are taken and known, and do not record yet."""
        ...

    def guard(self, host: str, number: int, word: str, when: float) -> None:
        """A guard says something: see `guarding.Told`."""
        ...


def no_steps(fault: Fault, number: int, hosts: Sequence[str], which: str) -> list[str]:
    """Refuse faults that are steps of the language, where nobody said how to run them."""
    raise RunnerError(f"`{fault.title}` cannot be run here", position=fault.position)


async def perform(
    ground: Ground,
    drill: Drill,
    case: Case,
    owner: str,
    say: Callable[[str], None],
    onlooker: Onlooker | None = None,
    step: Step = no_steps,
) -> Observed:
    """Run the case once and return what was recorded. onlooker: told how it goes on. step: see `Guards`.

    Raises RunnerError when it cannot begin: hosts taken by another drill, a fault that cannot be set, a host out of reach.
    """
    cast = stage(ground, drill, case)
    deeds = {(host, number): deed_on(ground, host, number, fault) for host, number, fault in cast.own}
    taken: list[str] = []
    coming: list[asyncio.Task[None]] = []
    offsets: dict[str, Offset] = {}
    seconds = _seconds(drill, case)

    def back(host: str) -> None:
        coming.append(asyncio.create_task(_again(ground, drill, cast, host, owner, seconds, offsets[host])))

    guards = Guards(ground, say, step, back)
    if onlooker:
        guards.told = onlooker.guard
    guards.jobs(cast.guarded)
    try:
        await _take(ground, cast.hosts, owner, seconds, taken)
        offsets |= await _clocks(ground, cast)
        await choose(ground, cast)
        await together(cast.own, lambda each: furnish(ground, each, deeds[each[0], each[1]]))
        await together(cast.own, lambda each: make_sure(ground, each, deeds[each[0], each[1]], cast.pythons[each[0]], say))
        await guards.start(cast.guarded)
        if onlooker:
            onlooker.begin(cast)
        await record(ground, drill, cast, seconds)
        begin = time.monotonic() + 0.5
        zero = begin + drill.before
        say(f"{case.name}: recording; the first fault comes in {drill.before:g} s")
        await asyncio.sleep(max(0.0, zero - time.monotonic() - ARMING_SECONDS))
        guards.arm(zero)
        await together(cast.own, lambda each: _arm(ground, each, deeds[each[0], each[1]], zero, cast.pythons[each[0]]))
        say(f"{case.name}: armed: " + "; ".join(f"{headline(fault.title)} for {fault.seconds:g} s" for fault in case.faults))
        end = zero + case.length + drill.after
        timeout = max((probe.timeout for probe in drill.probes), default=0.0)
        await asyncio.sleep(max(0.0, end + timeout + 0.5 - time.monotonic()))
        # a machine may take longer to start than is recorded
        await guards.done()
        if coming:
            await asyncio.wait(coming, timeout=SLACK)
        return await gather(ground, drill, cast, owner, offsets, (begin, end), guards.broken())
    finally:
        await guards.end()
        for each in coming:
            each.cancel()
        if coming:
            await asyncio.wait(coming)
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

    await together(hosts, take)


async def _again(ground: Ground, drill: Drill, cast: Stage, host: str, owner: str, seconds: float, before: Offset) -> None:
    """Take a host that was off, as soon as it can be reached, and go on recording there. before: its clock, which may begin anew."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            await ground.shell(host, arming.take_again(owner, seconds))
            cast.ahead[host] = (await ground.clock(host)).behind(before)
            await record(ground, drill, cast, seconds, {host: cast.ahead[host]})
            await ground.shell(host, arming.stop_recorder("watch-early"))
        except RunnerError:
            await asyncio.sleep(0.5)
        else:
            return


async def _clocks(ground: Ground, cast: Stage) -> dict[str, Offset]:
    async def look(host: str) -> tuple[str, Offset, str]:
        return host, await ground.clock(host), await ground.python(host)

    # One host after the other: asking them all at once would make the answers late.
    known = [await look(host) for host in cast.hosts]
    cast.pythons.update({host: python for host, _, python in known})
    return {host: offset for host, offset, _ in known}


async def _arm(ground: Ground, each: tuple[str, int, Fault], wanted: Deed, zero: float, python: str) -> None:
    host, number, fault = each
    delay = zero + fault.at - time.monotonic()
    answer = await ground.shell(host, arming.arm(Arming(number, wanted, max(delay, 0.2), fault.seconds, python)))
    if answer.rc:
        said = answer.stderr.decode("utf-8", "replace").strip()
        raise TaskError(f"{host}: `{fault.title}` could not be armed, so it is not set: {said}", position=fault.position)


async def heal_all(ground: Ground, hosts: Sequence[str], say: Callable[[str], None], owner: str = "") -> list[str]:
    """Undo every fault on the hosts and give them back; return those on which that failed.

    owner: leave hosts alone that another drill has, and say only what went wrong; without one, end any drill.

    A host out of reach is tried for a while: it may be cut off until its own undo mends that.
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

    return [host for host in await together(hosts, one) if host is not None]
