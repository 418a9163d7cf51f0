"""Standard streams that can always be used: none is missing, no character is too much for one, and output that goes nowhere is told."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import Any

from runner.errors import UsageError


class OutputLost(UsageError):
    """Standard output cannot be written any more: its disk is full, its device is gone. Ends the run with 1."""

    exit_code = 1


class _Told(io.TextIOWrapper):
    """Standard output whose failures name it; a reader that went away stays a BrokenPipeError."""

    def write(self, text: str, /) -> int:
        with _told():
            return super().write(text)

    def flush(self) -> None:
        with _told():
            super().flush()


def ready_streams() -> None:
    """Make the three streams of this process usable, whatever it was started with. Once, before anything is read or written.

    A closed one becomes /dev/null, so that no file or connection gets its number. A character that the encoding of the
    locale lacks is written as its escape.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # the lowest free number is this one
            os.open(os.devnull, os.O_RDWR)
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if isinstance(sys.stdout, io.TextIOWrapper):
        old = sys.stdout
        settings: dict[str, Any] = {"encoding": old.encoding, "errors": old.errors, "line_buffering": old.line_buffering}
        sys.stdout = _Told(old.detach(), **settings)


def reader_gone() -> OutputLost:
    """Return the error of a run that is broken off because the program that read its output has ended (`| head`)."""
    return OutputLost(
        "the program that reads the output has ended; the run ends here",
        remedy="read it to its end, or send it to a file; `muster play --resume` goes on",
    )


def silence_output() -> None:
    """Send what is left in the buffer of standard output nowhere: it would fail again at the end of the process."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputLost(
            f"the output cannot be written: {error.strerror}",
            expected="standard output that takes what is written",
            remedy="make room there, or send it elsewhere; where a run broke off, go on with --resume",
        ) from error
