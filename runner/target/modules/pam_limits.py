"""Ensures a limit for a user or group at login. Source: limits.conf(5)."""

from typing import Any, Dict, List, Optional

from runner.target.decision import Decision, ModuleFailed

ITEMS = "core data fsize memlock nofile rss stack cpu nproc as maxlogins maxsyslogins priority locks sigpending msgqueue nice rtprio chroot"
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "domain": {"type": "string", "description": "User, @group, * or %."},
        "limit_type": {"type": "string", "enum": ["hard", "soft", "-"], "description": "Kind of the limit; - is both."},
        "limit_item": {"type": "string", "enum": ITEMS.split(), "description": "What is limited."},
        "value": {"type": "string", "description": "The limit: a number, unlimited, infinity or -1."},
        "use_max": {"type": "boolean", "default": False, "description": "Keep a higher limit that is there."},
        "use_min": {"type": "boolean", "default": False, "description": "Keep a lower limit that is there."},
        "backup": {"type": "boolean", "default": False, "description": "Keep a copy of the file before changing it."},
        "dest": {"type": "string", "format": "path", "default": "/etc/security/limits.conf", "description": "The file."},
        "comment": {"type": "string", "default": "", "description": "Comment behind the line."},
    },
    "required": ["domain", "limit_type", "limit_item", "value"],
    "mutually_exclusive": [["use_max", "use_min"]],
}
RETURNS = {"msg": "the line", "dest": "the file", "backup_file": "the copy"}
EXAMPLES = """
- pam_limits: {domain: haproxy, limit_type: "-", limit_item: nofile, value: "65536"}
"""
_ENDLESS = ("unlimited", "infinity", "-1")


def _number(value: str) -> float:
    return float("inf") if value in _ENDLESS else float(value)


def with_limit(text: str, key: List[str], value: str, comment: str, args: Dict[str, Any]) -> str:
    """Return the text with one line for the limit; comments and other lines stay."""
    wanted = "\t".join(key + [value]) + ("\t# " + comment if comment else "")
    lines, done = [], False
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if words[:3] != key or len(words) < 4:
            lines.append(line)
            continue
        keep = words[3] == value
        if args["use_max"]:
            keep = _number(words[3]) >= _number(value)
        if args["use_min"]:
            keep = _number(words[3]) <= _number(value)
        if not done:
            lines.append(line if keep else wanted)
        done = True
    return "\n".join(lines + ([] if done else [wanted])) + "\n"


def look(args: Dict[str, Any], system: Any) -> Optional[str]:
    """Return the file's text; None when there is none."""
    value = args["value"]
    floor = args["limit_item"] in ("nice", "priority")
    if value not in _ENDLESS and not value.lstrip("-" if floor else "").isdigit():
        raise ModuleFailed("Argument 'value' can be one of 'unlimited', 'infinity', '-1' or positive number. Refer to manual pages.")
    return str(system.read_text(args["dest"])) if system.exists(args["dest"]) else None


def decide(args: Dict[str, Any], state: Optional[str]) -> Decision:
    """Return the new text."""
    before = state or ""
    key = [args["domain"], args["limit_type"], args["limit_item"]]
    after = with_limit(before, key, args["value"], args["comment"], args)
    changed = after.splitlines() != before.splitlines()
    diff = {"before": before, "after": after, "before_header": args["dest"], "after_header": args["dest"]}
    result = {"msg": "\t".join(key + [args["value"]]), "dest": args["dest"]}
    return Decision(changed, result, diff if changed else None, after)


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> Dict[str, Any]:
    """Write the file."""
    further = {}
    path = system.realpath(args["dest"])
    if args["backup"] and system.exists(path):
        further["backup_file"] = system.backup(path)
    system.write_atomic(path, decision.plan.encode("utf-8", "surrogateescape"), mode=None if system.exists(path) else 0o644)
    return further
