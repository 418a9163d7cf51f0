"""Runs `muster drill` for the tests on real hosts."""

import subprocess
import sys


def drill(*words: str) -> tuple[int, str]:
    """Return its exit status, and all that it said."""
    argv = [sys.executable, "-m", "runner", "drill", *words]
    done = subprocess.run(argv, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=240)
    return done.returncode, done.stdout
