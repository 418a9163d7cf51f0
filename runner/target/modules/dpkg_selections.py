"""Ensures a package's selection in dpkg: install, hold, deinstall or purge. Source: dpkg(1)."""

from typing import Any, Dict, Optional

from runner.target.decision import Decision, ModuleFailed
from runner.target.programs import program
from runner.target.state_diff import state_diff

ARGUMENTS = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "The package."},
        "selection": {
            "type": "string",
            "enum": ["install", "hold", "deinstall", "purge"],
            "description": "hold keeps its version through upgrades; install lifts that.",
        },
    },
    "required": ["name", "selection"],
}
RETURNS = {"before": "the selection there was", "after": "the selection asked for"}
EXAMPLES = """
- name: Keep the kubelet's version
  dpkg_selections: {name: kubelet, selection: hold}
"""


def look(args: Dict[str, Any], system: Any) -> Optional[str]:
    """Return the package's selection; None for one that dpkg has never heard of."""
    answer = system.run([program(system, "dpkg"), "--get-selections", args["name"]])
    if answer.rc != 0:
        raise ModuleFailed(answer.err.strip(), rc=answer.rc)
    words = answer.out.split()
    return str(words[1]) if len(words) > 1 else None


def decide(args: Dict[str, Any], state: Optional[str]) -> Decision:
    """Return whether the selection differs."""
    before, after = state or "not present", args["selection"]
    if state is None:
        raise ModuleFailed("Failed to find package '%s' to perform selection '%s'." % (args["name"], after))
    diff = state_diff({"selection": before}, {"selection": after}, args["name"]) if before != after else None
    return Decision(before != after, {"before": before, "after": after}, diff)


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> None:
    """Tell dpkg by standard input, as its manual says."""
    line = "%s %s\n" % (args["name"], args["selection"])
    done = system.run([program(system, "dpkg"), "--set-selections"], stdin=line)
    if done.rc != 0 or "warning" in done.err:
        raise ModuleFailed(done.err.strip(), rc=done.rc)
