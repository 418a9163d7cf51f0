"""The `vars_files` of a play, read for one host or for the play alone: names may hold variables, a list means the first that exists."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runner.errors import ParseError, TemplateError, UndefinedVariable, nearest_names
from runner.execute.hosts import HostState
from runner.execute.session import PlaySession
from runner.model.keywords import type_word
from runner.parse.place import vars_file_places
from runner.plan.inherit import many
from runner.position import Position, position_of


def load_vars_files(session: PlaySession, host: HostState | None) -> list[Mapping[str, Any]]:
    """Return the mappings of the play's vars_files for a host, in order; without a host, those that need none to be found.

    A file that does not exist is a warning, as ansible-playbook goes on without it. Raises ParseError for one that is no mapping."""
    found: list[Mapping[str, Any]] = []
    for entry in many(session.plan.keywords.get("vars_files")):
        options = entry if isinstance(entry, list) else [entry]
        path = _first(session, host, options)
        if path is None:
            continue
        data = session.run.parse.read(path)
        found += _mappings(path, data, position_of(options[0]))
    return found


def _mappings(path: str, data: Any, named: Position | None) -> list[Mapping[str, Any]]:
    """Return what a file holds: a mapping, or a list of mappings of which later ones win. Raises ParseError for anything else."""
    several = data if isinstance(data, list) else [] if data is None else [data]
    for each in several:
        if not isinstance(each, dict):
            raise ParseError(
                f"{path} must contain a dictionary of variables",
                exit_code=1,
                position=position_of(each) or position_of(data) or named,
                expected="name: value lines",
                found=f"a {type_word(each)}",
                remedy="write 'name: value' lines",
            )
    return several


def _first(session: PlaySession, host: HostState | None, options: list[Any]) -> str | None:
    places: list[Path] = []
    for option in options:
        try:
            name = str(session.run.templar.render(option, session.view(host, None) if host else session.play_view()))
        except UndefinedVariable:
            if len(options) > 1 or host is None or not host.gathered:
                continue
            raise
        except TemplateError:
            if host is None:
                # a lookup that needs what only a host has
                continue
            raise
        for path in vars_file_places(name, session.playbook_dir):
            places.append(path)
            if path.is_file():
                return str(path)
    if not places or host is None:
        return None
    there = [each.name for folder in {place.parent for place in places} if folder.is_dir() for each in folder.iterdir()]
    near = nearest_names(places[-1].name, there)
    session.run.warn(
        f"vars file {options[0]} was not found; looked at {', '.join(map(str, dict.fromkeys(places)))}"
        + (f"; did you mean {' or '.join(near)}?" if near else ""),
        position_of(options[0]) or session.plan.position,
    )
    return None
