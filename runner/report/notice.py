"""Warnings and deprecations: wrapped to the terminal, each text once a run."""

import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from runner.report.settings import ConsoleSettings

DISABLE = "Deprecation warnings can be disabled by setting deprecation_warnings=False in ansible.cfg."


class Notices:
    """Remembers what was told. `write` takes the wrapped text and its meaning."""

    def __init__(self, settings: ConsoleSettings, write: Callable[[str, str], None]) -> None:
        self.settings = settings
        self.write = write
        self.told: set[str] = set()

    def of_result(self, result: Mapping[str, Any]) -> None:
        """Tell the `warnings` and `deprecations` a result brought."""
        for text in result.get("warnings") or ():
            self.tell("warning", str(text))
        for each in result.get("deprecations") or ():
            self.tell("deprecation", deprecation_text(each))

    def tell(self, kind: str, text: str) -> None:
        """Tell one text: a warning, a deprecation or an error."""
        if kind == "deprecation" and not self.settings.deprecation_warnings:
            return
        lines = self.wrapped(kind, text)
        if lines not in self.told:
            self.told.add(lines)
            self.write(lines, kind)

    def wrapped(self, kind: str, text: str) -> str:
        """Return the text with its head, in lines of the terminal's width."""
        if kind == "error":
            return f"ERROR! {text}"
        if kind == "deprecation":
            whole = f"[DEPRECATION WARNING]: {text.strip()} {DISABLE}"
            return "\n".join(textwrap.wrap(whole, self.settings.columns, drop_whitespace=False))
        return warning_lines(text, self.settings.columns)


def warning_lines(text: str, columns: int) -> str:
    """Return a warning with its head, in lines of that width; a path stays in one piece, to be copied and so that lines break alike."""
    return "\n".join(textwrap.wrap(f"[WARNING]: {text}", columns, break_on_hyphens=False, break_long_words=False))


def deprecation_text(entry: Any) -> str:
    """Return the sentence for one entry of `deprecations`: {"msg", "version" or "date"} or a plain text."""
    if not isinstance(entry, Mapping):
        return str(entry)
    message = str(entry.get("msg", "")).rstrip(".")
    if entry.get("date"):
        return f"{message}. This feature will be removed in a release after {entry['date']}."
    if entry.get("version"):
        return f"{message}. This feature will be removed in version {entry['version']}."
    return f"{message}. This feature will be removed in a future release."
