"""Ensures a capability of a program's file. Source: capabilities(7), getcap(8), setcap(8)."""

import re
from typing import Any, Dict, List

from runner.target.decision import Decision, ModuleFailed
from runner.target.programs import program
from runner.target.state_diff import state_diff

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "format": "path", "aliases": ["key"], "description": "The program's file."},
        "capability": {
            "type": "string",
            "aliases": ["cap"],
            "description": "Capability with operator and flags: cap_net_raw+ep.",
        },
        "state": {"type": "string", "enum": ["absent", "present"], "default": "present", "description": "Whether it has it."},
    },
    "required": ["path", "capability"],
}
RETURNS = {"msg": "capabilities of the file"}
EXAMPLES = """
- capabilities: {path: /usr/local/bin/exporter, capability: cap_net_raw+ep, state: present}
"""


def parse_one(text: str) -> List[str]:
    """Return [name, operator, flags in order] of a capability."""
    found = re.match(r"^(\w+)([=+-])([eip]*)$", text.strip().lower())
    if not found:
        raise ModuleFailed("Couldn't find operator (one of: ['=', '-', '+'])")
    return [found.group(1), found.group(2), "".join(sorted(found.group(3)))]


def parse(text: str) -> Dict[str, str]:
    """Return capability -> flags of a line of `getcap` (both forms: `path = a,b+ep` and `path a,b=ep`)."""
    found: Dict[str, str] = {}
    for names, flags in re.findall(r"((?:\bcap_\w+,?)+)[=+]([eip]+)", text):
        found.update({name: "".join(sorted(flags)) for name in names.split(",") if name})
    return found


def look(args: Dict[str, Any], system: Any) -> Dict[str, str]:
    """Return the file's capabilities."""
    if not system.exists(args["path"]):
        raise ModuleFailed("Unable to get capabilities of %s: no such file" % args["path"])
    answer = system.run([program(system, "getcap"), args["path"]])
    if answer.rc != 0 or answer.err.strip():
        raise ModuleFailed("Unable to get capabilities of %s" % args["path"], stdout=answer.out.strip(), stderr=answer.err)
    return parse(answer.out[len(args["path"]) :])


def decide(args: Dict[str, Any], state: Dict[str, str]) -> Decision:
    """Return the file's capabilities as they shall be."""
    name, _operator, flags = parse_one(args["capability"])
    after = dict(state)
    if args["state"] == "present":
        after[name] = flags
    else:
        after.pop(name, None)
    changed = after != state
    return Decision(changed, {"msg": "capabilities changed" if changed else "capabilities as asked"},
                    state_diff(dict(state), dict(after), args["path"]) if changed else None, after)  # fmt: skip


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> Dict[str, Any]:
    """Set them all, or remove the attribute when none is left."""
    text = " ".join("%s=%s" % pair for pair in sorted(decision.plan.items()))
    words = [text, args["path"]] if text else ["-r", args["path"]]
    done = system.run([program(system, "setcap")] + words)
    if done.rc != 0:
        raise ModuleFailed("Unable to set capabilities of %s: %s" % (args["path"], done.err.strip()), rc=done.rc)
    return {"stdout": done.out}
