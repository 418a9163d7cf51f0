"""Applies the rules to a project and returns the findings that count."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from runner.errors import UsageError, nearest_names
from runner.lint.finding import LEVELS, Finding, Wart, worst_first
from runner.lint.project import Project
from runner.lint.table import RULES, level_of, rule_names
from runner.position import Position
from runner.record import dataclass

ALLOW = re.compile(r"#\s*(?:muster-lint|lint):\s*allow\s+(?P<names>[\w ,-]+)")
NOWHERE = Position("?", 1)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is wanted. only, skip: names of rules. level: the lowest that is shown. strict: everything shown is an error."""

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    level: str = "warning"
    strict: bool = False

    def check(self) -> None:
        """Raise UsageError for the name of a rule that does not exist."""
        known = rule_names()
        for name in (*self.only, *self.skip):
            if name not in known:
                raise UsageError(
                    f"there is no rule '{name}'",
                    expected="the name of a rule; `muster lint --list-rules` shows them",
                    found=name,
                    nearest=nearest_names(name, known),
                    exit_code=2,
                )

    def wants(self, rule: str, level: str) -> bool:
        """Tell whether a finding is shown."""
        if (self.only and rule not in self.only) or rule in self.skip:
            return False
        return LEVELS.index(level) >= LEVELS.index(self.level)


def findings(project: Project, choice: Choice) -> list[Finding]:
    """Return what the rules find, ordered by place, each once; what a comment in the file allows is left out."""
    found: dict[tuple[str, Position, str], Finding] = {}
    allowed = _Allowed()
    for rule, level, wart in (*_read(project), *_checked(project)):
        shown = wart.level or level
        if not choice.wants(rule, shown) or allowed.holds(rule, wart.position):
            continue
        at = wart.position or NOWHERE
        if choice.strict:
            shown = "error"
        finding = Finding(rule, shown, wart.message, at, wart.expected, wart.found, tuple(wart.nearest), wart.remedy)
        found.setdefault((rule, at, wart.message), finding)
    return sorted(found.values(), key=worst_first)


def _read(project: Project) -> Iterator[tuple[str, str, Wart]]:
    for rule, wart in project.all_warts():
        yield rule, level_of(rule), wart


def _checked(project: Project) -> Iterator[tuple[str, str, Wart]]:
    roles = list(project.roles.values())
    subjects: dict[str, Iterable[object]] = {
        "task": list(project.sites()),
        "play": [each for each in project.plays if each.entry],
        "role": roles,
        "template": project.templates,
        "file": (),
    }
    for rule in RULES:
        for subject in subjects[rule.on]:
            for wart in rule.check(subject, project):
                yield rule.name, rule.level, wart


class _Allowed:
    """Comments `# lint: allow RULE` on a line, or on the line above it."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}

    def holds(self, rule: str, position: Position | None) -> bool:
        if position is None:
            return False
        if position.file not in self._lines:
            try:
                self._lines[position.file] = Path(position.file).read_text(encoding="utf-8").splitlines()
            except (OSError, UnicodeDecodeError):
                self._lines[position.file] = []
        lines = self._lines[position.file]
        near = lines[max(0, position.line - 2) : position.line]
        for number, line in enumerate(near):
            match = ALLOW.search(line)
            above = number < len(near) - 1
            if match and (not above or line.lstrip().startswith("#")):
                return rule in re.split(r"[ ,]+", match["names"].strip())
        return False
