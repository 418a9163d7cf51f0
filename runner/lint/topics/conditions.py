"""Conditions that are no questions: text, numbers and lists taken for truths, braces around an expression, what never changes."""

from collections.abc import Iterable
from typing import Any

from runner.errors import TemplateError
from runner.lint.facts import MISSING, Site
from runner.lint.finding import Wart
from runner.lint.project import Project
from runner.lint.rule import Rule
from runner.lint.sources import wart_of
from runner.lint.texts import conditions, truth
from runner.model.text import Template
from runner.position import Position
from runner.template.inspect import Uses

# What a result holds under these names is never a truth.
RESULT_KINDS = {
    **dict.fromkeys("stdout stderr msg content checksum dest path".split(), "string"),
    **dict.fromkeys("rc status size".split(), "number"),
    **dict.fromkeys("stdout_lines stderr_lines results files".split(), "list"),
}
WRITE = {
    "string": "compare it, or ask `| length > 0`; for text that says yes or no ask `| bool`",
    "number": "compare it, such as `> 0`",
    "list": "ask `| length > 0`",
    "mapping": "ask `| length > 0`",
    "nothing": "write false",
}


def braces(site: Site, project: Project) -> Iterable[Wart]:
    """Find `{{ }}` in conditions, which are expressions already."""
    for word, value, at in conditions(site):
        if isinstance(value, Template) and ("{{" in value or "{%" in value):
            inside = str(value).strip()
            plain = inside[2:-2].strip() if inside.startswith("{{") and inside.endswith("}}") and inside.count("{{") == 1 else ""
            yield Wart(
                f"'{word}' is an expression already and needs no braces",
                at,
                expected="an expression without {{ }}",
                found=str(value),
                remedy=f"write `{word}: {plain}`" if plain else "join the parts with ~ and write variables by their bare names",
            )


def syntax(site: Site, project: Project) -> Iterable[Wart]:
    """Find conditions that cannot be compiled."""
    for _word, value, at in conditions(site):
        if isinstance(value, str) and not isinstance(value, Template) and value.strip():
            try:
                project.inspector.expression(value)
            except TemplateError as error:
                yield wart_of(error.at(at), at.file)  # type: ignore[arg-type]


def constant(site: Site, project: Project) -> Iterable[Wart]:
    """Find conditions that are one constant: text that is always true, or a task that never runs."""
    for word, value, at in conditions(site):
        if word in ("changed_when", "failed_when") and truth(value) is not None:
            continue
        if word == "when" and truth(value) is False:
            yield Wart("this task never runs: its condition is always false", at, found=f"when: {value}", remedy="remove the task")
        elif word == "that" and truth(value) is True:
            yield Wart("this assertion always holds", at, found=str(value), remedy="write what is to be true")
        elif isinstance(value, str) and not isinstance(value, Template):
            uses = _uses(project, value)
            if uses is not None and uses.kind in ("string", "number") and not uses.names and not uses.lookups:
                yield Wart(
                    f"'{word}' is a constant {uses.kind} and therefore always {bool(value.strip(chr(39) + chr(34) + ' '))}",
                    at,
                    expected="an expression that is true or false",
                    found=value,
                    remedy="take the outer quotes away, so that the text inside is the expression",
                )


def not_boolean(site: Site, project: Project) -> Iterable[Wart]:
    """Find conditions whose result is known to be no boolean."""
    for word, value, at in conditions(site):
        if isinstance(value, Template):
            continue
        if isinstance(value, (list, dict)) or (isinstance(value, (int, float)) and not isinstance(value, bool)):
            yield _wart(word, value, at, _value_kind(value), "write an expression")
            continue
        uses = _uses(project, value) if isinstance(value, str) and value.strip() else None
        if uses is None or not (uses.names or uses.lookups):
            continue
        kind = _kind(site, uses, project)
        if kind in WRITE:
            yield _wart(word, value, at, kind, WRITE[kind])


def _wart(word: str, value: Any, at: Position, kind: str, remedy: str) -> Wart:
    return Wart(
        f"the condition '{value}' gives a {kind}, not true or false" if kind != "nothing" else f"the condition '{value}' gives nothing",
        at,
        expected="an expression that is true or false, such as a comparison or a test",
        found=f"{word}: {value}",
        remedy=remedy,
    )


def _kind(site: Site, uses: Uses, project: Project) -> str:
    """Return the kind of a condition's result, of a bare variable by the value it has nearby."""
    if uses.kind == "name":
        return _value_kind(site.known(uses.bare))
    if not uses.kind and uses.attribute:
        name, _, attribute = uses.attribute.partition(".")
        # only what a task registers is known to be a result
        return RESULT_KINDS.get(attribute, "") if name in project.registered() else ""
    return uses.kind


def _value_kind(value: Any) -> str:
    if value is MISSING or isinstance(value, (Template, bool)):
        return ""
    if isinstance(value, str):
        return "string"
    if isinstance(value, (int, float)):
        return "number"
    return "list" if isinstance(value, list) else "mapping" if isinstance(value, dict) else ""


def _uses(project: Project, value: str) -> Uses | None:
    try:
        return project.inspector.expression(value)
    except TemplateError:
        return None


RULES = (
    Rule("condition-syntax", "error", "task", "A condition that cannot be compiled.", syntax),
    Rule("condition-braces", "warning", "task", "`{{ }}` in when, changed_when, failed_when, until or that.", braces),
    Rule("condition-constant", "warning", "task", "A condition that is a constant: quoted text, a task that never runs.", constant),
    Rule("condition-not-boolean", "warning", "task", "A condition that gives text, a number, a list or a mapping.", not_boolean),
)
