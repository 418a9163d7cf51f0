"""The words the kernel was started with."""

from typing import Any, Dict, List

from runner.target.facts.source import text


def collect(system):
    """Return cmdline (the last of a name wins) and proc_cmdline (all of a name, in a list)."""
    content = text(system, "/proc/cmdline")
    return {"cmdline": {key: values[-1] for key, values in words(content)}, "proc_cmdline": gathered(content)}


def words(content):
    """Return (name, [value]) for each word; a word without = has the value True."""
    split = (word.partition("=") for word in content.split())
    return [(key, [value if equals else True]) for key, equals, value in split]


def gathered(content):
    """Return name -> value, or the list of its values when it stands there more than once."""
    found: Dict[str, List[Any]] = {}
    for key, values in words(content):
        found.setdefault(key, []).extend(values)
    return {key: values if len(values) > 1 else values[0] for key, values in found.items()}
