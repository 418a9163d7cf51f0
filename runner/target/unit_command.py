"""The command that a systemd unit starts, from the text of its files: drop-ins, resets and environment files taken together."""

import re
import shlex
from typing import Any, Dict, List, Optional

# systemd.service(5): special executable prefixes.
_PREFIX = "@-:+!|"
_VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)\}")


def lines_of(text: str, skip: str = "") -> List[str]:
    """Return the setting lines of `systemctl cat`, joined where they go on, without those of files whose name ends in `skip`."""
    lines: List[str] = []
    taken, held = True, ""
    for line in text.splitlines():
        if line.startswith("# /"):
            taken = not (skip and line.endswith(skip))
        stripped = line.strip()
        if not taken or not stripped or stripped[0] in "#;":
            continue
        if stripped.endswith("\\"):
            held += stripped[:-1].rstrip() + " "
            continue
        lines.append(held + stripped)
        held = ""
    return lines


def command_words(text: str, system: Any, skip: str = "") -> Optional[List[str]]:
    """Return the words of the unit's ExecStart (the last one, variables filled in), or None when it has none.

    text: what `systemctl cat UNIT` printed. skip: end of the name of a file to leave out, such as our own drop-in.
    """
    start = ""
    environ: Dict[str, str] = {}
    for line in lines_of(text, skip):
        name, _equals, value = line.partition("=")
        if name == "ExecStart":
            start = value.strip()
        elif name == "Environment":
            environ.update(pair for pair in _pairs(value))
        elif name == "EnvironmentFile":
            environ.update(_from_file(value.strip().lstrip("-"), system))
    if not start:
        return None
    words: List[str] = []
    for word in _split(start.lstrip(_PREFIX)):
        alone = re.match(r"^\$(\w+)$", word)
        if alone:
            words += _split(environ.get(alone.group(1), ""))
        else:
            words.append(_VARIABLE.sub(lambda found: environ.get(found.group(1) or found.group(2), ""), word))
    return words


def written(words: List[str]) -> str:
    """Return words as one ExecStart line."""
    return " ".join(word if re.match(r"^[\w@%+=:,./-]+$", word) else '"%s"' % _escaped(word) for word in words)


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"')


def _split(text: str) -> List[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _pairs(text: str) -> List[Any]:
    return [(name, value) for name, equals, value in (word.partition("=") for word in _split(text)) if equals]


def _from_file(path: str, system: Any) -> List[Any]:
    if not system.exists(path):
        return []
    lines = [line.strip() for line in system.read_text(path).splitlines()]
    pairs = [line.partition("=") for line in lines if line and line[0] not in "#;"]
    return [(name.strip(), value.strip().strip("\"'")) for name, equals, value in pairs if equals]
