"""Static pods of the STAND-IN for kubelet: a process each, known by a file, so that another kubelet finds those of the one before."""

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

PODS = Path("/run/kubernetes-standin")


def running():
    """Return name -> manifest of the pods whose process is alive."""
    _reap()
    found = {}
    for file in PODS.glob("*.json"):
        words = json.loads(file.read_text())
        if words["began"] and words["began"] == _began(words["process"]):
            found[file.stem] = words["manifest"]
    return found


def start(name, manifest):
    """Start the process that a manifest wants."""
    PODS.mkdir(exist_ok=True)
    process = subprocess.Popen(json.loads(manifest)["spec"]["containers"][0]["command"], start_new_session=True)
    words = {"process": process.pid, "began": _began(process.pid), "manifest": manifest}
    (PODS / f"{name}.json").write_text(json.dumps(words))


def stop(name, seconds=10):
    """End a pod's process, by force where it does not go."""
    file = PODS / f"{name}.json"
    words = json.loads(file.read_text())
    until = time.monotonic() + seconds
    while words["began"] and words["began"] == _began(words["process"]):
        with contextlib.suppress(ProcessLookupError):
            os.kill(words["process"], signal.SIGTERM if time.monotonic() < until else signal.SIGKILL)
        time.sleep(0.1)
        _reap()
    file.unlink()


def _began(process):
    """Return when a process began, in ticks of the kernel, or None where it is no more: a number alone may be another's by now."""
    try:
        state, *rest = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state == "Z" else rest[18]


def _reap():
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
