"""A RunnerError as the text that the user reads."""

from runner.errors import RunnerError
from runner.report.block import block, excerpt
from runner.report.color import paint


def error_text(error: RunnerError, *, color: bool = False, explain: bool = True) -> str:
    """Return `ERROR! message` and below it the place, the excerpt and what to do; no newline at the end.

    explain: False gives the place in Ansible's words and the lines there, and nothing else.
    """
    head = paint(f"ERROR! {error.message}", "error", color=color)
    return "\n".join([head, *(error_lines(error) if explain else classic_lines(error))])


def classic_lines(error: RunnerError) -> list[str]:
    """Return where an error stands as ansible-playbook tells it."""
    if error.position is None:
        return []
    shown = excerpt(error.position, numbers=False, context=2)
    lines = ["", error.position.sentence()]
    return [*lines, "", "The offending line appears to be:", "", *shown] if shown else lines


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
