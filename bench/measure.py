"""One command measured: wall seconds, CPU seconds of it and all it started on the controller, peak memory, and its output."""

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run took.

    peak: MiB of memory (proportional share) of the controller's processes together. status: None when past the deadline.
    """

    wall: float
    cpu: float
    peak: float
    status: int | None
    output: str


def become_reaper() -> None:
    """Have orphans of the runners (ssh masters) come back to us, so that their CPU time counts and none stays."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)


def descendants(root: int) -> list[int]:
    """Return the process ids of `root` and all below it."""
    parents: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry))
    found, todo = [], [root]
    while todo:
        each = todo.pop()
        found.append(each)
        todo += parents.get(each, [])
    return found


def memory(pids: Sequence[int]) -> float:
    """Return the proportional memory of processes in MiB."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


class Watch(threading.Thread):
    """Samples the memory of a process and its descendants until told to stop."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.peak = 0.0
        self.over = threading.Event()

    def run(self) -> None:
        """Sample; less often when there is more to look at."""
        pause = 0.1
        while not self.over.wait(pause):
            begun = time.monotonic()
            self.peak = max(self.peak, memory(descendants(self.pid)))
            pause = max(0.1, 20 * (time.monotonic() - begun))


def run(argv: Sequence[str], environment: Mapping[str, str], folder: Path, deadline: float, keep: frozenset[int]) -> Measured:
    """Run a command to its end, at most `deadline` seconds, and end what it leaves behind. keep: our own other children."""
    output = folder / "output.txt"
    with output.open("w") as file:
        before = os.times()
        begun = time.monotonic()
        process = subprocess.Popen(
            argv, env=dict(environment), cwd=folder, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
        )
        watch = Watch(process.pid)
        watch.start()
        try:
            status: int | None = process.wait(deadline)
        except subprocess.TimeoutExpired:
            status = None
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        wall = time.monotonic() - begun
        watch.over.set()
        watch.join()
    cpu = _reaped(keep) - before.children_user - before.children_system
    return Measured(wall, cpu, watch.peak, status, output.read_text(errors="replace"))


def _reaped(keep: frozenset[int]) -> float:
    """End the orphans that the command left (they are our children now) and return the CPU time of all children so far."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        orphans = [pid for pid in descendants(os.getpid())[1:] if pid not in keep and _parent(pid) == os.getpid()]
        for pid in orphans:
            try:
                os.kill(pid, signal.SIGTERM if time.monotonic() < end - 5 else signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        if not orphans:
            break
        time.sleep(0.05)
    now = os.times()
    return now.children_user + now.children_system


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
