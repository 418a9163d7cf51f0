"""A RunnerError as the text that the user reads."""

from runner.errors import RunnerError
from runner.report.block import block
from runner.report.color import paint


def error_text(error: RunnerError, *, color: bool = False) -> str:
    """Return `ERROR! message` and below it the place, the excerpt and what to do; no newline at the end."""
    head = paint(f"ERROR! {error.message}", "error", color=color)
    return "\n".join([head, *error_lines(error)])


def error_lines(error: RunnerError) -> list[str]:
    """Return the block that stands below the message."""
    return block(
        error.position,
        expected=error.expected,
        found=error.found,
        nearest=error.nearest,
        remedy=error.remedy,
        trail=error.trail,
    )
