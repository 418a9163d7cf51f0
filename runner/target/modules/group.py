"""Ensures that a group exists, with its number, or does not exist."""

from typing import Any, Dict, List, Optional

from runner.target.accounts import Group, parse_groups
from runner.target.decision import Decision, ModuleFailed
from runner.target.programs import program
from runner.target.state_diff import state_diff

ARGUMENTS = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "Name of the group."},
        "gid": {"type": "integer", "description": "Number of the group."},
        "state": {"type": "string", "enum": ["absent", "present"], "default": "present", "description": "Whether it exists."},
        "force": {"type": "boolean", "default": False, "description": "Delete it even when it is the primary group of a user."},
        "system": {"type": "boolean", "default": False, "description": "Take the number from the range of system groups."},
        "local": {
            "type": "boolean",
            "default": False,
            "description": "Look only at /etc/group, for hosts whose groups also come from a directory service.",
        },
        "non_unique": {"type": "boolean", "default": False, "description": "Allow a number that another group has; needs gid."},
        "gid_min": {"type": "integer", "description": "Lowest number to choose from, in place of GID_MIN of login.defs."},
        "gid_max": {"type": "integer", "description": "Highest number to choose from, in place of GID_MAX of login.defs."},
    },
    "required": ["name"],
    "required_if": [["non_unique", True, ["gid"]]],
}
RETURNS = {
    "name": "the group",
    "gid": "its number, where it exists",
    "state": "present or absent, as asked",
    "system": "whether the group was asked to be a system group",
    "stdout": "output of groupadd, groupmod or groupdel",
    "stderr": "its error output",
}
EXAMPLES = """
- name: A group for those who may deploy
  group: {name: deploy, gid: 1500, state: present}
"""


def look(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return the group if it exists (`group`), and the local groups that have the wanted number (`others`)."""
    name = args["name"]
    local = parse_groups(system.read_text("/etc/group"))
    found = next((each for each in local if each.name == name), None)
    if found is None and not args["local"]:
        entry = system.group(name)
        found = Group(name, entry.gr_gid, entry.gr_mem) if entry else None
    return {"group": found, "others": [each for each in local if each.gid == args["gid"] and each.name != name]}


def decide(args: Dict[str, Any], state: Dict[str, Any]) -> Decision:
    """Return the one command that is needed, if any."""
    group: Optional[Group] = state["group"]
    for key in ("gid_min", "gid_max"):
        if args[key] is not None and args["local"]:
            raise ModuleFailed("'%s' can not be used with 'local'" % key, name=args["name"])
    name = args["name"]
    result = {"name": name, "state": args["state"]}
    if args["state"] == "present":
        result["system"] = args["system"]
    argv: List[str] = []
    after: Optional[Dict[str, Any]] = None
    if args["state"] == "absent":
        if group:
            argv = ["groupdel"] + (["-f"] if args["force"] else []) + [name]
    else:
        after = {"gid": args["gid"] if args["gid"] is not None else (group.gid if group else "next free")}
        if args["local"] and args["gid"] is not None and state["others"] and not (group and group.gid == args["gid"]):
            _refuse_shared(args, state["others"])
        if not group:
            argv = ["groupadd"] + _number(args) + _range(args) + _system(args) + [name]
        elif args["gid"] is not None and args["gid"] != group.gid:
            argv = ["groupmod"] + _number(args) + [name]
    before = {"gid": group.gid} if group else None
    diff = state_diff(before, after, "group " + name) if argv else None
    if group and args["state"] == "present":
        result["gid"] = group.gid
    return Decision(bool(argv), result, diff, plan=argv)


def _refuse_shared(args: Dict[str, Any], others: List[Group]) -> None:
    if not args["non_unique"]:
        raise ModuleFailed("GID '%s' already exists with group '%s'" % (args["gid"], others[0].name))


def _number(args: Dict[str, Any]) -> List[str]:
    if args["gid"] is None:
        return []
    words = ["-g", str(args["gid"])]
    return words + ["-o"] if args["non_unique"] else words


def _range(args: Dict[str, Any]) -> List[str]:
    words = []
    for key, setting in (("gid_min", "GID_MIN"), ("gid_max", "GID_MAX")):
        if args[key] is not None:
            words += ["-K", "%s=%d" % (setting, args[key])]
    return words


def _system(args: Dict[str, Any]) -> List[str]:
    return ["-r"] if args["system"] else []


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> Dict[str, Any]:
    """Run the command and say which number the group has now."""
    done = system.run([program(system, decision.plan[0])] + decision.plan[1:])
    if done.rc != 0:
        raise ModuleFailed(
            done.err.strip() or "%s exited with %d" % (decision.plan[0], done.rc),
            name=args["name"],
            rc=done.rc,
            cmd=decision.plan,
        )
    further: Dict[str, Any] = {"stdout": done.out, "stderr": done.err}
    if args["state"] == "present":
        now = look(args, system)["group"]
        if now:
            further["gid"] = now.gid
    return further
