"""Where a piece of the user's text stands: file, line and column."""

import os

from runner.record import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file the user wrote. Lines and columns count from 1; column 0 means the whole line."""

    file: str
    line: int
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"

    def sentence(self) -> str:
        """Return the place in the words that Ansible's messages have, by which scripts find it."""
        return f"The error appears to be in '{os.path.abspath(self.file)}': line {self.line}, column {self.column or 1}"


def position_of(*values: object) -> Position | None:
    """Return the position carried by the first value that has one, else None."""
    for value in values:
        if isinstance(value, Position):
            return value
        found = getattr(value, "position", None)
        if isinstance(found, Position):
            return found
    return None
