"""Ensures the host's time zone and whether its hardware clock runs in UTC. Source: timedatectl(1), localtime(5), adjtime(5)."""

import difflib
from typing import Any, Dict, List, Optional

from runner.target.decision import Decision, ModuleFailed
from runner.target.state_diff import state_diff

ARGUMENTS = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "The zone, such as Europe/Berlin or UTC."},
        "hwclock": {
            "type": "string",
            "enum": ["local", "UTC"],
            "aliases": ["rtc"],
            "description": "Whether the hardware clock shows local time or UTC.",
        },
    },
    "required_one_of": [["hwclock", "name"]],
}
RETURNS = {"name": "the zone", "hwclock": "local or UTC, where asked"}
EXAMPLES = """
- name: Logs of all hosts tell the same time
  timezone: {name: UTC}
"""
ZONES = "/usr/share/zoneinfo"
LOCALTIME, NAME_FILE, ADJTIME = "/etc/localtime", "/etc/timezone", "/etc/adjtime"


def zone_of_link(target: str) -> str:
    """Return the zone that the target of /etc/localtime names."""
    return target.split("zoneinfo/", 1)[1] if "zoneinfo/" in target else ""


def clock_of(adjtime: str) -> str:
    """Return what adjtime's third line says of the hardware clock; UTC when it says nothing."""
    lines = adjtime.splitlines()
    return "local" if len(lines) > 2 and lines[2].strip() == "LOCAL" else "UTC"


def look(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return the zone, the text of /etc/timezone (None: no such file), the clock, and whether the asked zone exists."""
    zone = zone_of_link(system.readlink(LOCALTIME)) if system.is_link(LOCALTIME) else ""
    named = system.read_text(NAME_FILE).strip() if system.exists(NAME_FILE) else None
    adjtime = system.read_text(ADJTIME) if system.exists(ADJTIME) else ""
    known = args["name"] is None or system.is_file("%s/%s" % (ZONES, args["name"]))
    near: List[str] = []
    if not known:
        near = difflib.get_close_matches(args["name"], _zones(system), n=3, cutoff=0.6)
    return {"zone": zone or named or "", "named": named, "adjtime": adjtime, "known": known, "near": near}


def _zones(system: Any) -> List[str]:
    table = ZONES + "/tzdata.zi"
    if not system.exists(table):
        return []
    lines = [line.split() for line in system.read_text(table).splitlines()]
    return [words[1] if words[0] == "Z" else words[2] for words in lines if len(words) > 2 and words[0] in ("Z", "L")]


def decide(args: Dict[str, Any], state: Dict[str, Any]) -> Decision:
    """Return the links and files that change."""
    if not state["known"]:
        msg = "The host has no time zone %s" % args["name"]
        hint = ". Nearest: %s" % ", ".join(state["near"]) if state["near"] else " (is the package tzdata installed?)"
        raise ModuleFailed(msg + hint)
    before, after = {}, {}  # type: Dict[str, Any], Dict[str, Any]
    result: Dict[str, Any] = {}
    plan: Dict[str, Any] = {"zone": None, "file": None, "adjtime": None}
    if args["name"] is not None:
        result["name"] = after["name"] = args["name"]
        before["name"] = state["zone"]
        plan["zone"] = args["name"] if state["zone"] != args["name"] else None
        plan["file"] = args["name"] if state["named"] not in (None, args["name"]) else None
    if args["hwclock"] is not None:
        result["hwclock"] = after["hwclock"] = args["hwclock"]
        before["hwclock"] = clock_of(state["adjtime"])
        if before["hwclock"] != args["hwclock"]:
            plan["adjtime"] = _adjtime(state["adjtime"], args["hwclock"])
    changed = any(value is not None for value in plan.values())
    return Decision(changed, result, state_diff(before, after, "time zone") if changed else None, plan)


def _adjtime(text: str, clock: str) -> str:
    lines = (text.splitlines() + ["0.0 0 0.0", "0", ""][len(text.splitlines()) :])[:3]
    return "\n".join(lines[:2] + ["LOCAL" if clock == "local" else "UTC"]) + "\n"


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> Optional[Dict[str, Any]]:
    """Lay the link, write the files; no program is needed for it."""
    plan = decision.plan
    if plan["zone"] is not None:
        system.symlink("%s/%s" % (ZONES, plan["zone"]), LOCALTIME)
    if plan["file"] is not None:
        system.write_atomic(NAME_FILE, (plan["file"] + "\n").encode())
    if plan["adjtime"] is not None:
        system.write_atomic(ADJTIME, plan["adjtime"].encode(), mode=0o644)
    return None
