"""Tags: combinations that never or always run, tags that an include keeps to itself."""

from collections.abc import Iterable

from runner import find
from runner.lint.facts import Site
from runner.lint.finding import Wart
from runner.lint.project import Project
from runner.lint.rule import Rule
from runner.model.text import Template
from runner.plan.inherit import tag_list
from runner.position import position_of

SPECIAL = frozenset({"all", "tagged", "untagged"})


def odd(site: Site, project: Project) -> Iterable[Wart]:
    """Find `never` without a tag to ask for, `never` beside `always`, and words that only --tags takes."""
    raw = site.task.keywords.get("tags")
    tags = [str(each) for each in tag_list(raw) if not isinstance(each, Template)]
    if len(tags) < len(tag_list(raw)):
        return
    inherited = [str(each) for keywords in site.around for each in tag_list(keywords.get("tags"))]
    at = position_of(raw) or site.position
    if "never" in tags and not set(tags + inherited) - {"never"}:
        yield Wart("the task runs only with `--tags never`", at, found="tags: never", remedy="add a tag of its own to ask for it by")
    if "never" in tags and "always" in tags:
        yield Wart("'always' beside 'never': the task always runs", at, found=", ".join(tags), remedy="remove one of them")
    for tag in tags:
        if tag in SPECIAL:
            yield Wart(f"'{tag}' means something else to --tags", at, found=f"tags: {tag}", remedy="give it another name")


def kept_by_include(site: Site, project: Project) -> Iterable[Wart]:
    """Find tags on include_tasks and include_role, which the tasks inside do not get."""
    short = find.short_name(str(site.task.action))
    tags = site.task.keywords.get("tags")
    if short not in ("include_tasks", "include_role") or not tags or not isinstance(site.task.args, dict):
        return
    apply = site.task.args.get("apply")
    if (isinstance(apply, dict) and "tags" in apply) or isinstance(apply, Template):
        return
    if "always" in tag_list(tags):
        return
    yield Wart(
        f"the tags are only those of the {short} itself; the tasks inside do not get them",
        position_of(tags) or site.position,
        found=f"tags: {', '.join(map(str, tag_list(tags)))}",
        remedy=f"use import_{short.partition('_')[2]}, or add 'apply: {{tags: ...}}' to it",
    )


RULES = (
    Rule("tags", "warning", "task", "`never` alone or beside `always`; words that only --tags takes.", odd),
    Rule("tags-include", "note", "task", "Tags on an include, which the tasks inside do not get.", kept_by_include),
)
