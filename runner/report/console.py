"""The classic display: events -> the lines that people read and scripts grep, with our explanation below a failure."""

import os
from collections.abc import Mapping
from typing import Any, TextIO

from runner.model.event import (
    Event,
    HandlersPending,
    HostFinished,
    HostStarted,
    Included,
    ItemFinished,
    NoHosts,
    Noted,
    Notified,
    Output,
    PlaybookFinished,
    PlaybookStarted,
    PlayStarted,
    Resumable,
    Retrying,
    RunFinished,
    TaskLabel,
    TaskStarted,
    Warned,
)
from runner.report.difference import difference_text
from runner.report.failure import exception_text, failure_lines
from runner.report.host_label import host_label
from runner.report.recap import banner, custom_lines, recap_lines, resumable_text
from runner.report.result import bare_action, dump, is_dumped, kept_warnings, readable
from runner.report.settings import ConsoleSettings
from runner.report.writing import Writing

INCLUDES = ("include_tasks", "include_role", "import_tasks", "import_role", "include")
TITLES = {"task": "TASK", "handler": "RUNNING HANDLER", "cleanup": "CLEANUP TASK"}
FAILURES = ("failed", "unreachable")


class Console(Writing):
    """Every event in the wording of ansible-core 2.18."""

    def __init__(self, settings: ConsoleSettings, out: TextIO, err: TextIO) -> None:
        super().__init__(settings, out, err)
        self.banner_of: str | None = None
        self.lockstep = True
        self.writers = {
            PlaybookStarted: self.playbook_started,
            PlayStarted: self.play_started,
            NoHosts: self.no_hosts,
            TaskStarted: self.task_started,
            HostStarted: self.host_started,
            Output: self.output,
            Retrying: self.retrying,
            ItemFinished: self.item_finished,
            HostFinished: self.host_finished,
            Included: self.included,
            Notified: self.notified,
            Warned: self.warned,
            Noted: self.noted,
            HandlersPending: self.handlers_pending,
            Resumable: self.resumable,
            PlaybookFinished: self.playbook_finished,
            RunFinished: self.run_finished,
        }

    def handle(self, event: Event) -> None:
        """Write what the event has to say; most say nothing or one line."""
        writer: Any = self.writers.get(type(event))
        if writer is not None:
            writer(event)

    def write_banner(self, title: str) -> None:
        """Write a headline, filled with stars."""
        self.write(banner(title, self.settings.columns))

    def playbook_started(self, event: PlaybookStarted) -> None:
        """The file's name from -vv on; that a run is dry, where check markers are wanted."""
        if self.settings.verbosity > 1:
            self.write_banner(f"PLAYBOOK: {event.path.rpartition('/')[2]}")
            if event.plays:
                self.write(f"{event.plays} plays in {event.path}", "verbose")
        self.write_dry_run()

    def write_dry_run(self) -> None:
        """Say that nothing is changed in this run; at its begin and at its end."""
        if self.settings.check and self.settings.check_markers:
            self.write_banner("DRY RUN")

    def play_started(self, event: PlayStarted) -> None:
        """The play's headline."""
        self.lockstep = event.lockstep
        self.banner_of = None
        name = event.name.strip()
        self.write_banner((f"PLAY [{name}]" if name else "PLAY") + self.marker(event.check))

    def marker(self, check: bool) -> str:
        """Return the mark of a headline for what runs in check mode."""
        return " [CHECK MODE]" if check and self.settings.check_markers else ""

    def no_hosts(self, event: NoHosts) -> None:
        """A play without hosts."""
        if event.reason == "matched":
            self.write("skipping: no hosts matched", "skipped")
        else:
            self.write_banner("NO MORE HOSTS LEFT")

    def task_started(self, event: TaskStarted) -> None:
        """The task's headline, now or, where it may turn out to have nothing to show, with its first line."""
        self.banner_of = None
        if self.lockstep and self.settings.show_ok and self.settings.show_skipped:
            self.ensure_banner(event.task)

    def ensure_banner(self, task: TaskLabel) -> None:
        """Write the task's headline unless it is the last one written."""
        if self.banner_of == task.uid:
            return
        self.banner_of = task.uid
        self.write_banner(f"{TITLES.get(task.kind, 'TASK')} [{task.name}]{self.marker(task.check)}")
        if self.settings.verbosity > 1:
            self.write_path(task)

    def write_path(self, task: TaskLabel, *, to_err: bool = False) -> None:
        """Write where the task stands."""
        if task.position is not None:
            path = os.path.abspath(task.position.file)
            self.write(f"task path: {path}:{task.position.line}", "path", to_err=to_err)

    def host_started(self, event: HostStarted) -> None:
        """A host begins with a task; shown where the user wants it so."""
        if self.settings.show_per_host_start:
            self.write(f" [started {TITLES.get(event.task.kind, 'TASK')}: {event.task.name} on {event.host}]")

    def output(self, event: Output) -> None:
        """Live output of a command, from -vvv on."""
        if self.settings.verbosity > 2 and not event.task.no_log:
            for line in event.text.splitlines():
                self.write(f"<{event.host}> {line}", "verbose")

    def retrying(self, event: Retrying) -> None:
        """A try has failed and others follow."""
        text = f"FAILED - RETRYING: [{event.host}]: {event.task.name} ({event.left} retries left)."
        if self.settings.verbosity > 2:
            text += "Result was: " + self.dumped(event.result, event.task.action)
        self.write(text, "retry")

    def item_finished(self, event: ItemFinished) -> None:
        """One item of a loop."""
        if self.is_silent(event):
            return
        self.ensure_banner(event.task)
        self.write_difference(event)
        host, item = host_label(event), f"(item={event.label})"
        result = readable(event.result, event.task.action, explain=self.settings.explain)
        result.update(kept_warnings(event.result, event.task.action))
        shown = is_dumped(result, event.task.action, self.settings.verbosity)
        text = self.dumped(result, event.task.action)
        tail = f" => {text}" if shown else ""
        if event.status in FAILURES:
            self.write_exception(event.result)
            word = "fatal: {}: UNREACHABLE!" if event.status == "unreachable" else "failed: {}"
            self.write(f"{word.format(host)} {item} => {text}", event.status, to_err=self.settings.failed_to_stderr)
        elif event.status == "skipped":
            self.write(f"skipping: {host} => {item} {tail}", "skipped")
        else:
            self.write(f"{event.status}: {host} => {item}{tail}", event.status)

    def dumped(self, result: Mapping[str, Any], action: str) -> str:
        """Return a result as text; displays of other names write it in their own way."""
        return dump(result, action, self.settings.style)

    def is_silent(self, event: HostFinished | ItemFinished) -> bool:
        """Whether a result has nothing to show: includes tell their own line, and the user may hide ok and skipped."""
        if event.status == "ok":
            if bare_action(event.task.action) in INCLUDES:
                self.ensure_banner(event.task)
                return True
            return not self.settings.show_ok
        return event.status == "skipped" and not self.settings.show_skipped

    def write_difference(self, event: HostFinished | ItemFinished) -> None:
        """Write what a change changed."""
        diff = event.result.get("diff")
        if not diff or event.status != "changed" or event.task.no_log or not event.task.diff:
            return
        text = difference_text(diff, color=self.settings.color, context=self.settings.diff_context)
        if text:
            self.write(text)

    def host_finished(self, event: HostFinished) -> None:
        """The result of a task on a host."""
        if self.is_silent(event):
            return
        self.ensure_banner(event.task)
        if not event.items:
            self.write_difference(event)
        self.notices.of_result(event.result)
        if event.status in FAILURES:
            self.failed(event)
            return
        host = host_label(event)
        if event.status == "skipped":
            host = f"[{event.host}]"
        elif event.items and "results" in event.result:
            return
        result = readable(event.result, event.task.action, explain=self.settings.explain)
        tail = ""
        if is_dumped(result, event.task.action, self.settings.verbosity):
            tail = " => " + self.dumped(result, event.task.action)
        word = "skipping" if event.status == "skipped" else event.status
        self.write(f"{word}: {host}{tail}", event.status)

    def failed(self, event: HostFinished) -> None:
        """A failure: the classic line, then what helps to mend it."""
        host = host_label(event)
        result = readable(event.result, event.task.action, explain=self.settings.explain)
        self.write_exception(event.result)
        if not (event.items and "results" in result):
            if self.settings.show_path_on_failure and self.settings.verbosity < 2:
                self.write_path(event.task, to_err=self.settings.failed_to_stderr)
            word = "UNREACHABLE!" if event.status == "unreachable" else "FAILED!"
            text = self.dumped(result, event.task.action)
            self.write(f"fatal: {host}: {word} => {text}", event.status, to_err=self.settings.failed_to_stderr)
        if event.ignored:
            self.write("...ignoring", "skipped")
        elif self.settings.explain:
            for line in failure_lines(event):
                self.write(line, "highlight", to_err=self.settings.failed_to_stderr)

    def write_exception(self, result: Mapping[str, Any]) -> None:
        """Write the traceback of a module that broke, or how to see it."""
        if result.get("exception"):
            text = exception_text(str(result["exception"]), self.settings.verbosity)
            self.write(text, "failed", to_err=self.settings.failed_to_stderr)

    def included(self, event: Included) -> None:
        """A file was included."""
        item = f" => (item={event.item_label})" if event.item_label else ""
        self.write(f"included: {event.path} for {', '.join(event.hosts)}{item}", "included")

    def notified(self, event: Notified) -> None:
        """A handler was notified; shown from -vv on."""
        if self.settings.verbosity > 1:
            self.write(f"NOTIFIED HANDLER {event.handler} for {event.host}", "verbose")

    def warned(self, event: Warned) -> None:
        """A warning, once for each text."""
        place = f" ({event.position})" if event.position is not None and self.settings.explain else ""
        self.notices.tell(event.kind, event.text + place)

    def noted(self, event: Noted) -> None:
        """What the engine did, from a number of -v on."""
        if self.settings.verbosity >= event.verbosity:
            self.write(event.text, "verbose")

    def handlers_pending(self, event: HandlersPending) -> None:
        """Handlers that were notified and did not run."""
        self.notices.tell("warning", f"[{event.host}]: notified handlers did not run: {', '.join(event.handlers)}")

    def resumable(self, event: Resumable) -> None:
        """How to go on after a broken run."""
        if self.settings.explain:
            self.write(resumable_text(event.changes), "verbose")

    def playbook_finished(self, event: PlaybookFinished | RunFinished) -> None:
        """The recap so far."""
        self.write_banner("PLAY RECAP")
        self.write("\n".join((*recap_lines(event.tallies, color=self.settings.color), "", "")))

    def run_finished(self, event: RunFinished) -> None:
        """The recap."""
        if event.interrupted:
            self.write_err("ERROR! User interrupted execution", "error")
        self.playbook_finished(event)
        if event.custom and self.settings.show_custom_stats:
            self.write_banner("CUSTOM STATS:")
            self.write("\n".join((*custom_lines(event.custom), "", "")))
        self.write_dry_run()
