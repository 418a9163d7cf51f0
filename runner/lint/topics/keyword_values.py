"""Values that a keyword cannot have, which fail where the task is reached; modes that lost their zero."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from runner import find
from runner.errors import ParseError, nearest_names
from runner.lint.facts import PlayFacts, Site
from runner.lint.finding import Wart
from runner.lint.project import Project
from runner.lint.rule import Rule
from runner.lint.sources import wart_of
from runner.model.text import Template
from runner.plan.keyword_value import number, truth, whole_number
from runner.plan.patterns import ORDERS
from runner.position import Position, position_of

KINDS: dict[Callable[[str, Any, Position | None], object], tuple[str, ...]] = {
    truth: tuple(
        "any_errors_fatal become check_mode delegate_facts diff force_handlers gather_facts ignore_errors ignore_unreachable "
        "no_log run_once validate_argspec".split()
    ),
    whole_number: tuple("async poll retries throttle port timeout gather_timeout".split()),
    number: ("delay", "max_fail_percentage"),
}
CHECKS = {word: check for check, words in KINDS.items() for word in words}
# Modes as people write them, read as decimal numbers: none of them is a mode that anybody wants.
_WRITTEN = "400 440 444 500 550 555 600 640 644 660 664 700 711 750 755 770 775 777 1777 2755 2775 4755"
DECIMAL = frozenset(int(each) for each in _WRITTEN.split())
MODES = ("mode", "directory_mode")


def of_task(site: Site, project: Project) -> Iterable[Wart]:
    """Find such values on a task and on the blocks around it."""
    for keywords in (site.task.keywords, *site.around):
        yield from _wrong(keywords, site.position)


def of_play(play: PlayFacts, project: Project) -> Iterable[Wart]:
    """Find such values on a play."""
    at = position_of(play.entry) or Position("", 1)
    yield from _wrong(play.entry, at)
    # a strategy may be a plugin of the project: only what looks misspelt is told
    for word, known, closed in (("strategy", find.strategies(), False), ("order", list(ORDERS), True)):
        value = play.entry.get(word)
        if not isinstance(value, str) or isinstance(value, Template) or value in known:
            continue
        nearest = nearest_names(value, known)
        if nearest or closed:
            yield Wart(
                f"'{value}' is no {word}", position_of(value) or at, expected=", ".join(known), found=value,
                nearest=tuple(nearest), remedy=f"write '{word}: {(nearest or known)[0]}'",
            )  # fmt: skip


def _wrong(keywords: Mapping[Any, Any], fallback: Position) -> Iterable[Wart]:
    for word, value in keywords.items():
        check = CHECKS.get(str(word))
        if check is None or value is None or isinstance(value, Template):
            continue
        try:
            check(str(word), value, position_of(value) or position_of(word) or fallback)
        except ParseError as error:
            yield wart_of(error, fallback.file)


def decimal_mode(site: Site, project: Project) -> Iterable[Wart]:
    """Find modes written without quotes and zero: YAML reads a decimal number, chmod takes its octal digits."""
    for key, value in site.task.args.items() if isinstance(site.task.args, Mapping) else ():
        if str(key) in MODES and isinstance(value, int) and not isinstance(value, bool) and value in DECIMAL:
            yield Wart(
                f"{key}: {value} is a decimal number, which as a mode is {value:04o}",
                position_of(key) or site.position,
                expected=f"'{value:04}', in quotes",
                found=str(value),
                remedy=f"write {key}: '{value:04}'",
            )


RULES = (
    Rule("keyword-value", "error", "task", "A value that a keyword cannot have: `become: perhaps`, `retries: often`.", of_task),
    Rule("keyword-value", "error", "play", "The same on a play; a strategy or an order that does not exist.", of_play),
    Rule("mode-number", "warning", "task", "`mode: 644`, which YAML reads as a decimal number.", decimal_mode),
)
