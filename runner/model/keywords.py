"""The keywords of the playbook language: which statement takes which, and the check of names."""

from collections.abc import Callable, Iterable

from runner.errors import ParseError, nearest_names
from runner.model.text import Map
from runner.position import Position, position_of

COMMON = frozenset(
    "any_errors_fatal become become_exe become_flags become_method become_user check_mode collections connection debugger diff "
    "environment ignore_errors ignore_unreachable module_defaults name no_log port remote_user run_once tags throttle timeout "
    "vars when".split()
)
DELEGATION = frozenset({"delegate_to", "delegate_facts"})
TASK = (
    COMMON
    | DELEGATION
    | frozenset(
        "action args async changed_when delay failed_when local_action loop loop_control notify poll register retries until".split()
    )
)
HANDLER = TASK | {"listen"}
BLOCK = COMMON | DELEGATION | {"block", "rescue", "always", "notify"}
ROLE_USE = COMMON | DELEGATION | {"role"}
PLAY = (COMMON - {"delegate_to"}) | frozenset(
    "fact_path force_handlers gather_facts gather_subset gather_timeout handlers hosts max_fail_percentage order post_tasks "
    "pre_tasks roles serial strategy tasks vars_files vars_prompt user import_playbook validate_argspec".split()
) - {"import_playbook"}
LOOP_CONTROL = frozenset("loop_var index_var label pause extended extended_allitems break_when".split())
# Keywords whose values add up along the chain of parents instead of replacing the parent's.
ADDITIVE = frozenset({"when", "tags", "environment", "module_defaults", "vars", "collections"})
# Keywords that only mean something on the statement itself.
OWN = frozenset(
    "action args async changed_when delay failed_when local_action loop loop_control poll register retries until listen name "
    "block rescue always role hosts tasks pre_tasks post_tasks roles handlers gather_facts gather_subset gather_timeout fact_path "
    "serial strategy order vars_files vars_prompt max_fail_percentage force_handlers user import_playbook validate_argspec".split()
)


# Names that templates use themselves: a variable of such a name is hidden or hides a function.
GLOBALS = frozenset("cycler dict joiner lipsum lookup namespace now q query range undef with_".split())
RESERVED = (PLAY | BLOCK | TASK | ROLE_USE | GLOBALS) - {"vars"}


def warn_of_reserved(names: object, warn: Callable[[str, Position | None], None]) -> None:
    """Tell of each name of a mapping of variables (anything else has none) that the language uses itself."""
    for name in names if isinstance(names, dict) else ():
        if name in RESERVED:
            warn(f"Found variable using reserved name: {name}", position_of(name))


def check_names(keywords: Map, allowed: Iterable[str], what: str) -> None:
    """Raise ParseError at the first key that is not a keyword of `what`."""
    known = frozenset(allowed)
    for key in keywords:
        if key not in known:
            raise ParseError(
                f"'{key}' is not a valid attribute for a {what}",
                position=position_of(key, keywords),
                expected=f"a keyword of a {what}",
                found=f"'{key}'",
                nearest=nearest_names(str(key), known),
                remedy=f"correct the spelling or remove the key; a {what} takes: {', '.join(sorted(known))}",
            )


def expect_list(value: object, what: str, fallback: Position | None, message: str | None = None) -> list[object]:
    """Return `value` when it is a list (None counts as empty), else raise ParseError with `message` or "<what> must be a list"."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise ParseError(
        message or f"{what} must be a list",
        position=position_of(value) or fallback,
        expected="a list: one '- ' entry for each item",
        found=f"a {type_word(value)}",
        remedy="put '- ' in front of each entry",
    )


def type_word(value: object) -> str:
    """Return the YAML word for the kind of a value: mapping, list, string, number, boolean, nothing."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, dict):
        return "mapping"
    if isinstance(value, list):
        return "list"
    return "string"
