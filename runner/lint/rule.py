"""A rule: its name, how bad what it finds is, what it is about, and the check that finds it."""

from collections.abc import Callable, Iterable
from typing import Any

from runner.lint.finding import Wart
from runner.record import dataclass

Check = Callable[..., Iterable[Wart]]


def _nothing(subject: Any, project: Any) -> Iterable[Wart]:
    """Find nothing: what the rule is about is found while files are read."""
    return ()


@dataclass(frozen=True, slots=True)
class Rule:
    """name: as users write it. level: note, warning or error. on: what the check is given: task, play, role or template.

    says: one sentence for `--list-rules` and the documentation. check: (subject, project) -> warts.
    """

    name: str
    level: str
    on: str
    says: str
    check: Check = _nothing
