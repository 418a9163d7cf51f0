"""Manages services with whichever init system the host has: hands the task to systemd or to sysvinit."""

from typing import Any

from runner import find
from runner.errors import TaskError
from runner.execute.context import TaskContext
from runner.execute.handover import hand_over

ARGUMENTS = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "Name of the service."},
        "state": {
            "type": "string",
            "enum": ["reloaded", "restarted", "started", "stopped"],
            "description": "started and stopped do nothing when it is so already; restarted and reloaded always act.",
        },
        "enabled": {"type": "boolean", "description": "Whether it starts on boot."},
        "sleep": {"type": "integer", "description": "Seconds between stop and start of a restart (not with systemd)."},
        "pattern": {
            "type": "string",
            "description": "A text to find in the process list where a script has no status (not with systemd).",
        },
        "runlevel": {"type": "string", "default": "default", "description": "Runlevel for OpenRC (not with systemd)."},
        "arguments": {
            "type": "string",
            "default": "",
            "aliases": ["args"],
            "description": "More words for the script (not with systemd).",
        },
        "use": {
            "type": "string",
            "default": "auto",
            "description": "The service module to use; auto takes what the fact service_mgr says.",
        },
    },
    "additionalProperties": True,
}
RETURNS = {
    "name": "the service",
    "state": "as asked",
    "enabled": "as asked",
    "status": "what the init system says of it (systemd)",
}
EXAMPLES = """
- name: Run the time service now and after a boot
  service:
    name: chrony
    state: started
    enabled: true
"""
# The scripts of these are driven by service(8) or rc-service(8) alike.
_SCRIPTS = ("sysvinit", "service", "openrc", "upstart", "bsdinit", "auto", "init")
_NOT_SYSTEMD = ("sleep", "pattern", "runlevel", "arguments")


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return the result of the chosen module. Raises TaskError when `use` names none."""
    wanted = str(args["use"] or "auto")
    if wanted == "auto":
        wanted = await detected(task)
    found = find.action("sysvinit" if wanted in _SCRIPTS else wanted)
    if found is None or found.kind != "module":
        raise TaskError(
            f'Could not find a matching service module for "{wanted}".',
            expected="use: systemd or sysvinit",
            found=wanted,
            remedy="set `use` to the module of the host's init system",
        )
    inner = {key: value for key, value in args.items() if key != "use" and value is not None}
    for key in _NOT_SYSTEMD:
        if found.name == "systemd" and key in inner:
            if inner[key] != ARGUMENTS["properties"][key].get("default"):  # type: ignore[index]
                task.warn(f'Ignoring "{key}" as it is not used in "systemd"')
            del inner[key]
    if found.name == "sysvinit":
        level = inner.pop("runlevel", "default")
        if level != "default":
            inner["runlevels"] = [level]
    return await hand_over(found.name, inner, task)


async def detected(task: TaskContext) -> str:
    """Return the host's init system: the fact if it was gathered, else asked for now."""
    known = task.target.facts.plain.get("service_mgr")
    if known is None:
        query = {"gather_subset": ["!all", "service_mgr"], "filter": ["ansible_service_mgr"]}
        result = await task.call("setup", query, check=False)
        known = result.get("ansible_facts", {}).get("ansible_service_mgr")
    return "systemd" if known == "systemd" else "sysvinit"
