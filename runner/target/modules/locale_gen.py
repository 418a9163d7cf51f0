"""Ensures that locales are generated. Source: locale-gen(8), locale.gen(5)."""

import re
from typing import Any, Dict, List

from runner.target.decision import Decision, ModuleFailed
from runner.target.programs import program
from runner.target.state_diff import state_diff

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "array", "items": {"type": "string"}, "description": "Locales, such as de_DE.UTF-8."},
        "state": {
            "type": "string",
            "enum": ["absent", "present"],
            "default": "present",
            "description": "Whether they are there.",
        },
    },
    "required": ["name"],
}
RETURNS = {"name": "the locales", "mechanism": "how they are made"}
EXAMPLES = """
- locale_gen: {name: [de_DE.UTF-8], state: present}
"""
FILE, SUPPORTED = "/etc/locale.gen", "/usr/share/i18n/SUPPORTED"


def plain(name: str) -> str:
    """Return a locale's name as `locale -a` writes it: the character set in small letters without dashes."""
    place, mark, rest = name.partition(".")
    charset, at, modifier = rest.partition("@")
    return place + mark + charset.lower().replace("-", "") + at + modifier


def with_locales(text: str, names: List[str], supported: List[str], present: bool) -> str:
    """Return locale.gen with the locales' lines on, or as comments."""
    lines = text.splitlines()
    missing = list(names)
    for index, line in enumerate(lines):
        found = re.match(r"^\s*(#?)\s*(\S+)\s+(\S+)\s*$", line)
        if not found or found.group(2) not in names:
            continue
        lines[index] = ("" if present else "# ") + found.group(2) + " " + found.group(3)
        if found.group(2) in missing:
            missing.remove(found.group(2))
    if present:
        lines += [line for name in missing for line in supported if line.split()[:1] == [name]]
    return "\n".join(lines) + "\n"


def look(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return the generated locales, locale.gen and the list of what could be."""
    if not system.exists(FILE):
        raise ModuleFailed("%s is missing. Is the package locales installed?" % FILE)
    known = system.read_text(SUPPORTED).splitlines() if system.exists(SUPPORTED) else []
    made = [plain(line.strip()) for line in system.run([program(system, "locale"), "-a"]).out.splitlines()]
    return {"made": made, "text": system.read_text(FILE), "supported": known}


def decide(args: Dict[str, Any], state: Dict[str, Any]) -> Decision:
    """Return locale.gen's new text when a locale is missing, or there and should not be."""
    present = args["state"] == "present"
    known = {line.split()[0] for line in state["supported"] if line.strip()}
    known |= {word for line in state["text"].splitlines() for word in line.lstrip("# ").split()[:1]}
    unknown = [name for name in args["name"] if name not in known]
    if unknown:
        raise ModuleFailed("The following locales you have entered are not available on your system: %s" % ", ".join(unknown))
    wrong = [name for name in args["name"] if (plain(name) in state["made"]) != present]
    result = {"name": args["name"], "mechanism": "debian"}
    diff = state_diff(dict.fromkeys(wrong, not present), dict.fromkeys(wrong, present), "locales") if wrong else None
    text = with_locales(state["text"], args["name"], state["supported"], present)
    return Decision(bool(wrong), result, diff, text)


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> None:
    """Write locale.gen and generate anew, which also drops what is no longer listed."""
    system.write_atomic(FILE, decision.plan.encode("utf-8", "surrogateescape"))
    done = system.run([program(system, "locale-gen")])
    if done.rc != 0:
        raise ModuleFailed("locale-gen failed: %s" % (done.err or done.out).strip(), rc=done.rc)
