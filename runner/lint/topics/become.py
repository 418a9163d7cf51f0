"""Privileges: a user to become where nothing becomes; delegation and run_once that do not mean what they seem to."""

from collections.abc import Iterable

from runner.lint.facts import PlayFacts, Site
from runner.lint.finding import Wart
from runner.lint.project import Project
from runner.lint.rule import Rule
from runner.lint.texts import truth
from runner.model.keywords import PLAY
from runner.plan.inherit import many
from runner.position import position_of


def user_without_become(site: Site, project: Project) -> Iterable[Wart]:
    """Find become_user or become_method without become, in a play's own tasks, where all that stands around is known."""
    for word in ("become_user", "become_method", "become_flags"):
        key = next((each for each in site.task.keywords if each == word), None)
        if key is None or site.keyword("become") is not None or project.configuration.become:
            continue
        # a role may be used by a play that becomes
        level = "note" if site.role is not None else ""
        yield Wart(
            f"'{word}' does nothing without 'become'",
            position_of(key) or site.position,
            expected="'become: true' on the task, or around it",
            found=f"{word}: {site.task.keywords[word]}",
            remedy="add 'become: true'",
            level=level,
        )


def user_of_play(play: PlayFacts, project: Project) -> Iterable[Wart]:
    """Find the same on a play none of whose tasks become."""
    key = next((each for each in play.entry if each == "become_user"), None)
    if key is None or "become" in play.entry or project.configuration.become or play.roles or play.open:
        return
    if not any(truth(site.keyword("become")) or site.keyword("become") is not None for site in (*play.sites, *play.handlers)):
        yield Wart(
            "'become_user' does nothing without 'become'", position_of(key), found="no become in the play", remedy="add 'become: true'"
        )


def run_once(site: Site, project: Project) -> Iterable[Wart]:
    """Find `run_once` in a play with `serial` (it runs once a batch) or with the strategy free (it runs on each host)."""
    if not truth(site.task.keywords.get("run_once")):
        return
    play = next((each for each in site.around if "hosts" in each), None)
    if play is None:
        return
    at = position_of(next(each for each in site.task.keywords if each == "run_once")) or site.position
    if "serial" in play and [str(each) for each in many(play["serial"])] != ["100%"]:
        yield Wart(
            "with 'serial' the task runs once for each batch",
            at,
            found="run_once in a play with serial",
            remedy="ask `inventory_hostname == ansible_play_hosts_all[0]`",
        )
    elif str(play.get("strategy", "")).rpartition(".")[2] in ("free", "host_pinned"):
        yield Wart(f"the strategy {play['strategy']} runs the task on every host", at, found="run_once", remedy="use the strategy linear")


def unread_play_key(play: PlayFacts, project: Project) -> Iterable[Wart]:
    """Find `gather_facts: false` together with what only gathering reads."""
    if truth(play.entry.get("gather_facts")) is not False:
        return
    for word in ("gather_subset", "gather_timeout", "fact_path"):
        key = next((each for each in play.entry if each == word), None)
        if key is not None and word in PLAY:
            yield Wart(f"'{word}' does nothing with 'gather_facts: false'", position_of(key), remedy="remove one of them")


RULES = (
    Rule("become", "warning", "task", "`become_user` without `become`.", user_without_become),
    Rule("become", "warning", "play", "The same on a play.", user_of_play),
    Rule("run-once", "warning", "task", "`run_once` where it runs more than once: with `serial`, or under the strategy free.", run_once),
    Rule("keyword-no-effect", "warning", "play", "Keywords of a play that another one makes meaningless.", unread_play_key),
)
