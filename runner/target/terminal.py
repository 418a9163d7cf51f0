"""Runs a program on a terminal of its own and answers what it asks. Source: pty(7), termios(3)."""

import fcntl
import os
import pty
import select
import subprocess
import termios
import time
from typing import Any, Callable, Dict, List, Optional, Tuple

from runner.target.processes import end_group

PIECE = 4096


def converse(
    argv: List[str],
    answer: Callable[[str], Optional[Tuple[int, str]]],
    cwd: Optional[str] = None,
    environ: Optional[Dict[str, str]] = None,
    timeout: Optional[float] = None,
    echo: bool = False,
) -> Tuple[Optional[int], str]:
    """Run a program and return (exit status, all that it printed); the status is None when it waited too long and was ended.

    answer: called with the output since the last answer; returns (how much of it the question took, what to type), or None.
    timeout: seconds without a question it knows. echo: the terminal shows what is typed. Raises OSError when it cannot start.
    """
    ours, theirs = pty.openpty()
    try:
        if not echo:
            modes = termios.tcgetattr(theirs)
            modes[3] &= ~termios.ECHO
            termios.tcsetattr(theirs, termios.TCSANOW, modes)
        process = _started(argv, theirs, cwd, environ)
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    try:
        ended, output = _talk(ours, answer, timeout)
        if not ended:
            end_group(process)
            process.wait()
            return None, output
        return process.wait(), output
    except BaseException:
        end_group(process)
        process.wait()
        raise
    finally:
        os.close(ours)


def _started(argv: List[str], terminal: int, cwd: Optional[str], environ: Optional[Dict[str, str]]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        argv,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        cwd=cwd,
        env=environ,
        start_new_session=True,
        preexec_fn=_own_terminal,  # noqa: PLW1509 - one system call, nothing that could wait for a lock of another thread
    )


def _own_terminal() -> None:
    # programs that ask for passwords open /dev/tty: the session needs the terminal as its own
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _talk(terminal: int, answer: Callable[[str], Any], timeout: Optional[float]) -> Tuple[bool, str]:
    output, since = b"", b""
    limit = None if timeout is None else time.monotonic() + timeout
    while True:
        left = None if limit is None else max(0.0, limit - time.monotonic())
        if not select.select([terminal], [], [], left)[0]:
            return False, output.decode("utf-8", "surrogateescape")
        piece = _read(terminal)
        if not piece:
            return True, output.decode("utf-8", "surrogateescape")
        output += piece
        since += piece
        text = since.decode("utf-8", "surrogateescape")
        found = answer(text)
        while found is not None:
            taken, typed = found
            os.write(terminal, typed.encode("utf-8", "surrogateescape"))
            text = text[taken:]
            limit = None if timeout is None else time.monotonic() + timeout
            found = answer(text)
        since = text.encode("utf-8", "surrogateescape")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, PIECE)
    except OSError:
        # Linux says EIO when the last program has left the terminal
        return b""
