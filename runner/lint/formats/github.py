"""Findings as the workflow commands that GitHub and Forgejo turn into annotations.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from collections.abc import Sequence

from runner.lint.finding import Finding

WORDS = {"error": "error", "warning": "warning", "note": "notice"}


def github(findings: Sequence[Finding]) -> str:
    """Return a line for each finding."""
    return "".join(f"{_line(each)}\n" for each in findings)


def _line(finding: Finding) -> str:
    at = finding.position
    place = f"file={_property(at.file)},line={at.line}" + (f",col={at.column}" if at.column else "")
    parts = [finding.message, finding.found and f"found: {finding.found}", finding.remedy and f"remedy: {finding.remedy}"]
    message = _data("\n".join(part for part in parts if part))
    return f"::{WORDS[finding.level]} {place},title={_property(finding.rule)}::{message}"


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
