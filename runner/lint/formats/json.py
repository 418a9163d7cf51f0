"""Findings as JSON: a list of objects with rule, level, message, file, line, column, expected, found, nearest, remedy."""

import json
from collections.abc import Sequence

from runner.lint.finding import Finding


def json_text(findings: Sequence[Finding]) -> str:
    """Return the list."""
    return (
        json.dumps(
            [
                {
                    "rule": each.rule,
                    "level": each.level,
                    "message": each.message,
                    "file": each.position.file,
                    "line": each.position.line,
                    "column": each.position.column,
                    "expected": each.expected,
                    "found": each.found,
                    "nearest": list(each.nearest),
                    "remedy": each.remedy,
                }
                for each in findings
            ],
            indent=2,
        )
        + "\n"
    )
