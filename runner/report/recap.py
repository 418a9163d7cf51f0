"""Headlines and the counts at the end of a run."""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from runner.model.event import Tally
from runner.report.color import paint
from runner.report.result import as_json

COUNTS = ("ok", "changed", "unreachable", "failed", "skipped", "rescued", "ignored")
LEAST_STARS = 3
PAINT_LENGTH = len("\033[0;31m\033[0m")
HOST_WIDTH = 26


def banner(title: str, columns: int) -> str:
    """Return a headline: an empty line, the title, and stars up to the width (in cells of the terminal)."""
    return f"\n{title} {'*' * max(LEAST_STARS, columns - cells(title))}"


def cells(text: str) -> int:
    """Return how many cells of a terminal a text takes: wide characters take two, combining ones none."""
    return sum(0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def recap_lines(tallies: Mapping[str, Tally], *, color: bool) -> Iterator[str]:
    """Yield one line a host, hosts in the order of their names."""
    for host in sorted(tallies):
        tally = tallies[host]
        name = paint(host, host_meaning(tally), color=color).ljust(HOST_WIDTH + (PAINT_LENGTH if color else 0))
        counts = (painted_count(key, getattr(tally, key), color=color) for key in COUNTS)
        yield f"{name} : {' '.join(counts)}"


def host_meaning(tally: Tally) -> str:
    """Return what a host's name is coloured by."""
    if tally.failed or tally.unreachable:
        return "failed"
    return "changed" if tally.changed else "ok"


def painted_count(key: str, count: int, *, color: bool) -> str:
    """Return `key=count`, padded; a count that is not zero has its colour."""
    return paint(f"{key}={count:<4}", key if count else None, color=color)


def custom_lines(custom: Mapping[str, Any]) -> Iterator[str]:
    """Yield what set_stats gathered: one line for each host that has its own, then the run's."""
    for host in sorted(key for key in custom if key != "_run"):
        yield f"\t{host}: {one_line(custom[host])}"
    if "_run" in custom:
        yield ""
        yield f"\tRUN: {one_line(custom['_run'])}"


def one_line(value: Any) -> str:
    """Return JSON with its indentation but without its newlines, as the classic display has it."""
    return as_json(value, 1).replace("\n", "")


def resumable_text(changes: int) -> str:
    """Return how to go on after a broken run. changes: how many changes to hosts need not be made again."""
    made = "1 change is" if changes == 1 else f"{changes} changes are"
    return f"\nRun it with --resume to go on where it stopped: {made} not made again."
