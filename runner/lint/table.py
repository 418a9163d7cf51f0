"""The table of rules: every topic's, by name."""

from runner.lint.rule import Rule
from runner.lint.topics import (
    become,
    conditions,
    files,
    handlers,
    keyword_values,
    loops,
    modules,
    reading,
    results,
    roles,
    specification,
    tags,
    templates,
    variables,
)

TOPICS = (
    reading, modules, conditions, templates, handlers, variables, loops, results, files, roles, specification, tags, become, keyword_values,
)  # fmt: skip
RULES: tuple[Rule, ...] = tuple(rule for topic in TOPICS for rule in topic.RULES)


def rule_names() -> list[str]:
    """Return the names of the rules in the order of the table, each once."""
    return list(dict.fromkeys(rule.name for rule in RULES))


def level_of(name: str) -> str:
    """Return how bad what a rule finds is, unless it says otherwise."""
    return next(rule.level for rule in RULES if rule.name == name)
