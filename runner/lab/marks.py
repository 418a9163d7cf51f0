"""Read a YAML file and keep where each of its values stands."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import ReaderError

from runner.errors import ParseError
from runner.position import Position
from runner.record import dataclass


@dataclass(frozen=True, slots=True)
class Marked:
    """A YAML document: its plain value, and the nodes that know the places."""

    file: str
    value: Any
    root: yaml.Node

    def at(self, path: Sequence[Any]) -> Position:
        """Return where the value at `path` (keys and list indexes) stands, or its closest ancestor."""
        return self._position(self._node(path))

    def key_at(self, path: Sequence[Any], key: Any) -> Position:
        """Return where `key` is written in the mapping at `path`."""
        for name, _ in _pairs(self._node(path)):
            if name.value == str(key):
                return self._position(name)
        return self.at(path)

    def _node(self, path: Iterable[Any]) -> yaml.Node:
        node = self.root
        for step in path:
            if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
                node = node.value[step]
                continue
            below = [value for name, value in _pairs(node) if name.value == str(step)]
            if not below:
                break
            node = below[0]
        return node

    def _position(self, node: yaml.Node) -> Position:
        return Position(self.file, node.start_mark.line + 1, node.start_mark.column + 1)


def read(path: Path, wanted: str = "a mapping with name, network and hosts") -> Marked:
    """Return the document in `path`. wanted: what an empty file lacks.

    Raises ParseError with position if it cannot be read, is no YAML, or says a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, yaml.SafeLoader)
        value = yaml.safe_load(text)
    except OSError as cause:
        raise ParseError(f"cannot read {path}: {cause.strerror}", remedy="correct the path, or see that it can be read") from cause
    except yaml.MarkedYAMLError as cause:
        mark = cause.problem_mark or cause.context_mark
        place = Position(str(path), mark.line + 1, mark.column + 1) if mark else Position(str(path), 1)
        raise _no_yaml(cause, place) from cause
    except ReaderError as cause:
        place = _place_of(path, text, cause.position)
        raise ParseError(f"this is not YAML: {cause.reason}", position=place, found=repr(text[cause.position])) from cause
    except UnicodeDecodeError as cause:
        place = _place_of(path, cause.object[: cause.start].decode(), cause.start)
        raise ParseError("this is not UTF-8 text", position=place, found=f"the byte {cause.object[cause.start]:#x}") from cause
    except ValueError as cause:
        raise ParseError(f"a value cannot be read: {cause}", position=Position(str(path), 1), remedy="put it in quotes") from cause
    if root is None:
        raise ParseError("the file is empty", position=Position(str(path), 1), expected=wanted)
    marked = Marked(str(path), value, root)
    _refuse_twice(marked)
    return marked


def _no_yaml(cause: yaml.MarkedYAMLError, place: Position) -> ParseError:
    """Return the complaint about what YAML's reader stumbled over."""
    said = str(cause.problem)
    if isinstance(cause, yaml.constructor.ConstructorError):
        tag = said.rpartition("tag '")[2].rstrip("'").replace("tag:yaml.org,2002:", "!!")
        remedy = "write the value itself, or a template with the variable that holds it"
        return ParseError(f"the tag `{tag}` means nothing here", position=place, remedy=remedy)
    hint = "indent with blanks, not with tabs" if "'\\t'" in said else ""
    return ParseError(f"this is not YAML: {said}", position=place, remedy=hint)


def _place_of(path: Path, text: str, offset: int) -> Position:
    """Return the place of a character by its number."""
    before = text[:offset]
    return Position(str(path), before.count("\n") + 1, len(before) - before.rfind("\n"))


def _pairs(node: yaml.Node) -> list[tuple[yaml.Node, yaml.Node]]:
    return list(node.value) if isinstance(node, yaml.MappingNode) else []


def _refuse_twice(marked: Marked) -> None:
    """Walk all nodes once; an alias may lead back to where it stands."""
    waiting, done = [marked.root], set()
    while waiting:
        node = waiting.pop()
        if id(node) in done:
            continue
        done.add(id(node))
        seen: set[str] = set()
        for name, value in _pairs(node):
            if name.value in seen:
                place = Position(marked.file, name.start_mark.line + 1, name.start_mark.column + 1)
                raise ParseError(f"`{name.value}` is given twice", position=place, remedy="keep one of the two")
            seen.add(name.value)
            waiting.append(value)
        waiting.extend(node.value if isinstance(node, yaml.SequenceNode) else [])
