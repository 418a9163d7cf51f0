"""What is shown below a failure: the task's place, the command's last words, what was expected, and the remedy."""

from collections.abc import Mapping
from typing import Any

from runner.model.event import HostFinished, ItemFinished
from runner.report.block import block, explanation, labelled

LAST_LINES = 10
ADVICE = ("expected", "found", "nearest", "remedy")


def failure_lines(event: HostFinished) -> list[str]:
    """Return the explanation of a failure. Of a task with no_log only the place; of a rescued one what it brought itself."""
    if event.task.no_log or "censored" in event.result:
        return [f"  --> {event.task.position}"] if event.task.position is not None else []
    notes = event.result.get("_muster") or first_failed(event.result).get("_muster")
    given = {key: value for key, value in notes.items() if value} if isinstance(notes, Mapping) else {}
    lines = explanation({"position": event.task.position, **given}) if given else []
    if event.rescued:
        return lines
    if not lines:
        lines = block(event.task.position)
    return lines + last_words(event.result)


def advice_lines(event: HostFinished | ItemFinished) -> list[str]:
    """Return what was expected and found, the nearest names and the remedy, for a display that shows neither place nor lines."""
    if event.task.no_log or "censored" in event.result:
        return []
    notes = event.result.get("_muster")
    return explanation({key: value for key, value in notes.items() if key in ADVICE}) if isinstance(notes, Mapping) else []


def last_words(result: Mapping[str, Any]) -> list[str]:
    """The end of what a failed command wrote to stderr, or stdout where that is empty; of a loop, the first failed item."""
    if isinstance(result.get("results"), list):
        first = first_failed(result)
        return last_words(first) if "results" not in first else []
    for name in ("stderr", "stdout"):
        text = result.get(name)
        if isinstance(text, str) and text.strip():
            lines = text.rstrip().splitlines()
            left_out = len(lines) - LAST_LINES
            head = [f"... {left_out} lines before"] if left_out > 0 else []
            return labelled(name, "\n".join(head + lines[-LAST_LINES:]), "  ")
    return []


def first_failed(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the result of the first item of a loop that failed, or an empty one."""
    results = result.get("results")
    items = results if isinstance(results, list) else []
    return next((each for each in items if isinstance(each, Mapping) and (each.get("failed") or each.get("unreachable"))), {})


def exception_text(exception: str, verbosity: int) -> str:
    """Return a module's traceback, or below -vvv its last line and how to see the rest."""
    if verbosity > 2:
        return "The full traceback is:\n" + exception
    last = exception.strip().split("\n")[-1].strip()
    return f"An exception occurred during task execution. To see the full traceback, use -vvv. The error was: {last}"
