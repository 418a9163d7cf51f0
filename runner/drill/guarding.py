"""The controller's side of guards: which faults need one, their start, what they say, and their end."""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from runner.drill.ground import Ground
from runner.drill.guard import mend
from runner.drill.model import Broken, Fault, headline
from runner.drill.stage import GUARDED, REBOOTS
from runner.errors import RunnerError, TaskError
from runner.lab import description
from runner.record import dataclass, field

# The variables by which a lab's inventory says what its hosts are.
FILE, FOLDER = "muster_lab_file", "muster_lab_folder"
# Seconds that a guard may take to undo before nobody waits for it any longer; it goes on by itself.
PATIENCE = 240.0

# Is told, host by host, what a guard says of a fault: (host, its number, `set`, `undo`, `undone`, `not-set` or `not-undone`, our clock).
Told = Callable[[str, int, str, float], None]
Step = Callable[[Fault, int, Sequence[str], str], list[str]]


@dataclass(slots=True)
class Guard:
    """A guard that runs. hosts: whom its fault befalls. took, back_at: see `Broken`."""

    fault: Fault
    number: int
    hosts: list[str]
    process: asyncio.subprocess.Process
    set_at: float | None = None
    undone_at: float | None = None
    took: float = 0.0
    back_at: float | None = None
    wrong: list[str] = field(default_factory=list)
    reader: asyncio.Task[None] | None = None


def machine_job(ground: Ground, host: str, fault: Fault) -> dict[str, Any]:
    """Return a guard's job for a host of a lab. Raises RunnerError for any other host."""
    file, folder = (str(ground.variable(host, name) or "") for name in (FILE, FOLDER))

    def refusal(found: str) -> RunnerError:
        return RunnerError(
            f"`{fault.title}`: {host} is not a host of a lab, so nobody here can do that to it, nor switch it on again",
            position=fault.position,
            expected=f"the variables {FILE} and {FOLDER}, which `muster lab up` writes into the lab's inventory",
            found=found,
            remedy="use the lab's own inventory (.lab/NAME/hosts.yml), written anew by `muster lab up`; or another fault",
        )

    if not file or not folder:
        raise refusal("they are not set")
    if not Path(file).is_file():
        raise refusal(f"there is no file {file}")
    lab = description.read(Path(file))
    known = {each.name: each.address for each in lab.hosts}
    if known.get(host) != str(ground.variable(host, "ansible_host") or ""):
        raise refusal(f"{file} has no host {host} with this address")
    return {"kind": "machine", "file": file, "folder": folder, "host": host, "action": fault.settings["action"]}


@dataclass(slots=True)
class Guards:
    """The guards of one run. step: (fault, number, hosts, `set` or `undo`) -> the command that does the steps of a fault.

    back: told of a host that was switched on again. told: see `Told`.
    """

    ground: Ground
    say: Callable[[str], None]
    step: Step
    back: Callable[[str], None]
    told: Told = lambda host, number, word, when: None
    guards: list[Guard] = field(default_factory=list)

    def jobs(self, befallen: Sequence[tuple[str, int, Fault]]) -> list[tuple[Fault, int, list[str], dict[str, Any]]]:
        """Return the jobs that faults come down to: one a host for machines, one for all hosts of steps. Raises RunnerError."""
        found: list[tuple[Fault, int, list[str], dict[str, Any]]] = []
        together: dict[int, tuple[Fault, list[str]]] = {}
        for host, number, fault in befallen:
            if fault.kind == "machine":
                found.append((fault, number, [host], machine_job(self.ground, host, fault)))
            elif fault.kind in GUARDED:
                together.setdefault(number, (fault, []))[1].append(host)
        for number, (fault, hosts) in together.items():
            words = {name: self.step(fault, number, hosts, name) for name in ("set", "undo")}
            found.append((fault, number, hosts, {"kind": "program", **words}))
        return found

    async def start(self, befallen: Sequence[tuple[str, int, Fault]]) -> None:
        """Start the guards and see that each is ready. Raises TaskError for one that is not."""
        for fault, number, hosts, job in self.jobs(befallen):
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "runner.drill.guard",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
            guard = Guard(fault, number, hosts, process)
            self.guards.append(guard)
            self._send(guard, job)
        for guard in self.guards:
            if (await guard.process.stdout.readline()).strip() != b"armed":  # type: ignore[union-attr]
                raise TaskError(f"`{guard.fault.title}` has no guard, so it is not set", position=guard.fault.position)
            guard.reader = asyncio.create_task(self._read(guard))

    def arm(self, zero: float) -> None:
        """Tell each guard when. zero: the first moment of breaking, on our monotonic clock."""
        for guard in self.guards:
            at = max(zero + guard.fault.at, time.monotonic())
            self._send(guard, {"at": at, "until": at + guard.fault.seconds})

    def _send(self, guard: Guard, words: Mapping[str, Any]) -> None:
        assert guard.process.stdin is not None
        guard.process.stdin.write(json.dumps(dict(words)).encode() + b"\n")

    async def _read(self, guard: Guard) -> None:
        assert guard.process.stdout is not None
        what, who = headline(guard.fault.title), ", ".join(guard.hosts)
        while text := (await guard.process.stdout.readline()).decode("utf-8", "replace"):
            mark, when, *rest = text.split(maxsplit=3)
            if word := _word(mark, rest):
                for host in guard.hosts:
                    self.told(host, guard.number, word, float(when))
            if mark == "set":
                guard.set_at = float(when)
                self.say(f"{who}: {what}: set")
            elif mark == "undo":
                guard.undone_at = guard.undone_at or float(when)
            elif rest[0] != "0":
                words = {"was-set": "was not set", "undone": "was not undone"}[mark]
                guard.wrong = [each for each in guard.wrong if mark == "was-set" or "was not undone" not in each]
                guard.wrong.append(f"{who}: {what} {words}: {' '.join(rest[1:]).strip()}")
                self.say(guard.wrong[-1])
            elif mark == "was-set" and guard.fault.kind == "machine":
                guard.took = float(when) - (guard.set_at or float(when))
            elif mark == "undone":
                guard.back_at = float(when)
                guard.wrong = [each for each in guard.wrong if "was not undone" not in each]
                self.say(f"{who}: {what}: undone")
                if guard.fault.settings.get("action") in REBOOTS:
                    for host in guard.hosts:
                        self.back(host)

    def broken(self) -> tuple[list[Broken], list[str]]:
        """Return what was broken when, and what went wrong with that."""
        found = [
            Broken(host, headline(guard.fault.title), guard.set_at, guard.undone_at, guard.fault.kind, "", guard.took, guard.back_at)
            for guard in self.guards
            for host in guard.hosts
        ]
        wrong = [each for guard in self.guards for each in guard.wrong]
        for guard in self.guards:
            lacking = "set" if guard.set_at is None else "undone" if guard.undone_at is None else ""
            if lacking:
                wrong.append(f"{', '.join(guard.hosts)}: {headline(guard.fault.title)} was never {lacking}")
        return found, wrong

    async def end(self) -> None:
        """Have everything undone now, and wait for it."""
        for guard in self.guards:
            if guard.process.stdin is not None:
                guard.process.stdin.close()
        await self.done()

    async def done(self) -> None:
        """Wait until everything is undone."""
        for guard in self.guards:
            try:
                await asyncio.wait_for(guard.process.wait(), PATIENCE)
            except TimeoutError:
                self.say(f"{', '.join(guard.hosts)}: the guard of `{headline(guard.fault.title)}` still tries to undo it")
            else:
                await asyncio.gather(*([guard.reader] if guard.reader else []))


def _word(mark: str, rest: Sequence[str]) -> str:
    """Return what a line of a guard comes to, empty for one that ends what was told when it began."""
    well = not rest or rest[0] == "0"
    return {"was-set": "" if well else "not-set", "undone": "undone" if well else "not-undone"}.get(mark, mark)


async def rouse(ground: Ground, hosts: Sequence[str], say: Callable[[str], None]) -> None:
    """Have hosts of labs run again that are paused or off, as a guard leaves them that was killed itself."""

    async def one(host: str) -> None:
        fault = Fault(host, "machine", {"action": "kill"}, 1.0)
        try:
            job = machine_job(ground, host, fault)
        except RunnerError:
            return
        try:
            if await asyncio.to_thread(mend, job):
                say(f"{host}: runs again")
        except RunnerError as error:
            say(f"{host}: cannot be made to run: {error.message}")

    await asyncio.gather(*(one(host) for host in hosts))
