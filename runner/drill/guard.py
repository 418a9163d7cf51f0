"""The guard of a fault that its host cannot undo: a process of its own that sets it, and undoes it when it is due or when we are gone.

`python -m runner.drill.guard` reads two lines of JSON: the job, and when (`at` and `until`, seconds of the monotonic clock). It holds its
standard input; that it ends, because the controller closed it or died, is the word to undo at once. On standard output it says in lines
`armed`, `set TIME`, `was-set TIME STATUS WORDS`, `undo TIME`, `undone TIME STATUS WORDS`.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from runner.errors import RunnerError
from runner.lab import commands, description
from runner.lab.driver import PAUSED, STOPPED, Driver
from runner.lab.state import StateFolder
from runner.record import dataclass

# How often an undo is tried, and the pause between.
TRIES, PAUSE = 6, 5.0
# Seconds that steps have to end when they are asked to.
GRACE = 10.0
STDIN = 0


class Deed(Protocol):
    """What is set and undone. Both raise RunnerError when that fails."""

    def set(self, until: float) -> None:
        """Do it; what still goes on at `until` is to end."""
        ...

    def undo(self) -> None:
        """Take it back; harmless where nothing was done."""
        ...


@dataclass(frozen=True, slots=True)
class Machine:
    """A lab's host that is paused, switched off, killed or made to panic."""

    driver: Driver
    host: str
    action: str

    def set(self, until: float) -> None:
        getattr(self.driver, self.action)(self.host)

    def undo(self) -> None:
        """Have the host run again, and return when it can be reached."""
        there = self.driver.states()[self.host].state
        if there == PAUSED:
            self.driver.unpause(self.host)
        elif there == STOPPED or self.action == "panic":
            self.driver.start(self.host)
            known = {host.name: host for host in description_of(self.driver).hosts}
            commands.wait_until_settled(self.driver, known[self.host])


def description_of(driver: Driver) -> description.Lab:
    """Return the lab that a driver makes."""
    lab: description.Lab = driver.lab  # type: ignore[attr-defined]
    return lab


@dataclass(frozen=True, slots=True)
class Program:
    """A program that breaks, and one that mends."""

    breaks: Sequence[str]
    mends: Sequence[str]

    def set(self, until: float) -> None:
        self._run(self.breaks, max(1.0, until - time.monotonic()), led=True)

    def undo(self) -> None:
        if self.mends:
            self._run(self.mends, None, led=False)

    def _run(self, argv: Sequence[str], seconds: float | None, *, led: bool) -> None:
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as child:
            said, why = hear(child, seconds, led=led)
            if why:
                child.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.communicate(timeout=GRACE)
                child.kill()
                raise RunnerError(why)
        if child.returncode:
            raise RunnerError(said.strip()[-300:] or f"exit status {child.returncode}")


def hear(child: "subprocess.Popen[bytes]", seconds: float | None, *, led: bool) -> tuple[str, str]:
    """Return what a program says until it lets go of its output, and why it was not heard to its end, empty where it was.

    led: only as long as the controller is there.
    """
    assert child.stdout is not None
    until = None if seconds is None else time.monotonic() + seconds
    said, pipes = b"", [child.stdout.fileno(), *([STDIN] if led else [])]
    while True:
        left = None if until is None else max(0.0, until - time.monotonic())
        ready = select.select(pipes, [], [], left)[0]
        if STDIN in ready or not ready:
            why = "its controller is gone" if ready else "it was not done when it was to be undone"
            return said.decode("utf-8", "replace"), f"{why}, and was ended"
        data = os.read(child.stdout.fileno(), 1 << 16)
        if not data:
            return said.decode("utf-8", "replace"), ""
        said = (said + data)[-(1 << 16) :]


def deed_of(job: Mapping[str, Any]) -> Deed:
    """Return what a job is about. Raises RunnerError for a lab that cannot be read."""
    if job["kind"] == "program":
        return Program(job["set"], job["undo"])
    lab = description.read(Path(job["file"]))
    lab.host(job["host"])
    return Machine(commands.driver_for(lab, StateFolder(Path(job["folder"])), lambda line: None), job["host"], job["action"])


def mend(job: Mapping[str, Any]) -> bool:
    """Have a lab's host run again; tell whether it did not. Raises RunnerError when that fails."""
    deed = deed_of(job)
    assert isinstance(deed, Machine)
    stood = deed.driver.states()[deed.host].state in (PAUSED, STOPPED)
    deed.undo()
    return stood


def told(words: str) -> None:
    """Tell the controller, if there is one (any more)."""
    with contextlib.suppress(OSError):
        sys.stdout.write(words + "\n")
        sys.stdout.flush()


def wait_until(when: float) -> bool:
    """Wait until a moment; tell whether the controller was there all the time."""
    left = max(0.0, when - time.monotonic())
    return not select.select([STDIN], [], [], left)[0]


def attempt(work: Callable[[], None], name: str) -> bool:
    """Do something, tell when it began and how it ended, and return whether it went well."""
    begun, ended = {"set": ("set", "was-set"), "undo": ("undo", "undone")}[name]
    told(f"{begun} {time.monotonic():.6f}")
    try:
        work()
    except RunnerError as error:
        said = " ".join(f"{error.message} {error.found or ''}".split())
        told(f"{ended} {time.monotonic():.6f} 1 {said}")
        return False
    told(f"{ended} {time.monotonic():.6f} 0")
    return True


def line() -> str:
    """Return the next line of standard input without reading further; `select` knows nothing of what is kept back."""
    data = b""
    while not data.endswith(b"\n"):
        byte = os.read(STDIN, 1)
        if not byte:
            return ""
        data += byte
    return data.decode()


def main() -> int:
    """Do one job and return 0 when all that was set is undone."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # not SIG_IGN, which programs that are started would inherit
        signal.signal(each, lambda *_: None)
    deed = deed_of(json.loads(line()))
    told("armed")
    # without a word when, there is nothing to do
    times = json.loads(line() or "null")
    if times is None or not wait_until(times["at"]):
        return 0
    attempt(lambda: deed.set(times["until"]), "set")
    wait_until(times["until"])
    for number in range(TRIES):
        if number:
            time.sleep(PAUSE)
        if attempt(deed.undo, "undo"):
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
