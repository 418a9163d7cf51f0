"""What displays have in common: texts in their colour on the output, warnings and the like on the error stream."""

from typing import TextIO

from runner.report.color import paint
from runner.report.notice import Notices
from runner.report.settings import ConsoleSettings


class Writing:
    """Writes to `out`; warnings, and failures where the user wants it so, to `err`."""

    def __init__(self, settings: ConsoleSettings, out: TextIO, err: TextIO) -> None:
        self.settings = settings
        self.out = out
        self.err = err
        self.notices = Notices(settings, self.write_err)

    def close(self) -> None:
        """Everything handled is out."""
        self.out.flush()
        self.err.flush()

    def write(self, text: str, meaning: str | None = None, *, to_err: bool = False) -> None:
        """Write a text with its colour and one newline at the end."""
        stream = self.err if to_err else self.out
        painted = paint(text, meaning, color=self.settings.color)
        stream.write(painted if painted.endswith("\n") else painted + "\n")
        stream.flush()

    def write_err(self, text: str, meaning: str) -> None:
        """Write to the error stream, after what stands in the output so far."""
        self.out.flush()
        self.write(text, meaning, to_err=True)
