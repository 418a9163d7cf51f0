"""Ensures the SELinux type of network ports; needs semanage on the host. Source: semanage-port(8)."""

import re
from typing import Any, Dict, List, Set, Tuple

from runner.target.decision import Decision, ModuleFailed
from runner.target.option import option
from runner.target.programs import program

ARGUMENTS = {
    "type": "object",
    "properties": {
        "ports": option("strs", "Ports, or ranges such as 8000-8100."),
        "proto": option("str", "The protocol.", enum=["tcp", "udp"]),
        "setype": option("str", "The type they get."),
        "state": option("str", "Whether they have it.", "present", enum=["absent", "present"]),
        "reload": option("bool", "Load the policy anew afterwards.", True),
        "local": option("bool", "Look at local changes of the policy only.", False),
        "ignore_selinux_state": option("bool", "Also where SELinux is not on (a tree for chroot).", False),
    },
    "required": ["ports", "proto", "setype"],
}
RETURNS = {"ports": "the ports", "proto": "the protocol", "setype": "the type", "state": "as asked"}
EXAMPLES = """
- name: The web server listens there
  seport: {ports: [8888, 8000-8100], proto: tcp, setype: http_port_t}
"""
Records = Dict[str, str]


def parse_records(text: str, proto: str) -> Records:
    """Return port or range -> type, of what `semanage port --list --noheading` prints (type, protocol, ports)."""
    found: Records = {}
    for line in text.splitlines():
        words = line.split(None, 2)
        if len(words) == 3 and words[1] == proto:
            for port in re.split(r",\s*", words[2].strip()):
                # the first line of a port is the one that counts: local changes are listed before the policy's own
                found.setdefault(port, words[0])
    return found


def look(args: Dict[str, Any], system: Any) -> Records:
    """Return the types of ports. Raises ModuleFailed where SELinux is off."""
    if not args["ignore_selinux_state"] and not system.exists("/sys/fs/selinux/enforce"):
        raise ModuleFailed("SELinux is disabled on this host.")
    words = [program(system, "semanage"), "port", "--list", "--noheading"]
    local = ["--locallist"] if args["local"] else []
    return parse_records(system.run(words + local, fail="semanage cannot list ports").out, args["proto"])


def decide(args: Dict[str, Any], every: Records) -> Decision:
    """Return what semanage has to do for each port (pure)."""
    plan: List[Tuple[str, str]] = []
    ports: List[str] = [each for text in args["ports"] for each in str(text).replace(" ", "").split(",") if each]
    seen: Set[str] = set()
    for port in ports:
        if not re.match(r"^\d+(-\d+)?$", port):
            raise ModuleFailed("%r is neither a port nor a range of ports" % port)
        if port in seen:
            continue
        seen.add(port)
        # a range of one port is that port
        name = port.split("-")[0] if len(set(port.split("-"))) == 1 else port
        have = every.get(name)
        if args["state"] == "absent":
            plan += [("--delete", name)] if have == args["setype"] else []
        elif have is None:
            plan.append(("--add", name))
        elif have != args["setype"]:
            plan.append(("--modify", name))
    result = {"ports": args["ports"], "proto": args["proto"], "setype": args["setype"], "state": args["state"]}
    lines = ["%s: %s %s" % (port, args["proto"], every.get(port, "")) for _do, port in plan]
    after = ["%s: %s %s" % (port, args["proto"], "" if do == "--delete" else args["setype"]) for do, port in plan]
    diff = {"before": "\n".join(lines) + "\n", "after": "\n".join(after) + "\n"} if plan else None
    return Decision(bool(plan), result, diff, plan)


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> None:
    """Run semanage for each port."""
    semanage = program(system, "semanage")
    for do, port in decision.plan:
        words = [semanage, "port", do] + ([] if args["reload"] else ["--noreload"])
        words += ([] if do == "--delete" else ["--type", args["setype"]]) + ["--proto", args["proto"], port]
        ran = system.run(words)
        if ran.rc != 0:
            raise ModuleFailed("semanage: %s" % (ran.err or ran.out).strip(), rc=ran.rc, stdout=ran.out, stderr=ran.err)
