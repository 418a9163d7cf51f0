"""The name of a report -> the report."""

from importlib import import_module
from typing import Any, Protocol, TextIO

from runner.errors import UnknownName, nearest_names
from runner.model.event import Event
from runner.record import replace
from runner.report.settings import ConsoleSettings

NAMES = ("default", "yaml", "minimal", "oneline", "json", "json_lines", "junit")
# name -> its file, which is loaded only when it is chosen, its class, and whether it is for people (who choose colours and width)
FILES = {
    "default": ("console", "Console", True),
    "console": ("console", "Console", True),
    "yaml": ("named_style", "Yaml", True),
    "debug": ("named_style", "Debug", True),
    "unixy": ("console", "Console", True),
    "skippy": ("console", "Console", True),
    "minimal": ("adhoc", "Minimal", True),
    "oneline": ("adhoc", "Oneline", True),
    "json": ("json_report", "JsonReport", False),
    "json_lines": ("json_lines", "JsonLines", False),
    "jsonl": ("json_lines", "JsonLines", False),
    "junit": ("junit", "Junit", False),
}


# Names under which the classic display looks a little different.
STYLED: dict[str, dict[str, Any]] = {
    "skippy": {"show_skipped": False},
}


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
    short = name.rpartition(".")[2]
    if short in STYLED:
        settings = replace(settings, **STYLED[short])
    if short in FILES:
        file, kind, to_people = FILES[short]
        made: Any = getattr(import_module(f"runner.report.{file}"), kind)
        report: Report = made(settings, out, err) if to_people else made(out)
        return report
    raise UnknownName(
        f"there is no report named {name}",
        expected="one of " + ", ".join(NAMES),
        found=name,
        nearest=nearest_names(name, NAMES),
    )
