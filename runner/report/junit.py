"""A JUnit XML file of a run: a suite for each playbook, a case for each task on each host."""

import re
from typing import TextIO
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from runner.model.event import Event, HostFinished, PlaybookStarted, PlayStarted, RunFinished
from runner.report.failure import failure_lines
from runner.report.result import cleaned, dump
from runner.report.result_style import Style

UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Junit:
    """Gathers results and writes the XML at the end. Ignored and rescued failures count as passed; skipped ones as skipped."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.root = Element("testsuites")
        self.suite: Element | None = None
        self.play = ""

    def handle(self, event: Event) -> None:
        """Take an event in; the last one writes the file."""
        if isinstance(event, PlaybookStarted):
            self.suite = SubElement(self.root, "testsuite", name=event.path)
        elif isinstance(event, PlayStarted):
            self.play = event.name
        elif isinstance(event, HostFinished):
            self.finished(event)
        elif isinstance(event, RunFinished):
            self.write()

    def close(self) -> None:
        """Everything handled is out."""
        self.out.flush()

    def finished(self, event: HostFinished) -> None:
        """Add the case of a task on a host."""
        if self.suite is None:
            self.suite = SubElement(self.root, "testsuite", name="run")
        where = f"{event.task.position.file}:{event.task.position.line}" if event.task.position else event.task.action
        name = printable(f"[{event.host}] {self.play}: {event.task.name}")
        case = SubElement(self.suite, "testcase", name=name, classname=printable(where), time=f"{event.seconds:.3f}")
        passes = event.ignored or event.rescued
        if event.status in ("failed", "unreachable") and not passes:
            message = printable(str(event.result.get("msg") or event.result.get("censored") or event.status))
            kind = "failure" if event.status == "failed" else "error"
            SubElement(case, kind, message=message).text = printable("\n".join([message, *failure_lines(event)]))
        elif event.status == "skipped":
            SubElement(case, "skipped", message=printable(str(event.result.get("skip_reason") or "skipped")))
        else:
            SubElement(case, "system-out").text = printable(
                dump(cleaned(event.result, event.task.action), event.task.action, Style())
            )

    def write(self) -> None:
        """Count and write."""
        for suite in self.root:
            cases = suite.findall("testcase")
            suite.set("tests", str(len(cases)))
            for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
                suite.set(attribute, str(len(suite.findall(f"testcase/{tag}"))))
            suite.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")
        indent(self.root)
        self.out.write('<?xml version="1.0" encoding="utf-8"?>\n' + tostring(self.root, encoding="unicode") + "\n")


def printable(text: str) -> str:
    """Return the text without the characters that XML 1.0 forbids (https://www.w3.org/TR/xml/#charsets)."""
    return UNPRINTABLE.sub("?", text)
