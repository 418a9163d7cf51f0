"""The entry points, `muster` and its stand-ins under ansible's names: Ctrl-C leaves quietly from here on, while the rest is still read."""

import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

from runner.late import late

if TYPE_CHECKING:
    from runner.cli import dispatch, streams
else:
    dispatch = late("runner.cli.dispatch")
    streams = late("runner.cli.streams")

# New objects after which garbage is looked for: a run makes many that live on (results, events), few in circles.
GARBAGE = (50_000, 20, 20)
INTERRUPTED = 99
INTERRUPTION = "[ERROR]: User interrupted execution\n"
Handler = Callable[[int, FrameType | None], Any] | int | None


def main(argv: Sequence[str] | None = None) -> int:
    """Run `muster` with these words and return its exit code. None: as the program that was started, with its own words."""
    return _obey([], argv)


def playbook(argv: Sequence[str] | None = None) -> int:
    """Run `muster-playbook`: `muster play` under the name that scripts and Vagrant expect."""
    return _obey(["play"], argv)


def adhoc(argv: Sequence[str] | None = None) -> int:
    """Run `muster-adhoc`: `muster run` in place of ansible."""
    return _obey(["run"], argv)


def inventory(argv: Sequence[str] | None = None) -> int:
    """Run `muster-inventory` in place of ansible-inventory."""
    return _obey(["inventory"], argv)


def vault(argv: Sequence[str] | None = None) -> int:
    """Run `muster-vault` in place of ansible-vault."""
    return _obey(["vault"], argv)


def config(argv: Sequence[str] | None = None) -> int:
    """Run `muster-config` in place of ansible-config."""
    return _obey(["config"], argv)


def _obey(command: list[str], argv: Sequence[str] | None) -> int:
    """Run a command with these words, or as the program that was started: then signals, streams and memory are this process's to set."""
    words = list(sys.argv[1:] if argv is None else argv)
    words = words if words == ["--version"] else [*command, *words]
    if argv is not None:
        return dispatch.obey(words, lambda: None)
    heard = signal.getsignal(signal.SIGINT)
    if heard is signal.default_int_handler:
        # a KeyboardInterrupt in the middle of an import is lost, or becomes another error
        signal.signal(signal.SIGINT, _leave)
    streams.ready_streams()
    # What is loaded now stays to the end; looking through it for garbage again and again is waste.
    gc.disable()
    return dispatch.obey(words, lambda: _loaded(heard))


def _loaded(heard: Handler) -> None:
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    gc.enable()
    signal.signal(signal.SIGINT, heard)


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Nothing has begun yet: say so and go."""
    os.write(2, INTERRUPTION.encode())
    os._exit(INTERRUPTED)
