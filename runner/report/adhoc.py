"""The short displays of a single module on many hosts: `minimal`, one block a host, and `oneline`."""

from collections.abc import Mapping
from typing import Any

from runner.model.event import Event, HostFinished, ItemFinished, Noted, Warned
from runner.report.difference import difference_text
from runner.report.failure import advice_lines, exception_text
from runner.report.result import bare_action, cleaned, dump, is_always_verbose
from runner.report.result_style import Style
from runner.report.writing import Writing

COMMANDS = ("command", "shell", "raw", "script")
WORDS = {"ok": "SUCCESS", "changed": "CHANGED", "failed": "FAILED!", "unreachable": "UNREACHABLE!", "skipped": "SKIPPED"}


class Minimal(Writing):
    """`host | CHANGED | rc=0 >>` and the output for commands, `host | SUCCESS => {json}` for the others."""

    def handle(self, event: Event) -> None:
        """Write the result of a host; other events but warnings say nothing."""
        if isinstance(event, Warned):
            self.notices.tell(event.kind, event.text)
        elif isinstance(event, Noted):
            if self.settings.verbosity >= event.verbosity:
                self.write(event.text, "verbose")
        elif isinstance(event, ItemFinished):
            self.notices.of_result(event.result)
        elif isinstance(event, HostFinished):
            self.notices.of_result(event.result)
            self.finished(event)

    def finished(self, event: HostFinished | ItemFinished) -> None:
        """Write a result, below what it changed when that was asked for."""
        self.changes(event)
        if event.result.get("exception"):
            self.write(exception_text(str(event.result["exception"]), self.settings.verbosity), "failed")
        self.write(self.text(event), event.status)
        if event.status in ("failed", "unreachable") and self.settings.explain:
            for line in advice_lines(event):
                self.write_err(line, "highlight")

    def changes(self, event: HostFinished | ItemFinished) -> None:
        """Write what a result changed when that was asked for."""
        diff = event.result.get("diff")
        if diff and event.status == "changed" and event.task.diff and not event.task.no_log:
            self.out.write(difference_text(diff, color=self.settings.color))

    def text(self, event: HostFinished | ItemFinished) -> str:
        """Return the block of a host."""
        result = cleaned(event.result, event.task.action)
        if event.status == "skipped":
            return f"{event.host} | SKIPPED"
        if is_command(event):
            word = WORDS[event.status].rstrip("!")
            output = "".join(str(result.get(key) or "") for key in ("stdout", "stderr", "msg"))
            # one line end more than there is text: a command that says nothing leaves an empty line
            return f"{event.host} | {word} | rc={result.get('rc', -1)} >>\n{output}\n"
        return f"{event.host} | {WORDS[event.status]} => {dump(always(result), event.task.action, self.settings.style)}"


class Oneline(Minimal):
    """One line a host, for grep; so there is no room for what changed."""

    def changes(self, event: HostFinished | ItemFinished) -> None:
        """Write nothing."""

    def text(self, event: HostFinished | ItemFinished) -> str:
        """Return the line of a host."""
        if event.status == "skipped":
            return f"{event.host} | SKIPPED"
        if event.status == "unreachable":
            return f"{event.host} | UNREACHABLE!: {escaped(event.result.get('msg', ''))}"
        if is_command(event) and event.status != "failed":
            return self.command_line(event)
        shown = dump(always(event.result), event.task.action, Style(self.settings.verbosity))
        indented = is_always_verbose(event.result, event.task.action)
        return f"{event.host} | {WORDS[event.status]} => {flat(shown, indented=indented)}"

    def command_line(self, event: HostFinished | ItemFinished) -> str:
        """Return the line of a command that ran."""
        stdout, stderr = (escaped(event.result.get(key) or "") for key in ("stdout", "stderr"))
        tail = f" (stderr) {stderr}" if stderr else ""
        return f"{event.host} | {WORDS[event.status]} | rc={event.result.get('rc', -1)} | (stdout) {stdout}{tail}"


def is_command(event: HostFinished | ItemFinished) -> bool:
    """Whether the result is that of a command, or of a loop over commands; one whose module broke is shown whole."""
    return bare_action(event.task.action) in COMMANDS and "module_stderr" not in event.result and event.status != "unreachable"


def always(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result marked to be shown indented."""
    return {**result, "_ansible_verbose_always": True}


def escaped(value: Any) -> str:
    """Return a text in one line."""
    return str(value).replace("\r", "\\r").replace("\n", "\\n")


def flat(text: str, *, indented: bool) -> str:
    """Return indented JSON in one line: `{"a": 1,"b": 2}`. indented: with what stands before each line, as Ansible leaves it in `debug`."""
    return "".join(line if indented else line.strip() for line in text.split("\n"))
