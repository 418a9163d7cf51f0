"""The name of a report -> the report."""

from typing import Protocol, TextIO

from runner.errors import UnknownName, nearest_names
from runner.model.event import Event
from runner.report.adhoc import Minimal, Oneline
from runner.report.console import Console
from runner.report.json_lines import JsonLines
from runner.report.json_report import JsonReport
from runner.report.junit import Junit
from runner.report.settings import ConsoleSettings

NAMES = ("default", "minimal", "oneline", "json", "json_lines", "junit")


class Report(Protocol):
    """What every report does."""

    def handle(self, event: Event) -> None:
        """Take an event."""

    def close(self) -> None:
        """Bring out what is left."""


def report_for(name: str, settings: ConsoleSettings, out: TextIO, err: TextIO) -> Report:
    """Return the report of that name (as ANSIBLE_STDOUT_CALLBACK names them; a collection's prefix is ignored).

    Raises UnknownName with the nearest names.
    """
    match name.rpartition(".")[2]:
        case "default" | "console":
            return Console(settings, out, err)
        case "minimal":
            return Minimal(settings, out, err)
        case "oneline":
            return Oneline(settings, out, err)
        case "json":
            return JsonReport(out)
        case "json_lines" | "jsonl":
            return JsonLines(out)
        case "junit":
            return Junit(out)
    raise UnknownName(
        f"there is no report named {name}",
        expected="one of " + ", ".join(NAMES),
        found=name,
        nearest=nearest_names(name, NAMES),
    )
