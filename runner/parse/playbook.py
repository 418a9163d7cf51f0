"""A playbook file -> plays, with imported playbooks in their place."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from runner import find
from runner.errors import Missing, ParseError, TemplateError, nearest_names
from runner.model.keywords import COMMON, PLAY, check_names, expect_list, type_word, warn_of_reserved
from runner.model.play import Block, Play, Playbook, Statement, Task
from runner.model.text import Map, Text
from runner.parse.keyvalue import parse_key_values
from runner.parse.place import Place, Settings, fill, vars_file_places
from runner.parse.roles import load_role, read_role_use, role_block
from runner.parse.statements import read_statements
from runner.parse.task_checks import check_module_defaults, check_tags, check_variables
from runner.position import Position, position_of
from runner.record import replace

IMPORT = frozenset({"import_playbook", "ansible.builtin.import_playbook", "ansible.legacy.import_playbook"})


def read_playbook(path: str, place: Place, settings: Settings) -> Playbook:
    """Return the playbook in a file. `place` gives the playbook's folder and the variables known for names of imports.

    Raises ParseError when the file is no list of plays, or anything in it cannot be read.
    """
    data = settings.read(path)
    inside = place.inside(path, None)
    return Playbook(path, tuple(_plays(data, path, inside, settings)))


def _plays(data: Any, path: str, place: Place, settings: Settings) -> list[Play]:
    if data is None:
        raise ParseError(
            f"Empty playbook, nothing to do: {path}",
            position=Position(path, 1),
            expected="a list: '- hosts: ...'",
            found="nothing",
            remedy="add a play",
        )
    if not isinstance(data, list):
        raise ParseError(
            f"A playbook must be a list of plays, got a {type_word(data)} instead: {path}",
            position=position_of(data) or Position(path, 1),
            expected="a list: '- hosts: ...'",
            found=f"a {type_word(data)}",
            remedy="begin each play with '- '",
        )
    if not data:
        raise ParseError(
            "A playbook must contain at least one play",
            position=position_of(data) or Position(path, 1),
            expected="'- hosts: ...'",
            found="an empty list",
            remedy="add a play",
        )
    plays: list[Play] = []
    for entry in data:
        if not isinstance(entry, Map):
            raise ParseError(
                "playbook entries must be either valid plays or 'import_playbook' statements",
                position=position_of(entry) or position_of(data),
                expected="a mapping with 'hosts:'",
                found=f"a {type_word(entry)}",
                remedy="write '- hosts: <pattern>'",
            )
        word = next((key for key in entry if key in IMPORT), None)
        plays += _imported(entry, word, place, settings) if word is not None else [read_play(entry, path, place, settings)]
    return plays


def _imported(entry: Map, word: Text, place: Place, settings: Settings) -> list[Play]:
    """Read the plays of an imported playbook; the import's `when`, `tags` and `vars` go to each of them."""
    position = position_of(word, entry)
    assert position is not None
    check_names(entry, COMMON | IMPORT, "PlaybookInclude")
    extra: Any = entry.get("vars") or {}
    check_variables(extra, "PlaybookInclude", position)
    value = entry[word]
    if not isinstance(value, str) or not value.strip():
        raise ParseError(
            "playbook import parameter must be a string indicating a file path",
            position=position,
            expected="the path of a playbook",
            found=f"a {type_word(value)}",
            remedy="write 'import_playbook: file.yml'",
        )
    words = parse_key_values(str(value), position, free_form=True, any_key=True)
    variables = {**extra, **{key: each for key, each in words.items() if key != "_raw_params"}}
    name = fill(settings, words.get("_raw_params", ""), place, variables)
    path = name if Path(name).is_absolute() else str(Path(place.base) / name)
    if not Path(path).is_file() and (Path(place.playbook_dir) / name).is_file():
        path = str(Path(place.playbook_dir) / name)
    if not Path(path).is_file():
        raise Missing(
            f"Unable to retrieve file contents: could not find or access '{name}'",
            position=position_of(value) or position,
            expected="a playbook",
            found=f"no such file; looked at {path}",
            nearest=nearest_names(Path(path).name, [each.name for each in Path(path).parent.glob("*.y*ml")]),
            remedy="correct the path; it is relative to the playbook that imports",
        )
    inner = replace(place.inside(path, position), playbook_dir=str(Path(path).parent), scope=(*place.scope, variables))
    plays = _plays(settings.read(path), path, inner, settings)
    return [_with_import(play, entry, Map(variables), position) for play in plays]


def _with_import(play: Play, entry: Map, variables: Map, position: Position) -> Play:
    keywords = Map(play.keywords, position=play.position)
    if variables:
        keywords[Text("vars", position)] = Map({**variables, **(keywords.get("vars") or {})}, position=position)
    if "tags" in entry:
        both = _as_list(entry["tags"]) + _as_list(keywords.get("tags"))
        keywords[Text("tags", position)] = both
    if "when" not in entry:
        return replace(play, keywords=keywords)
    carrier = Map({Text("when", position): entry["when"]}, position=position)

    def guarded(part: tuple[Statement, ...]) -> tuple[Statement, ...]:
        return (Block(position, carrier, part, kind="import"),) if part else ()

    roles = tuple(Block(position, carrier, (role,), kind="import") for role in play.roles)
    return replace(
        play,
        keywords=keywords,
        pre_tasks=guarded(play.pre_tasks),
        roles=roles,
        tasks=guarded(play.tasks),
        post_tasks=guarded(play.post_tasks),
    )


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def read_play(entry: Map, path: str, place: Place, settings: Settings) -> Play:
    """Return one play of a playbook. Raises ParseError with the position of the first mistake."""
    position = position_of(entry)
    assert position is not None
    _no_task(entry)
    check_names(entry, PLAY, "Play")
    if "hosts" not in entry:
        raise ParseError(
            "the field 'hosts' is required but was not set",
            position=position,
            expected="'hosts: <pattern>' in every play",
            found=f"keys: {', '.join(str(key) for key in entry)}",
            remedy="add 'hosts:' with a group or host name",
        )
    _check_hosts(entry["hosts"], position)
    keywords = Map(
        {key: value for key, value in entry.items() if key not in ("pre_tasks", "tasks", "post_tasks", "handlers", "roles")},
        position=position,
    )
    _one_user(keywords, position)
    variables = entry.get("vars")
    check_variables(variables, "Play", position)
    check_tags(entry.get("tags"), position)
    check_module_defaults(entry.get("module_defaults"), position)
    _check_play_texts(entry, position)
    warn_of_reserved(variables, settings.warn)
    inner = replace(place, scope=(*place.scope, variables or {})).within(entry.get("collections"))
    inner = replace(inner, scope=(*inner.scope, *_files(entry.get("vars_files"), inner, settings)))
    roles = _roles(entry.get("roles"), inner, settings, position)
    inner = replace(inner, scope=_with_roles(inner.scope, roles))
    tasks, pre, post = (
        read_statements(entry.get(word), inner, settings, position, word) for word in ("tasks", "pre_tasks", "post_tasks")
    )
    handlers = read_statements(entry.get("handlers"), replace(inner, section="handlers"), settings, position)
    return Play(position, path, keywords, pre, roles, tasks, post, handlers)


def _one_user(keywords: Map, position: Position) -> None:
    """Give the old name of `remote_user` its new one. Raises ParseError where both are there."""
    if "user" not in keywords:
        return
    if "remote_user" in keywords:
        raise ParseError(
            "both 'user' and 'remote_user' are set for this play. The use of 'user' is deprecated, and should be removed",
            position=position_of(keywords["user"]) or position,
            expected="one of them",
            found="user and remote_user",
            remedy="remove 'user'",
        )
    keywords[Text("remote_user", position)] = keywords.pop("user")


def _no_task(entry: Map) -> None:
    """Raise ParseError for a task where a play belongs: no hosts, but a module."""
    module = next((key for key in entry if key not in PLAY and (find.action(str(key)) or str(key) in ("block", "import_tasks"))), None)
    if "hosts" in entry or module is None:
        return
    raise ParseError(
        f"'{module}' is not a valid attribute for a Play",
        position=position_of(module, entry),
        expected="a play: '- hosts: <pattern>' and what is done there",
        found="a task",
        remedy="put it under 'tasks:' of a play; a file that is a list of tasks is for include_tasks and import_tasks",
    )


def _check_play_texts(entry: Map, position: Position) -> None:
    for word in ("name", "order", "strategy"):
        value = entry.get(word)
        if isinstance(value, (dict, list)):
            raise ParseError(
                f"the field '{word}' is supposed to be a string type, however the incoming data structure is a {type_word(value)}",
                position=position_of(value) or position,
                expected="one word",
                found=f"a {type_word(value)}",
                remedy=f"write '{word}: word'",
            )


def _roles(data: Any, place: Place, settings: Settings, position: Position) -> tuple[Block, ...]:
    blocks = []
    for entry in expect_list(data, "roles", position, "A malformed role declaration was encountered."):
        use = read_role_use(entry, place, settings, position)
        role = load_role(use, place, settings, read_statements)
        blocks.append(role_block(role, use.keywords, use.position, public=not settings.private_role_vars))
    return tuple(blocks)


def _files(named: Any, place: Place, settings: Settings) -> list[Mapping[str, Any]]:
    """Return what the play's vars_files hold, as far as they are found before the run."""
    found: list[Mapping[str, Any]] = []
    for options in named if isinstance(named, list) else [named]:
        for option in options if isinstance(options, list) else [options]:
            try:
                name = str(settings.render(option, place.known(*found))) if option else ""
            except TemplateError:
                continue
            path = next((each for each in vars_file_places(name, place.playbook_dir) if each.is_file()), None)
            if path is not None:
                held = settings.read(str(path))
                found += [held] if isinstance(held, dict) else []
                break
    return found


def _with_roles(scope: tuple[Mapping[str, Any], ...], blocks: Iterable[Block]) -> tuple[Mapping[str, Any], ...]:
    """Return a scope with what the play's roles show to all of the play: defaults below it, vars above."""
    for block in blocks:
        scope = _with_roles(scope, (each for each in block.body if isinstance(each, Block) and each.role))
        if block.role is not None and block.role.public:
            scope = (block.role.defaults, *scope, block.role.vars)
    return scope


def _check_hosts(hosts: Any, position: Position) -> None:
    entries = hosts if isinstance(hosts, list) else [hosts]
    good = all(isinstance(each, (str, int)) and not isinstance(each, bool) and str(each) for each in entries)
    if not entries or not good:
        raise ParseError(
            "Hosts list cannot be empty. Please check your playbook" if not hosts else "Hosts list must be a sequence or string",
            position=position_of(hosts) or position,
            expected="a host pattern, or a list of them",
            found=type_word(hosts),
            remedy="write 'hosts: all' or the name of a group",
        )


def roles_in(statements: tuple[Statement, ...]) -> list[Block]:
    """Return the role blocks in a list of statements, in the order their tasks run."""
    found: list[Block] = []
    for statement in statements:
        if isinstance(statement, Task):
            continue
        if statement.role is not None:
            found.append(statement)
        for part in (statement.body, statement.rescue, statement.always):
            found += roles_in(part)
    return found
