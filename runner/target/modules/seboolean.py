"""Ensures the value of an SELinux boolean, now and (persistent) after a boot. Source: getsebool(8), setsebool(8), semanage-boolean(8)."""

import re
from typing import Any, Dict, Optional

from runner.target.decision import Decision, ModuleFailed
from runner.target.option import option
from runner.target.programs import program
from runner.target.state_diff import state_diff

ARGUMENTS = {
    "type": "object",
    "properties": {
        "name": option("str", "The boolean."),
        "state": option("bool", "Its value."),
        "persistent": option("bool", "Also after a boot.", False),
        "ignore_selinux_state": option("bool", "Also where SELinux is not on (a tree for chroot).", False),
    },
    "required": ["name", "state"],
}
RETURNS = {"name": "the boolean", "state": "its value", "persistent": "as asked"}
EXAMPLES = """
- name: The web server may connect to the application
  seboolean: {name: httpd_can_network_connect, state: true, persistent: true}
"""


def parse_persistent(text: str, name: str) -> Optional[bool]:
    """Return the value after a boot, the second of `name (on , off) description` of `semanage boolean --list`; None: no such."""
    found = re.search(r"^%s\s+\(\s*\w+\s*,\s*(on|off)\s*\)" % re.escape(name), text, re.M)
    return found.group(1) == "on" if found else None


def look(args: Dict[str, Any], system: Any) -> Dict[str, Optional[bool]]:
    """Return the value now and (where asked) after a boot. Raises ModuleFailed for a boolean there is not."""
    if not args["ignore_selinux_state"] and not system.exists("/sys/fs/selinux/enforce"):
        raise ModuleFailed("SELinux is disabled on this host.")
    name = args["name"]
    ran = system.run([program(system, "getsebool"), name])
    found = re.search(r"-->\s*(on|off)", ran.out)
    if ran.rc != 0 or found is None:
        raise ModuleFailed("SELinux boolean %s does not exist." % name, rc=ran.rc, stderr=ran.err)
    later: Optional[bool] = None
    if args["persistent"]:
        out = system.run([program(system, "semanage"), "boolean", "--list", "--noheading"], fail="semanage cannot list booleans").out
        later = parse_persistent(out, name)
    return {"now": found.group(1) == "on", "later": later}


def decide(args: Dict[str, Any], found: Dict[str, Optional[bool]]) -> Decision:
    """Return whether a value differs (pure)."""
    wanted = args["state"]
    changed = found["now"] is not wanted or (args["persistent"] and found["later"] is not wanted)
    result = {"name": args["name"], "state": wanted, "persistent": args["persistent"]}
    after = {"now": wanted, "later": wanted if args["persistent"] else found["later"]}
    return Decision(changed, result, state_diff(found, after, args["name"]) if changed else None)


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> None:
    """Set it."""
    words = [program(system, "setsebool")] + (["-P"] if args["persistent"] else []) + [args["name"], "on" if args["state"] else "off"]
    system.run(words, fail="Failed to set boolean %s" % args["name"])
