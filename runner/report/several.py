"""One report for people and any number that add to it: events go to each in turn."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from runner.errors import UnknownName
from runner.model.event import Event
from runner.report.choose import Report
from runner.report.junit import Junit
from runner.report.timing import Profile, ProfileRoles, Timer

ADDED: dict[str, Callable[[TextIO, Mapping[str, str]], Report]] = {"timer": Timer, "profile_tasks": Profile, "profile_roles": ProfileRoles}


class Several:
    """Hands each event to the first report, then to the others."""

    def __init__(self, reports: Sequence[Report]) -> None:
        self.reports = reports

    def handle(self, event: Event) -> None:
        """Take an event."""
        for each in self.reports:
            each.handle(event)

    def close(self) -> None:
        """Bring out what is left."""
        for each in self.reports:
            each.close()


def added(name: str, out: TextIO, environ: Mapping[str, str]) -> Report | None:
    """Return what `callbacks_enabled` names, None for what muster does not have. A collection's prefix is ignored.

    junit writes into JUNIT_OUTPUT_DIR (default ~/.ansible.log). Raises UnknownName for a folder that cannot be made.
    """
    short = name.rpartition(".")[2]
    if short in ADDED:
        return ADDED[short](out, environ)
    if short != "junit":
        return None
    folder = Path(environ.get("JUNIT_OUTPUT_DIR", "~/.ansible.log")).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnknownName(f"{folder} cannot be made: {error.strerror}", remedy="set JUNIT_OUTPUT_DIR to a folder you may write") from None
    return JunitFile(folder)


class JunitFile:
    """Keeps the results of a run in memory and writes them to a file of its own at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "muster.xml.part"
        self.out = self.file.open("w", encoding="utf-8")
        self.inner = Junit(self.out)

    def handle(self, event: Event) -> None:
        """Take an event in."""
        self.inner.handle(event)

    def close(self) -> None:
        """Bring the file out under its name, which holds the time."""
        self.out.close()
        size = self.file.stat().st_size
        stamp = self.file.stat().st_mtime
        if size:
            self.file.rename(self.folder / f"playbook-{stamp:.3f}.xml")
        else:
            self.file.unlink()
