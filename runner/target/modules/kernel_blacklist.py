"""Ensures that the kernel does not (or may) load a module by itself. Source: modprobe.d(5)."""

import re
from typing import Any, Dict, List, Optional

from runner.target.decision import Decision
from runner.target.option import option

ARGUMENTS = {
    "type": "object",
    "properties": {
        "name": option("str", "The kernel module."),
        "state": option("str", "present: it is on the blacklist.", "present", enum=["absent", "present"]),
        "blacklist_file": option("str", "The file of modprobe.d to write.", "/etc/modprobe.d/blacklist-ansible.conf"),
    },
    "required": ["name"],
}
RETURNS = {
    "name": "the module",
    "state": "as asked",
    "filename": "the file",
    "is_blacklisted": "whether it is on the blacklist now",
    "lines": "the file's lines",
}
EXAMPLES = """
- name: The open driver would take the card
  kernel_blacklist: {name: nouveau}
"""


def look(args: Dict[str, Any], system: Any) -> Optional[List[str]]:
    """Return the file's lines, None when there is no such file."""
    path = args["blacklist_file"]
    return system.read_text(path).splitlines() if system.exists(path) else None


def decide(args: Dict[str, Any], lines: Optional[List[str]]) -> Decision:
    """Return the lines it shall have (pure)."""
    before = lines or []
    pattern = re.compile(r"^blacklist\s+%s\s*$" % re.escape(args["name"]))
    there = any(pattern.match(line.strip()) for line in before)
    wanted = args["state"] == "present"
    after = list(before)
    if wanted and not there:
        after.append("blacklist %s" % args["name"])
    elif not wanted:
        after = [line for line in before if not pattern.match(line.strip())]
    result = {
        "name": args["name"],
        "state": args["state"],
        "filename": args["blacklist_file"],
        "is_blacklisted": wanted,
        "lines": after,
    }
    diff = {"before": {"lines": before}, "after": {"lines": after}} if after != before else None
    return Decision(after != before, result, diff, after)


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> None:
    """Write the file."""
    text = "".join(line + "\n" for line in decision.plan)
    system.write_atomic(args["blacklist_file"], text.encode("utf-8", "surrogateescape"))
