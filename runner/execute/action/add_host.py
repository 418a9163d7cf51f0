"""Adds a host, and groups it is in, to the inventory of the run."""

from typing import Any

from runner.errors import ArgumentError
from runner.execute.context import TaskContext

ARGUMENTS = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "aliases": ["host", "hostname"], "description": "The host; `host:port` sets its port."},
        "groups": {"format": "raw", "aliases": ["group", "groupname"], "description": "Groups, as a list or with commas."},
    },
    "required": ["name"],
    "additionalProperties": True,
    "free_form": "_raw",
}
RETURNS = {"add_host": "what was added"}
EXAMPLES = """
- add_host:
    name: 192.0.2.10
    groups: fresh
    ansible_user: root
"""


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return what the engine adds to the inventory; changed when host, group or variable is new."""
    name = args["name"]
    if not name:
        raise ArgumentError("name, host or hostname needs to be provided", position=task.plan.position, remedy="add 'name:'")
    variables = {key: value for key, value in args.items() if key not in ("name", "groups", "_raw")}
    host, _, port = name.partition(":") if name.count(":") == 1 else (name, "", "")
    if port.isdigit():
        variables["ansible_ssh_port"] = int(port)
        name = host
    groups = args["groups"] or []
    if isinstance(groups, str):
        groups = groups.split(",")
    if not isinstance(groups, list):
        raise ArgumentError("Groups must be specified as a list.", position=task.plan.position, remedy="write a list of names")
    added = {"host_name": name, "groups": [str(each).strip() for each in groups if str(each).strip()], "host_vars": variables}
    task.effects["add_host"] = {"name": name, "groups": added["groups"], "vars": variables}
    return {"changed": _is_new(added, task), "add_host": added}


def _is_new(added: dict[str, Any], task: TaskContext) -> bool:
    inventory = task.play.run.inventory
    known = inventory.hosts.get(added["host_name"])
    if known is None:
        return True
    if any(group not in known.groups for group in added["groups"]):
        return True
    return any(known.vars.get(key) != value for key, value in added["host_vars"].items())
