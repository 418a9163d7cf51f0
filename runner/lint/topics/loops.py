"""Loops: variables that collide, names taken for lists, retries that wait for nothing."""

from collections.abc import Iterable

from runner import find
from runner.errors import TemplateError
from runner.lint.facts import MISSING, Site
from runner.lint.finding import Wart
from runner.lint.project import Project
from runner.lint.rule import Rule
from runner.lint.texts import conditions, templates
from runner.model.text import Template
from runner.position import position_of

# Loops whose terms are words as they stand, not the names of lists.
WORDS = frozenset(
    "fileglob filetree file lines env pipe sequence first_found random_choice inventory_hostnames password ini csvfile url template "
    "varnames vars".split()
)


def collision(site: Site, project: Project) -> Iterable[Wart]:
    """Find a loop inside an included file whose variable is that of the loop around the include."""
    name = site.loop_variable()
    if name and name in site.loops:
        yield Wart(
            f"the loop variable '{name}' is that of the include around it, which is hidden here",
            site.position,
            found=f"two loops over '{name}'",
            remedy=f"name one of them: 'loop_control: {{loop_var: {name}_inner}}'",
        )
    if name and name != "item" and site.known(name) is not MISSING:
        yield Wart(
            f"the loop variable '{name}' hides a variable of that name",
            position_of(site.task.keywords.get("loop_control")) or site.position,
            remedy="give the loop variable a name of its own",
        )


def bare_name(site: Site, project: Project) -> Iterable[Wart]:
    """Find `with_items: name`, which loops over the word, and `loop:` with a text, which fails."""
    if site.task.loop is None:
        return
    kind, value = site.task.loop
    at = position_of(value) or site.position
    if isinstance(value, Template) or not isinstance(value, (str, int)) or isinstance(value, bool):
        return
    if kind == "loop":
        yield Wart(
            "'loop' takes a list",
            at,
            expected="a list, or a template that gives one",
            found=f"the text '{value}'",
            remedy=f'write `loop: "{{{{ {value} }}}}"`' if str(value).isidentifier() else "write it as a list",
            level="error",
        )
    elif str(kind).rpartition(".")[2] not in WORDS and (site.known(str(value)) is not MISSING or "." in str(value)):
        yield Wart(
            f"'with_{kind}' loops over the word '{value}', not over the variable",
            at,
            found=str(value),
            remedy=f'write `with_{kind}: "{{{{ {value} }}}}"`',
        )


def unused(site: Site, project: Project) -> Iterable[Wart]:
    """Find loops whose tasks do the same each time."""
    name = site.loop_variable()
    if not name or find.short_name(str(site.task.action)).startswith(("include", "import")):
        return
    control = site.task.keywords.get("loop_control")
    names = {name, "ansible_loop", "ansible_loop_var", str(control.get("index_var", name)) if isinstance(control, dict) else name}
    for text in (*templates(site.task.args), *templates(site.task.action), *templates(site.task.keywords)):
        if names & _names(project, text, condition=False):
            return
    for _word, value, _at in conditions(site):
        if isinstance(value, str) and (isinstance(value, Template) or names & _names(project, value, condition=True)):
            return
    yield Wart(f"the task does the same for each item: it never uses '{name}'", site.position, remedy=f"use '{name}', or remove the loop")


def _names(project: Project, text: str, *, condition: bool) -> frozenset[str]:
    try:
        found = project.inspector.expression(text) if condition or not isinstance(text, Template) else project.inspector.text(text)
    except TemplateError:
        return frozenset()
    # a lookup may see the variable through what it reads, such as a template file
    return found.names | (frozenset({"item", "ansible_loop"}) if found.lookups else frozenset())


def retries(site: Site, project: Project) -> Iterable[Wart]:
    """Find `delay` without retries, and an async task's `poll` where nothing is asynchronous."""
    keywords = site.task.keywords
    if "delay" in keywords and not {"until", "retries"} & set(keywords):
        at = position_of(next(key for key in keywords if key == "delay")) or site.position
        yield Wart("'delay' does nothing without 'until' or 'retries'", at, remedy="add 'until: <condition>', or remove it")
    if "poll" in keywords and "async" not in keywords:
        at = position_of(next(key for key in keywords if key == "poll")) or site.position
        yield Wart("'poll' does nothing without 'async'", at, remedy="add 'async: <seconds>', or remove it")


RULES = (
    Rule("loop-variable", "warning", "task", "A loop variable that hides that of the loop around it, or another variable.", collision),
    Rule("loop-bare-name", "warning", "task", "`with_items: name`, which loops over the word; `loop:` with a text.", bare_name),
    Rule("loop-unused", "note", "task", "A loop whose task never uses the item.", unused),
    Rule("retries", "warning", "task", "`delay` without `until`, `poll` without `async`: they do nothing.", retries),
)
