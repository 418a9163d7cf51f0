"""Which reports a run has: the display, what `callbacks_enabled` adds, and callback plugins of the project and of collections."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from runner.cli.assemble import Kit
from runner.errors import RunnerError, UnknownName, UsageError
from runner.foreign.places import plugin_folders
from runner.late import late
from runner.model.event import Warned
from runner.report.choose import Report, report_for
from runner.report.settings import ConsoleSettings

if TYPE_CHECKING:
    from runner.report import foreign_callback, log_file, several
else:
    log_file = late("runner.report.log_file")
    foreign_callback = late("runner.report.foreign_callback")
    several = late("runner.report.several")


def reports(name: str, shown: ConsoleSettings, kit: Kit, *, callbacks: bool) -> Report:
    """Return the report of a run. name: of the display; callbacks: with others beside it. Raises UnknownName, TemplateError."""
    folders = list(plugin_folders("callback", kit.foreign.places, kit.foreign.plugins.near))
    display, theirs = _display(name, shown, kit, folders)
    enabled = [each for each in kit.settings.callbacks_enabled if each] if callbacks else []
    beside = [each for each in _beside(folders) if each not in (*enabled, name)] if callbacks else []
    if not enabled and not beside:
        return display
    first = theirs if theirs is not None else display
    made: list[Report] = [first]
    for each in enabled:
        try:
            found = several.added(each, sys.stdout, os.environ) or _foreign(each, kit, first, folders)
            # two names may lead to one plugin; and there is one display only
            made += [] if _is_display(found) or any(_same(found, other) for other in made) else [found]
        except RunnerError as error:
            first.handle(Warned(_skipped(each, error)))
    for each in beside:
        plugin = _always(each, kit, first, folders)
        made += [plugin] if plugin is not None else []
    return several.Several(made)


def _display(name: str, shown: ConsoleSettings, kit: Kit, folders: list[Path]) -> tuple[Report, Report | None]:
    """Return the display; the second is given when it is a plugin of others."""
    out, err = _streams(kit.settings.log_path)
    try:
        return report_for(name, shown, out, err), None
    except UnknownName:
        console = report_for("default", shown, out, err)
        if name.count(".") < 2 and not any((folder / f"{name}.py").is_file() for folder in folders):
            raise
        made = _foreign(name, kit, console, folders)
        return made, made


def _streams(log: str | None) -> tuple[TextIO, TextIO]:
    """Return where the display writes, a log file beside it if there is one to be. Raises UsageError for one that cannot be written."""
    if not log:
        return sys.stdout, sys.stderr
    path = str(Path(log).expanduser().absolute())
    try:
        open(path, "a", encoding="utf-8").close()
    except OSError as error:
        raise UsageError(
            f"log file at {path} is not writeable and we cannot create it: {error.strerror}", found=log, remedy="correct log_path"
        ) from error
    return cast("TextIO", log_file.Logged(sys.stdout, path)), cast("TextIO", log_file.Logged(sys.stderr, path))


def _beside(folders: list[Path]) -> list[str]:
    """Return the plugins in the project's callback folders."""
    return sorted({each.stem for folder in folders for each in folder.glob("*.py") if not each.name.startswith("_")})


def _foreign(name: str, kit: Kit, display: Report, folders: list[Path]) -> Report:
    plugin: Any = kit.foreign.plugins.installed().callback(name, folders)
    if plugin is None:
        raise UnknownName(
            f"the callback plugin '{name}' was not found",
            expected="timer, profile_tasks, profile_roles, junit, or a plugin in callback_plugins/ or of an installed collection",
            found=name,
            remedy="correct the name in callbacks_enabled",
        )
    return foreign_callback.ForeignCallback(plugin, name, lambda text: display.handle(Warned(text)))


def _skipped(name: str, error: RunnerError) -> str:
    """Return the sentence for a callback that is left out; what Ansible itself says of it comes first."""
    if error.__cause__ is not None:
        return f"{error.message}: skipping callback plugin '{name}'; {error.remedy}"
    return f"Skipping callback plugin '{name}', unable to load: {error.message}; {error.remedy}"


def _same(one: Report, other: Report) -> bool:
    kinds = [type(getattr(each, "plugin", None)) for each in (one, other)]
    return kinds[0] is kinds[1] is not type(None)


def _always(name: str, kit: Kit, display: Report, folders: list[Path]) -> Report | None:
    """Return a plugin of the project that needs not be enabled, None for one that does or that writes the display."""
    try:
        made = _foreign(name, kit, display, folders)
    except RunnerError as error:
        display.handle(Warned(_skipped(name, error)))
        return None
    plugin = made.plugin  # type: ignore[attr-defined]
    needs = getattr(plugin, "CALLBACK_NEEDS_ENABLED", getattr(plugin, "CALLBACK_NEEDS_WHITELIST", False))
    return None if needs or _is_display(made) else made


def _is_display(report: Report) -> bool:
    """Tell whether a report is a plugin of others that writes the display."""
    return getattr(getattr(report, "plugin", None), "CALLBACK_TYPE", "") == "stdout"
