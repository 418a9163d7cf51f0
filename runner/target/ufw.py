"""Speaks with ufw: its words, its rules as they are kept, what it says of itself. Source: ufw(8)."""

import re
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from runner.target.decision import ModuleFailed
from runner.target.programs import program

RULE_FILES = ("/lib/ufw/%s", "/etc/ufw/%s", "/var/lib/ufw/%s")
PLAIN, SIX = "user.rules", "user6.rules"
_TUPLE = "### tuple ###"
Status = NamedTuple("Status", [("active", bool), ("logging", str), ("default", Dict[str, str])])


class Ufw:
    """Runs ufw and keeps what was run. commands: the lines."""

    def __init__(self, system: Any) -> None:
        self.system = system
        self.path = program(system, "ufw")
        self.commands: List[str] = []

    def run(self, *words: str) -> str:
        """Return what ufw says. Raises ModuleFailed with its complaint."""
        argv = [self.path] + list(words)
        # the list shows what a shell would be told
        self.commands.append(" ".join("'%s'" % word if " " in word else word for word in argv))
        ran = self.system.run(argv, environ={"LANG": "C", "LC_ALL": "C"})
        if ran.rc != 0:
            raise ModuleFailed(ran.err or ran.out, commands=self.commands)
        return str(ran.out)

    def rules(self) -> Dict[str, List[str]]:
        """Return the rules kept in files, by PLAIN (IPv4) and SIX (IPv6)."""
        found: Dict[str, List[str]] = {}
        for kind in (PLAIN, SIX):
            paths = [folder % kind for folder in RULE_FILES]
            found[kind] = [line for path in paths if self.system.is_file(path) for line in tuples(self.system.read_text(path))]
        return found


def tuples(text: str) -> List[str]:
    """Return the lines that stand for a rule each."""
    return [line for line in text.splitlines() if line.startswith(_TUPLE)]


def would_be(text: str) -> Dict[str, Optional[List[str]]]:
    """Return the rules that a dry run shows, by kind; None for a family it says nothing of."""
    found: Dict[str, Optional[List[str]]] = {PLAIN: None, SIX: None}
    kind = PLAIN
    for line in text.splitlines():
        if line.startswith(":ufw6-"):
            kind = SIX
        elif line.startswith(":ufw-"):
            kind = PLAIN
        if line.startswith((":ufw", _TUPLE)):
            found[kind] = (found[kind] or []) + ([line] if line.startswith(_TUPLE) else [])
    return found


def parse_status(text: str) -> Status:
    """Return what `ufw status verbose` says. logging: off, or its level. default: policy by direction; empty while inactive."""
    active = re.search(r"^Status: active", text, re.MULTILINE) is not None
    logging = re.search(r"^Logging: (on|off)(?: \((\w+)\))?", text, re.MULTILINE)
    level = "" if logging is None else ("off" if logging.group(1) == "off" else logging.group(2) or "on")
    return Status(active, level, {way: policy for policy, way in re.findall(r"(\w+) \((incoming|outgoing|routed)\)", text)})


def _numbered(text: str) -> List[Tuple[int, bool]]:
    """Return (number, whether it is one of IPv6) of the rules in `ufw status numbered`."""
    found = [(re.match(r"\[ *(\d+)\]", line), "(v6)" in line) for line in text.splitlines()]
    return [(int(number.group(1)), six) for number, six in found if number]


def place(wanted: int, relative: str, listing: str) -> Optional[int]:
    """Return the number to insert at; None: at the end. relative: zero, or first/last of ipv4/ipv6."""
    if relative == "zero":
        return wanted
    numbers = _numbered(listing)
    fours = [number for number, six in numbers if not six]
    last = max([number for number, _six in numbers] or [0])
    base = {
        "first-ipv4": 1,
        "last-ipv4": max(fours or [1]),
        "first-ipv6": max(fours or [0]) + 1,
        "last-ipv6": last if len(fours) < len(numbers) else last + 1,
    }[relative]
    # ufw refuses a number behind the last rule of the family
    return None if wanted + base > last else wanted + base
