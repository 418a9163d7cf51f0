"""Runs one target under a deadline and says what came of it."""

import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from tests.conformance.scratch import Scratch

TASK = re.compile(r"^(?:TASK|RUNNING HANDLER) \[(.*)\] \**$")
BAD = re.compile(r"^(?:fatal|failed): \[|^An exception occurred during task|^ERROR! |^Traceback |^\+ (?:exit 1|false)$")


@dataclass(frozen=True)
class Outcome:
    """status: passed, failed or timeout. seconds: how long it took. where: the first task that failed and was not ignored.

    at: day and time of the run, as 2026-11-25T09:30; empty for results kept by an older harness.
    """

    target: str
    status: str
    seconds: float
    where: str = ""
    at: str = ""

    def plain(self) -> dict[str, object]:
        """Return it as plain data."""
        return asdict(self)


def log_file(cache: Path, runner: str, target: str) -> Path:
    """Return where the output of a target goes."""
    return cache / "logs" / runner / f"{target}.log"


def run(target: str, scratch: Scratch, deadline: float, log: Path) -> Outcome:
    """Run a target; its output goes to `log`, its folder is removed. deadline: seconds."""
    begun = time.monotonic()
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as output:
        process = subprocess.Popen(
            scratch.words,
            cwd=scratch.cwd,
            env=scratch.environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code: int | None = process.wait(deadline)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(process)
    shutil.rmtree(scratch.folder, ignore_errors=True)
    seconds, at = round(time.monotonic() - begun, 1), datetime.now().isoformat(timespec="minutes")
    if code == 0:
        return Outcome(target, "passed", seconds, at=at)
    where = first_failure(log.read_text(encoding="utf-8", errors="replace"))
    return Outcome(target, "failed" if code is not None else "timeout", seconds, where, at)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the whole group, which is the target's own session."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(5)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def first_failure(text: str) -> str:
    """Return the last failure of an output that nothing ignored or rescued, as `task: message`; the target ended with it."""
    task, found = "", ""
    lines = text.splitlines()
    for at, line in enumerate(lines):
        named = TASK.match(line)
        if named:
            task = named.group(1)
        elif line.startswith("...ignoring"):
            found = ""
        elif BAD.match(line):
            # a result over several lines: its first two keys say most
            shown = " ".join([line, *(each.strip() for each in lines[at + 1 : at + 3])]) if line.endswith("{") else line
            found = f"{task}: {shown}" if task else shown
    return (found or text.strip().rpartition("\n")[2])[:300]
