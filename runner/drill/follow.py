"""Looks on while a drill runs: hears each host over a connection of its own, so that the view takes nothing from the measuring."""

import asyncio
import contextlib
import shlex
import time
from collections.abc import AsyncIterator, Callable
from importlib import resources

from runner.drill.deed import FOLDER
from runner.drill.ground import Ground
from runner.drill.live import HostNow, Live, ProbeNow
from runner.drill.model import Case, Drill, headline
from runner.drill.stage import REBOOTS, Stage
from runner.errors import RunnerError
from runner.record import dataclass

TICK = 0.5
# A host that was not heard for so long is asked over a new connection: the old one may wait much longer than the cut lasted.
SILENT = 5.0
# How long the hosts have to say goodbye when the drill's folder is gone.
GOODBYE = 2.0


def live_of(drill: Drill, case: Case, cast: Stage, title: str) -> Live:
    """Return the view of a run that has not begun."""
    names = {host: [drill.probes[index].name for index in indexes] for host, indexes in cast.sources.items()}
    faults: dict[str, dict[int, str]] = {}
    for host, number, fault in cast.befallen:
        faults.setdefault(host, {})[number] = headline(fault.title)
    return Live(
        title,
        drill.before + case.length + drill.after + 0.5,
        drill.address,
        drill.units,
        {host: HostNow() for host in cast.hosts},
        {name: ProbeNow(host) for host, each in names.items() for name in each},
        names,
        faults,
        {(host, number): {} for host, number, _ in cast.guarded},
        frozenset((host, number) for host, number, fault in cast.guarded if fault.settings.get("action") in REBOOTS),
    )


@dataclass(slots=True)
class Following:
    """One run that is looked on. start: begins to hear the hosts of its view."""

    drill: Drill
    case: Case
    title: str
    start: Callable[[Live, Stage], None]
    live: Live | None = None

    def begin(self, cast: Stage) -> None:
        """Begin to follow: the hosts are taken."""
        self.live = live_of(self.drill, self.case, cast, self.title)
        self.start(self.live, cast)

    def guard(self, host: str, number: int, word: str, when: float) -> None:
        """Take what a guard says."""
        if self.live is not None:
            self.live.guard(host, number, word, when)


@dataclass(slots=True)
class Follower:
    """Follows runs. show: is given the view about twice a second, and None when the run is over."""

    ground: Ground
    show: Callable[[Live | None], None]

    @contextlib.asynccontextmanager
    async def following(self, drill: Drill, case: Case, title: str) -> AsyncIterator[Following]:
        """Give the onlooker of a run; end the following with the block."""
        tasks: list[asyncio.Task[None]] = []

        def start(live: Live, cast: Stage) -> None:
            tasks.append(asyncio.create_task(self._tick(live)))
            tasks.extend(asyncio.create_task(self._host(live, host, cast.pythons[host])) for host in cast.hosts)

        try:
            yield Following(drill, case, title, start)
        finally:
            if tasks[1:]:
                await asyncio.wait(tasks[1:], timeout=GOODBYE)
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            self.show(None)
        for end in ends:
            if isinstance(end, Exception):
                raise end

    async def _tick(self, live: Live) -> None:
        while True:
            self.show(live)
            await asyncio.sleep(TICK)

    async def _host(self, live: Live, host: str, python: str) -> None:
        """Hear a host until it says that the drill is over there; in vain is no matter, the view says so."""
        code = (resources.files("runner.target") / "drill_follow.py").read_text(encoding="utf-8")
        while True:
            with contextlib.suppress(RunnerError, TimeoutError):
                if await self._hear(live, host, f"exec {shlex.quote(python)} -I -S -c {shlex.quote(code)} {FOLDER}"):
                    return
            await asyncio.sleep(TICK)

    async def _hear(self, live: Live, host: str, script: str) -> bool:
        """Hear a host on one connection; tell whether it ended by itself. Raises TimeoutError when it falls silent."""
        rest = b""
        async with asyncio.timeout(2 * SILENT) as limit:

            def take(data: bytes) -> None:
                nonlocal rest
                whole, _, rest = (rest + data).rpartition(b"\n")
                live.take(host, whole.decode("utf-8", "replace"), time.monotonic())
                limit.reschedule(asyncio.get_running_loop().time() + SILENT)

            return await self.ground.follow(host, script, take) == 0

