"""Results: `register`, `changed_when` and their like where they do nothing, and failures that nobody sees."""

from collections.abc import Iterable, Iterator

from runner import find
from runner.errors import TemplateError
from runner.lint.facts import PlayFacts, RoleFacts, Site
from runner.lint.finding import Wart
from runner.lint.project import Project
from runner.lint.rule import Rule
from runner.lint.texts import conditions, templates, truth
from runner.model.text import Map, Template
from runner.position import Position, position_of

IMPORTS = frozenset("import_tasks import_role".split())
INCLUDES = IMPORTS | frozenset("include_tasks include_role meta".split())
PER_TASK = ("register", "changed_when", "failed_when", "until", "retries", "async")
# What a result holds only when its task has no loop.
SINGLE = frozenset("stdout stdout_lines stderr stderr_lines rc stat content dest state status json".split())


def without_effect(site: Site, project: Project) -> Iterable[Wart]:
    """Find keywords about a result on statements that have none."""
    short = find.short_name(str(site.task.action))
    if short not in INCLUDES:
        return
    for word in PER_TASK:
        key = next((each for each in site.task.keywords if each == word), None)
        if key is None or (word == "register" and short not in IMPORTS | {"meta"}):
            continue
        yield Wart(
            f"'{word}' does nothing on {short}",
            position_of(key) or site.position,
            expected="a task that runs a module",
            found=f"{word} on {short}",
            remedy="write it on the tasks inside",
        )


def never_runs(site: Site, project: Project) -> Iterable[Wart]:
    """Find `register` on a task that is always skipped, and `changed_when` on what cannot change."""
    when = site.task.keywords.get("when")
    register = site.task.keywords.get("register")
    if register is not None and truth(when) is False:
        yield Wart(
            f"'{register}' is the result of a task that never runs",
            position_of(register) or site.position,
            found=f"when: {when}",
            remedy="remove the task, or give it a condition that may hold",
        )


def loop_results(role: RoleFacts, project: Project) -> Iterable[Wart]:
    """Find the result of a loop read as if it were that of one task."""
    yield from _loop_results(role.sites, project)


def loop_results_in_play(play: PlayFacts, project: Project) -> Iterable[Wart]:
    """Find the same among the tasks of a play."""
    yield from _loop_results(play.sites, project)


def _loop_results(sites: list[Site], project: Project) -> Iterator[Wart]:
    looped: dict[str, bool] = {}
    for site in sites:
        own = str(site.task.keywords.get("register") or "")
        for name, attribute, at in _paths(site, project):
            if name != own and looped.get(name) and attribute in SINGLE:
                yield Wart(
                    f"'{name}' is the result of a loop and has no '{attribute}'",
                    at,
                    expected=f"{name}.results, a list with the result of each item",
                    found=f"{name}.{attribute}",
                    remedy=f"write `{name}.results | map(attribute='{attribute}')`, or loop over `{name}.results`",
                )
        if own:
            # a name registered twice, once without a loop, may be either
            looped[own] = looped.get(own, True) and site.task.loop is not None


def _paths(site: Site, project: Project) -> Iterator[tuple[str, str, Position]]:
    """Yield (variable, attribute, place) of conditions and templates that are one path such as `a.b`."""
    for _word, value, at in conditions(site):
        if isinstance(value, str) and not isinstance(value, Template):
            yield from _path(project, value, at, condition=True)
    for text in templates(site.task.args):
        yield from _path(project, text, text.position or site.position, condition=False)


def _path(project: Project, text: str, at: Position, *, condition: bool) -> Iterator[tuple[str, str, Position]]:
    try:
        uses = project.inspector.expression(text) if condition else project.inspector.text(text)  # type: ignore[arg-type]
    except TemplateError:
        return
    for name, attribute in uses.paths:
        yield name, attribute, at


def all_ignored(play: PlayFacts, project: Project) -> Iterable[Wart]:
    """Find `ignore_errors` on a whole play, or on a block of it."""
    yield from _ignored(play.entry, "play")
    yield from _blocks(play.sites)


def all_ignored_in_role(role: RoleFacts, project: Project) -> Iterable[Wart]:
    """Find the same on blocks of a role."""
    yield from _blocks(role.sites)


def _blocks(sites: list[Site]) -> Iterator[Wart]:
    seen: set[int] = set()
    for site in sites:
        for keywords in site.around:
            if id(keywords) not in seen and "hosts" not in keywords:
                seen.add(id(keywords))
                yield from _ignored(keywords, "block")


def _ignored(keywords: Map, what: str) -> Iterator[Wart]:
    for word in ("ignore_errors", "ignore_unreachable"):
        key = next((each for each in keywords if each == word), None)
        if key is not None and truth(keywords[word]):
            yield Wart(
                f"'{word}' on a {what}: every failure in it goes unseen and the run ends well",
                position_of(key, keywords),
                found=f"{word}: {keywords[word]}",
                remedy="write it on the one task that may fail, or better 'failed_when' with what is a failure",
            )


def ignored_unread(site: Site, project: Project) -> Iterable[Wart]:
    """Find `ignore_errors` on a task whose result nobody looks at."""
    keywords = site.task.keywords
    if truth(keywords.get("ignore_errors")) and "register" not in keywords:
        key = next(each for each in keywords if each == "ignore_errors")
        yield Wart(
            "any failure of this task goes unseen",
            position_of(key) or site.position,
            found="ignore_errors without register",
            remedy="say what is no failure: 'failed_when: <condition>', or register the result and look at it",
        )


RULES = (
    Rule("keyword-no-effect", "warning", "task", "`register`, `changed_when` and the like on includes, imports and meta.", without_effect),
    Rule("result-of-nothing", "warning", "task", "The result of a task that never runs.", never_runs),
    Rule("loop-result", "error", "role", "The result of a loop read like that of one task (`x.stdout`).", loop_results),
    Rule("loop-result", "error", "play", "The same among the tasks of a play.", loop_results_in_play),
    Rule("errors-ignored", "warning", "play", "`ignore_errors` on a whole play or block.", all_ignored),
    Rule("errors-ignored", "warning", "role", "The same on blocks of a role.", all_ignored_in_role),
    Rule("errors-unread", "note", "task", "`ignore_errors` on a task whose result is not registered.", ignored_unread),
)
