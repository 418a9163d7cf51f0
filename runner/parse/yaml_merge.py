"""The merge key `<<` of YAML: mappings whose entries another takes in. Source: yaml.org/type/merge.html."""

from typing import Any

from runner.errors import ParseError
from runner.model.text import Map, Seq
from runner.position import Position


def merge_sources(value: Any, at: Position) -> list[Any]:
    """Return the mappings that `<<` names, the one that wins first. at: where the key is. Raises ParseError when it is something else."""
    sources = list(value) if isinstance(value, Seq) else [value]
    if not all(isinstance(each, dict) for each in sources):
        raise ParseError("<< needs a mapping, or a list of mappings", position=at, found=type(value).__name__)
    return sources


def merge(made: Map, merged: list[list[Any]]) -> None:
    """Put the entries of what each `<<` names below those of the mapping itself. merged: the sources of each."""
    own = dict(made)
    made.clear()
    for sources in merged:
        for source in reversed(sources):
            made.update(source)
    made.update(own)
