"""The whole tree of errors that belong to the user; anything else that is raised is our own bug.

RunnerError                 something the user can mend; has a position, a remedy and an exit code
├── UsageError              wrong words on the command line                       (exit 4, as a parser error)
├── ParseError              a playbook, role, task file or schema that cannot be read          (exit 4)
│   └── Missing             a file or role that a playbook names does not exist                (exit 1)
├── InventoryError          an inventory or host pattern that cannot be used                   (exit 4)
├── VaultError              a secret that cannot be decrypted or encrypted                     (exit 1)
├── UnknownName             a module, filter, test, lookup, strategy ... that does not exist   (exit 4)
│   └── UnknownModule       a task's module; no rescue section takes care of that               (exit 2, fails the task)
├── TemplateError           an expression that cannot be rendered                              (exit 2, fails the task)
│   └── UndefinedVariable   it used a variable or attribute that does not exist
├── ArgumentError           a module was given wrong arguments                                 (exit 2, fails the task)
├── TaskError               an action on the control machine failed                            (exit 2, fails the task)
├── Unreachable             a host cannot be reached or dropped the connection                 (exit 4)
└── BecomeError             the change to another user was refused                             (exit 2, fails the task)
"""

import difflib
from collections.abc import Iterable
from typing import Any

from runner.position import Position

# How much alike two names must be, of 1, that one is offered for the other.
CLOSE = 0.6


class RunnerError(Exception):
    """One clear message for the user.

    message: one sentence that says what is wrong. position: where. expected / found: what should have stood there and what
    did. nearest: the closest valid names, best first. remedy: what to do. trail: the includes that led here, outermost
    first. result: extra keys for the failed task's registered result. exit_code: where ansible-playbook's differs from that of the
    other errors of the class.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        position: Position | None = None,
        expected: str = "",
        found: str = "",
        nearest: Iterable[str] = (),
        remedy: str = "",
        trail: Iterable[Position] = (),
        result: dict[str, Any] | None = None,
        exit_code: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.expected = expected
        self.found = found
        self.nearest = tuple(nearest)
        self.remedy = remedy
        self.trail = tuple(trail)
        self.result = result or {}
        if exit_code is not None:
            self.exit_code = exit_code

    def at(self, position: Position | None) -> "RunnerError":
        """Give the error a position unless it already has one, and return it."""
        if self.position is None:
            self.position = position
        return self


class UsageError(RunnerError):
    """The command line cannot be understood."""

    exit_code = 4


class ParseError(RunnerError):
    """A file the user wrote cannot be read as what it should be."""

    exit_code = 4


class Missing(ParseError):
    """A file or role that a playbook names does not exist."""

    exit_code = 1


class InventoryError(RunnerError):
    """An inventory source or a host pattern cannot be used."""

    exit_code = 1


class VaultError(RunnerError):
    """A secret cannot be decrypted or encrypted."""

    exit_code = 1


class UnknownName(RunnerError):
    """A module, filter, test, lookup, strategy or connection of that name does not exist."""

    exit_code = 4


class UnknownModule(UnknownName):
    """A task names a module that does not exist: a mistake in the playbook, which no rescue section takes care of."""


class TemplateError(RunnerError):
    """An expression cannot be compiled or rendered."""

    exit_code = 2


class UndefinedVariable(TemplateError):
    """An expression used a variable, attribute or key that does not exist. source: the template that did, for who used its value."""

    def __init__(self, message: str, *, source: str = "", **known: Any) -> None:
        super().__init__(message, **known)
        self.source = source


class ArgumentError(RunnerError):
    """A module was given arguments it does not take, or lacks some it needs."""

    exit_code = 2


class TaskError(RunnerError):
    """An action that runs on the control machine failed."""

    exit_code = 2


class Unreachable(RunnerError):
    """A host cannot be reached, refused us, or dropped the connection."""

    exit_code = 4


class BecomeError(RunnerError):
    """sudo, su or doas did not let us become the other user."""

    exit_code = 2


def nearest_names(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return up to `count` of the known names that look most like `name`, best first, each once.

    An ending that both have (`.yml`) makes no names alike.
    """
    stem, _, ending = name.rpartition(".")
    scored: dict[str, float] = {}
    matcher = difflib.SequenceMatcher()
    for other in dict.fromkeys(map(str, known)):
        same = bool(stem) and other.endswith("." + ending)
        matcher.set_seq2(stem if same else name)
        matcher.set_seq1(other[: -len(ending) - 1] if same else other)
        if matcher.real_quick_ratio() >= CLOSE and matcher.quick_ratio() >= CLOSE and matcher.ratio() >= CLOSE:
            scored[other] = matcher.ratio() + (0.01 if same else 0)
    return sorted(scored, key=lambda each: (scored[each], each), reverse=True)[:count]
