"""The conditions and templates in a task, each with the keyword it stands under."""

from collections.abc import Iterator
from typing import Any

from runner import find
from runner.lint.facts import Site
from runner.model.text import Map, Template
from runner.position import Position, position_of

CONDITIONS = ("when", "changed_when", "failed_when", "until")


def conditions(site: Site) -> Iterator[tuple[str, Any, Position]]:
    """Yield (keyword, condition, place) for each condition of a task, those of `assert`, the loop and the blocks around it, too."""
    for word in CONDITIONS:
        if word in site.task.keywords:
            yield from _each(word, site.task.keywords[word], site.position)
    control = site.task.keywords.get("loop_control")
    if isinstance(control, dict) and "break_when" in control:
        yield from _each("break_when", control["break_when"], site.position)
    if find.short_name(str(site.task.action)) == "assert" and isinstance(site.task.args, dict) and "that" in site.task.args:
        yield from _each("that", site.task.args["that"], site.position)
    for keywords in site.around:
        yield from _around(keywords)


def _around(keywords: Map) -> Iterator[tuple[str, Any, Position]]:
    """Yield (keyword, condition, place) for the conditions of a block or an import."""
    at = position_of(keywords)
    if "when" in keywords and at is not None:
        yield from _each("when", keywords["when"], at)


def _each(word: str, value: Any, fallback: Position) -> Iterator[tuple[str, Any, Position]]:
    for each in value if isinstance(value, list) else [value]:
        yield word, each, position_of(each) or position_of(value) or fallback


def templates(value: Any) -> Iterator[Template]:
    """Yield every template in a value."""
    if isinstance(value, Template):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            if isinstance(key, Template):
                yield key
            yield from templates(each)
    elif isinstance(value, list):
        for each in value:
            yield from templates(each)


def static(value: Any) -> bool:
    """Tell whether a value holds no template and no vault text, so that it is known before the run."""
    if isinstance(value, dict):
        return all(static(each) for each in value.values())
    if isinstance(value, list):
        return all(static(each) for each in value)
    return not isinstance(value, str) or not (isinstance(value, Template) or type(value).__name__ == "Encrypted")


def truth(value: Any) -> bool | None:
    """Return the truth of a boolean as it may be written, None for anything else."""
    if isinstance(value, bool):
        return value
    words = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
    return words.get(str(value).strip().lower()) if isinstance(value, str) else None
