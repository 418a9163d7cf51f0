"""Findings for people: each with its place, the line, and what to do."""

from collections.abc import Sequence

from runner.lint.finding import LEVELS, Finding
from runner.report.block import block
from runner.report.color import paint

MEANING = {"error": "error", "warning": "warning", "note": "skip"}


def text(findings: Sequence[Finding], *, color: bool = False) -> str:
    """Return the findings and a line that counts them."""
    lines: list[str] = []
    for each in findings:
        lines.append(paint(f"{each.level}[{each.rule}]: {each.message}", MEANING[each.level], color=color))
        lines += block(each.position, expected=each.expected, found=each.found, nearest=each.nearest, remedy=each.remedy)
        lines.append("")
    return "\n".join([*lines, counted(findings), ""])


def counted(findings: Sequence[Finding]) -> str:
    """Return how many there are of each level, in words."""
    counts = [(sum(each.level == level for each in findings), level) for level in reversed(LEVELS)]
    return ", ".join(f"{count} {level}{'' if count == 1 else 's'}" for count, level in counts if count) or "nothing found"
