"""Handlers: notified ones that do not exist, several of one name, those that nobody notifies."""

from collections.abc import Iterable, Iterator

from runner.errors import nearest_names
from runner.lint.facts import PlayFacts, RoleFacts, Site
from runner.lint.finding import Wart
from runner.lint.project import Project
from runner.lint.rule import Rule
from runner.model.text import Template, Text
from runner.plan.inherit import many
from runner.position import Position, position_of


def names_of(handler: Site) -> list[str]:
    """Return what a handler can be notified by: its name and what it listens to, with and without its role."""
    name = handler.task.keywords.get("name")
    plain = [str(each) for each in (name, *many(handler.task.keywords.get("listen"))) if each is not None]
    role = handler.role.name if handler.role is not None else ""
    return [*plain, *(f"{role} : {each}" for each in plain if role)]


def notified(site: Site) -> Iterator[tuple[str, Position, bool]]:
    """Yield (name, place, whether a template makes it) of each handler that a task notifies."""
    for each in many(site.task.keywords.get("notify")):
        if isinstance(each, str) and each:
            yield str(each), position_of(each) or site.position, isinstance(each, Template)


def missing_in_play(play: PlayFacts, project: Project) -> Iterable[Wart]:
    """Find names that no handler of the play and its roles answers to; nothing where a name is made by a template."""
    roles = play.all_roles()
    handlers = [*play.handlers, *(each for role in roles for each in role.handlers)]
    sites = [*play.sites, *play.handlers, *(each for role in roles for each in (*role.sites, *role.handlers))]
    if not play.open:
        yield from _missing(sites, handlers)


def missing_in_role(role: RoleFacts, project: Project) -> Iterable[Wart]:
    """Find the same in a role that no play uses, where the handler may also be that of the play."""
    if role.open or any(role in play.all_roles() for play in project.plays):
        return
    handlers = [each for one in role.everything() for each in one.handlers]
    for wart in _missing([*role.sites, *role.handlers], handlers):
        yield Wart(wart.message, wart.position, wart.expected, wart.found, wart.nearest, wart.remedy, level="note")


def _missing(sites: Iterable[Site], handlers: list[Site]) -> Iterator[Wart]:
    if any(isinstance(each.task.keywords.get("name"), Template) for each in handlers):
        return
    known = {name for handler in handlers for name in names_of(handler)}
    for site in sites:
        for name, at, made in notified(site):
            if not made and name not in known:
                yield Wart(
                    f"there is no handler '{name}'; the task fails when it changes something",
                    at,
                    expected="the name of a handler, or a topic that one listens to",
                    found=f"notify: {name}",
                    nearest=tuple(nearest_names(name, known)),
                    remedy="correct the name, or write the handler",
                )


def same_name(role: RoleFacts, project: Project) -> Iterable[Wart]:
    """Find handlers of a role that can never run, for an earlier one has their name."""
    yield from _same(role.handlers)


def same_name_in_play(play: PlayFacts, project: Project) -> Iterable[Wart]:
    """Find the same in a play."""
    yield from _same(play.handlers)


def _same(handlers: list[Site]) -> Iterator[Wart]:
    seen: dict[str, Site] = {}
    for handler in handlers:
        name = handler.task.keywords.get("name")
        if not isinstance(name, Text) or isinstance(name, Template) or handler.task.keywords.get("listen"):
            continue
        first = seen.setdefault(str(name), handler)
        if first is not handler and first.position != handler.position:
            yield Wart(
                f"another handler is named '{name}'; of both only one is run",
                name.position or handler.position,
                found=f"the other one is at {first.position}",
                remedy="give each a name of its own and let both listen to one topic",
            )


def unused(role: RoleFacts, project: Project) -> Iterable[Wart]:
    """Find handlers of a role that nothing in what was read notifies."""
    sites = [each for one in project.roles.values() for each in (*one.sites, *one.handlers)]
    sites += [each for play in project.plays for each in (*play.sites, *play.handlers)]
    told = [(name, made) for site in sites for name, _, made in notified(site)]
    if any(made for _, made in told):
        return
    names = {name for name, _ in told}
    for handler in role.handlers:
        known = names_of(handler)
        if known and not names.intersection(known) and not isinstance(handler.task.keywords.get("name"), Template):
            yield Wart(f"nothing notifies the handler '{known[0]}'", handler.position, remedy="remove it, or notify it")


RULES = (
    Rule("handler-missing", "error", "play", "A task notifies a handler that does not exist.", missing_in_play),
    Rule("handler-missing", "error", "role", "The same in a role that no play uses (a note: the play may have it).", missing_in_role),
    Rule("handler-name", "warning", "role", "Two handlers of one name, of which one never runs.", same_name),
    Rule("handler-name", "warning", "play", "The same in a play.", same_name_in_play),
    Rule("handler-unused", "note", "role", "A handler that nothing notifies.", unused),
)
