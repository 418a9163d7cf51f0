"""What lint finds: a wart as a rule sees it, and the finding that is shown."""

from runner.position import Position
from runner.record import dataclass

# What a level means: a note is advice; a warning runs today and bites; an error fails when it is reached.
LEVELS = ("note", "warning", "error")


@dataclass(frozen=True, slots=True)
class Wart:
    """One thing a check does not like. expected, found, nearest, remedy: as in an error. level: where it differs from the rule's."""

    message: str
    position: Position | None
    expected: str = ""
    found: str = ""
    nearest: tuple[str, ...] = ()
    remedy: str = ""
    level: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A wart with the rule that found it and how bad it is: note, warning or error."""

    rule: str
    level: str
    message: str
    position: Position
    expected: str = ""
    found: str = ""
    nearest: tuple[str, ...] = ()
    remedy: str = ""


def worst_first(finding: Finding) -> tuple[str, int, int, str]:
    """Return the key by which findings are ordered: file, line, column."""
    return (finding.position.file, finding.position.line, finding.position.column, finding.rule)
