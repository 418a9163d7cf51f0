"""Where a drill speaks while it runs: plain lines, or on a terminal lines above a block that shows how things stand."""

import os
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TextIO

from runner.drill.live import Live
from runner.drill.live_text import PLAIN, PRETTY, drawing
from runner.record import dataclass, field
from runner.report.color import paint

CLEAR = "\033[J"
# Without these a full block would run over the terminal's lower edge, and could not be wiped off.
LEAVE = 2


@dataclass(slots=True)
class Screen:
    """Implements what a campaign and a follower call. block: draw on the terminal, else tell only what changed, a line each."""

    stream: TextIO
    block: bool
    color: bool
    size: Callable[[], os.terminal_size]
    drawn: int = field(default=0)

    def say(self, line: str) -> None:
        """Tell something that stays."""
        self._wipe()
        self.stream.write(f"{datetime.now(UTC):%H:%M:%S} {line}\n")
        self.stream.flush()

    def show(self, live: Live | None) -> None:
        """Show how a run stands, None for no longer."""
        if live is not None and not self.block:
            for line in live.told():
                self.say(line)
            return
        self._wipe()
        if live is not None:
            size = self.size()
            pretty = "utf" in (self.stream.encoding or "").lower()
            lines = drawing(live, time.monotonic(), size.columns, PRETTY if pretty else PLAIN, self._paint)[: max(1, size.lines - LEAVE)]
            self.stream.write("\n".join(lines) + "\n")
            self.drawn = len(lines)
        self.stream.flush()

    def _paint(self, text: str, meaning: str | None) -> str:
        return paint(text, meaning, color=self.color)

    def _wipe(self) -> None:
        if self.drawn:
            self.stream.write(f"\033[{self.drawn}A\r{CLEAR}")
            self.drawn = 0


def screen_for(stream: TextIO) -> Screen:
    """Return the screen of a stream: a block on a terminal that is not `dumb`, in colour unless NO_COLOR is set."""
    block = stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    return Screen(stream, block, block and not os.environ.get("NO_COLOR"), partial(_size, stream))


def _size(stream: TextIO) -> os.terminal_size:
    """Return the size of the terminal that a stream goes to: shutil asks that of standard output, which may be none."""
    try:
        return os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        return shutil.get_terminal_size()
