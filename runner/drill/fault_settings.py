"""What the schema cannot say about the settings of a fault: which go together, and which files they name."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runner.drill.templated import is_template
from runner.errors import ParseError
from runner.lab.marks import Marked

SHAPES = ("delay", "loss", "duplicate", "corrupt", "rate")
FILES = ("with", "with_key")
PLAYBOOKS = ("playbook", "undo_playbook")
CHECKS = ("script", "server", "port")
# setting -> what it is nothing without
NEEDS: Mapping[str, Mapping[str, str]] = {
    "traffic": {"jitter": "delay", "reorder": "delay"},
    "certificate": {"with_key": "with"},
    "check": {"socket": "server", "status": "port", "text": "port"},
}


def check_fault(document: Marked, path: Sequence[Any], kind: str, said: Mapping[str, Any]) -> None:
    """Raise ParseError, with its place, for settings that do not go together."""
    for name, needed in NEEDS.get(kind, {}).items():
        if name in said and needed not in said:
            raise ParseError(
                f"`{name}` means nothing without `{needed}`",
                position=document.key_at(path, name),
                remedy=f"add `{needed}`, or take `{name}` away",
            )
    if kind == "traffic" and not any(name in said for name in SHAPES):
        raise ParseError("nothing is done to the traffic", position=document.at(path), expected=f"one of {', '.join(SHAPES)}")
    if kind == "certificate" and "with" in said and ("key" in said) != ("with_key" in said):
        wanted = "both of `key` and `with_key`, or neither"
        raise ParseError("a prepared certificate and its key go together", position=document.at(path), expected=wanted)
    if kind == "check":
        _check_check(document, path, said)


def _check_check(document: Marked, path: Sequence[Any], said: Mapping[str, Any]) -> None:
    there = [name for name in CHECKS if name in said]
    if len(there) != 1:
        raise ParseError(
            f"a check is exactly one of {', '.join(CHECKS)}",
            position=document.key_at(path, there[1]) if there else document.at(path),
            found=" and ".join(there) or "none of them",
        )


def with_files(document: Marked, path: Sequence[Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with the files on this machine, named from the drill's folder, by their whole paths.

    Raises ParseError, with its place, for one that is not there.
    """
    settings = dict(said)
    for name in (*FILES, *PLAYBOOKS):
        if name in said and not is_template(said[name]):
            file = (Path(document.file).parent / str(said[name])).resolve()
            if not file.is_file():
                raise ParseError(f"there is no file {said[name]}", position=document.at([*path, name]), found=f"{file} does not exist")
            settings[name] = str(file)
    return settings
