"""Names of variables: ones that the language uses itself, ones that cannot be, defaults that vars hide."""

from collections.abc import Iterable, Iterator
from typing import Any

from runner import find
from runner.lint.facts import PlayFacts, RoleFacts, Site
from runner.lint.finding import Wart
from runner.lint.project import Project
from runner.lint.rule import Rule
from runner.lint.texts import static
from runner.model.keywords import RESERVED
from runner.model.text import MARKERS
from runner.parse.task_checks import better_name, can_be_variable
from runner.position import Position, position_of

MAGIC = frozenset(
    "hostvars groups group_names inventory_hostname inventory_hostname_short inventory_file inventory_dir playbook_dir role_path "
    "role_name ansible_check_mode ansible_version ansible_play_hosts ansible_play_batch ansible_play_name omit".split()
)


def in_task(site: Site, project: Project) -> Iterable[Wart]:
    """Find such names in `vars`, `set_fact` and `register`."""
    yield from _names(site.task.keywords.get("vars"), site.position)
    if find.short_name(str(site.task.action)) == "set_fact" and isinstance(site.task.args, dict):
        # a key is never a template for whoever reads YAML; set_fact renders it all the same
        named = (key for key in site.task.args if key not in ("cacheable", "_raw_params"))
        yield from _names({key: None for key in named if not any(marker in key for marker in MARKERS)}, site.position)
    register = site.task.keywords.get("register")
    if isinstance(register, str) and static(register):
        yield from _names({register: None}, position_of(register) or site.position)


def in_play(play: PlayFacts, project: Project) -> Iterable[Wart]:
    """Find such names in the `vars` of a play."""
    at = position_of(play.entry)
    if at is not None:
        yield from _names(play.entry.get("vars"), at)


def in_role(role: RoleFacts, project: Project) -> Iterable[Wart]:
    """Find such names in the variables of a role."""
    for values in (role.defaults, role.vars):
        at = position_of(values)
        if at is not None:
            yield from _names(values, at)


def _names(values: Any, fallback: Position) -> Iterator[Wart]:
    for name in values if isinstance(values, dict) else ():
        at = position_of(name) or fallback
        if not can_be_variable(name):
            yield Wart(
                f"'{name}' cannot be the name of a variable", at, "letters, digits and underscores", str(name), (), better_name(name)
            )
        elif name in MAGIC:
            yield Wart(f"'{name}' is set by the run itself; a value given here is never seen", at, found=name, remedy="use another name")
        elif name in RESERVED:
            yield Wart(f"'{name}' is a word of the language", at, found=name, remedy="give the variable another name")


def hidden(role: RoleFacts, project: Project) -> Iterable[Wart]:
    """Find defaults of a role that its own vars always hide."""
    for name in role.defaults:
        if name in role.vars:
            other = next(position_of(each) for each in role.vars if each == name)
            yield Wart(
                f"the default '{name}' is never used: vars/main.yml of the role sets it too",
                position_of(name, role.defaults),
                found=f"the other one is at {other}",
                remedy="remove one of them; what users may set belongs into defaults",
            )


RULES = (
    Rule("reserved-name", "warning", "task", "A variable named like a word of the language or of the run.", in_task),
    Rule("reserved-name", "warning", "play", "The same in the `vars` of a play.", in_play),
    Rule("reserved-name", "warning", "role", "The same in a role's variables.", in_role),
    Rule("default-hidden", "warning", "role", "A default that the vars of the same role always hide.", hidden),
)
