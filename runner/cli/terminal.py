"""The terminal: its settings kept and put back, and questions that Ctrl-C can end."""

import asyncio
import contextlib
import getpass
import os
import signal
import sys
import termios
import threading
from collections.abc import Iterator

from runner.errors import UsageError

# The terminal that a process was started on, whatever its standard streams are: tty(4).
CONTROLLING = "/dev/tty"


class Terminal:
    """The settings of standard input's terminal as they were when this was made; nothing where there is no terminal."""

    def __init__(self) -> None:
        self._settings: list[object] | None = None
        with contextlib.suppress(termios.error, OSError, ValueError):
            self._settings = termios.tcgetattr(sys.stdin.fileno())

    def restore(self) -> None:
        """Put the settings back: a hidden answer that was not finished leaves a terminal that shows nothing."""
        if self._settings is not None:
            with contextlib.suppress(termios.error, OSError, ValueError):
                termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, self._settings)  # type: ignore[arg-type]


def ask(text: str, hidden: bool) -> str:
    """Ask on the terminal and return the answer. hidden: what is typed is not shown.

    Ctrl-C raises CancelledError, which ends the run; an end of input raises UsageError.
    """
    try:
        with _ending_at_interrupt():
            return unseen(text) if hidden else input(text)
    except KeyboardInterrupt:
        raise asyncio.CancelledError from None
    except EOFError:
        raise _no_answer(text, "give the value with -e") from None


def unseen(text: str) -> str:
    """Ask and return the answer, which the terminal does not show; without a terminal it is a line of standard input.

    Raises EOFError where there is none.
    """
    if sys.stdin.isatty() or _opens(CONTROLLING):
        return getpass.getpass(text)
    sys.stderr.write(text)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        sys.stderr.write("\n")
        raise EOFError
    return line.rstrip("\n")


def _opens(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def password(text: str, option: str) -> str:
    """Ask for a password before a run and return it. option: what gives it from a file instead. Raises UsageError without a terminal."""
    try:
        return unseen(text)
    except EOFError:
        raise _no_answer(text, f"use {option} FILE") from None


def _no_answer(question: str, remedy: str) -> UsageError:
    return UsageError(
        f"no answer to '{question.strip().rstrip(':')}' could be read",
        expected="a terminal, or the answer on standard input",
        found="the end of the input",
        remedy=remedy,
        exit_code=1,
    )


@contextlib.contextmanager
def _ending_at_interrupt() -> Iterator[None]:
    """While the loop's thread itself waits for an answer, the loop cannot act on a signal: let Python raise KeyboardInterrupt."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
