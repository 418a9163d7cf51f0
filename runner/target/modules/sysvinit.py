"""Ensures that a service with a script in /etc/init.d (System V init, OpenRC) is started, stopped, enabled or disabled."""

import re
from typing import Any, Dict, List, Optional

from runner.target.decision import Decision, ModuleFailed
from runner.target.state_diff import state_diff

ARGUMENTS = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "aliases": ["service"], "description": "Name of the script in /etc/init.d."},
        "state": {
            "type": "string",
            "enum": ["started", "stopped", "restarted", "reloaded"],
            "description": "started and stopped do nothing when it is so already; restarted and reloaded always act.",
        },
        "enabled": {"type": "boolean", "description": "Whether it starts on boot."},
        "sleep": {"type": "integer", "default": 1, "description": "Seconds between stop and start of a restart."},
        "pattern": {"type": "string", "description": "A text to find in the process list when the script has no status."},
        "runlevels": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Runlevels to enable it in; the usual ones without.",
        },
        "arguments": {"type": "string", "aliases": ["args"], "description": "More words for the script."},
        "daemonize": {
            "type": "boolean",
            "default": False,
            "description": "Accepted for compatibility: a script that keeps our pipes open never holds the task.",
        },
    },
    "required": ["name"],
    "required_one_of": [["state", "enabled"]],
}
RETURNS = {"name": "the service", "state": "as asked", "enabled": "as asked", "status": "what each command said"}
EXAMPLES = """
- name: An old daemon, now and after a boot
  sysvinit: {name: apache2, state: started, enabled: true, runlevels: ["3", "5"]}
"""
_OFF = re.compile(r"not running|\bis stopped|\bstopped\b|\binactive\b|\bdead\b|\bcrashed\b|not started|could not access pid", re.I)
_ON = re.compile(r"is running|\brunning\b|\bstarted\b|\bactive\b|\(pid", re.I)


def running(rc: int, out: str) -> bool:
    """Return whether a service runs, by what its script's `status` said and how it exited (LSB: 0 runs, 1-3 does not)."""
    if _OFF.search(out):
        return False
    if rc == 0:
        return True
    return rc not in (1, 2, 3, 4, 69) and _ON.search(out) is not None


def in_process_list(pattern: str, text: str) -> bool:
    """Return whether `ps` printed a line with the pattern, other than our own command."""
    return any(pattern in line for line in text.splitlines() if " ps " not in line)


def look(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return whether the service runs, whether it is enabled, and the tools of this host."""
    name, tools = (
        args["name"],
        {key: system.which(key) for key in ("rc-service", "rc-update", "service", "update-rc.d", "chkconfig")},
    )
    if not system.exists("/etc/init.d/" + name):
        raise ModuleFailed("Could not find the requested service %s: host (it has no script in /etc/init.d)" % name, name=name)
    state: Dict[str, Any] = {"tools": tools, "running": None, "enabled": None}
    if args["state"]:
        if args["pattern"]:
            state["running"] = in_process_list(args["pattern"], system.run(["ps", "auxww"]).out)
        else:
            answer = system.run(_script(name, tools) + ["status"])
            state["running"] = running(answer.rc, answer.out + answer.err)
    if args["enabled"] is not None:
        state["enabled"] = _enabled(args, tools, system)
    return state


def _script(name: str, tools: Dict[str, Optional[str]]) -> List[str]:
    if tools["rc-service"]:
        return [tools["rc-service"], name]
    return [tools["service"], name] if tools["service"] else ["/etc/init.d/" + name]


def _enabled(args: Dict[str, Any], tools: Dict[str, Optional[str]], system: Any) -> bool:
    levels = args["runlevels"] or []
    if tools["rc-update"]:
        found = re.findall(r"^\s*%s\s*\|(.*)$" % re.escape(args["name"]), system.run([tools["rc-update"], "show"]).out, re.M)
        have = found[0].split() if found else []
        return all(level in have for level in levels) if levels else bool(have)
    link = re.compile(r"S\d\d%s$" % re.escape(args["name"]))
    have = [
        level
        for level in ("0", "1", "2", "3", "4", "5", "6", "S")
        if any(link.match(entry) for folder in ("/etc/rc%s.d", "/etc/rc.d/rc%s.d") for entry in _names(system, folder % level))
    ]
    return all(level in have for level in levels) if levels else bool(have)


def _names(system: Any, folder: str) -> List[str]:
    return list(system.listdir(folder)) if system.is_dir(folder) else []


def decide(args: Dict[str, Any], state: Dict[str, Any]) -> Decision:
    """Return the commands to run, each with the word it stands for."""
    name, tools, steps = args["name"], state["tools"], []  # type: str, Dict[str, Optional[str]], List[Any]
    result: Dict[str, Any] = {"name": name}
    before, after = {}, {}  # type: Dict[str, Any], Dict[str, Any]
    if args["enabled"] is not None:
        result["enabled"] = after["enabled"] = args["enabled"]
        before["enabled"] = state["enabled"]
        if state["enabled"] != args["enabled"]:
            steps += [("enabled", words) for words in boot_words(args, tools)]
    if args["state"]:
        result["state"] = args["state"]
        before["state"] = "started" if state["running"] else "stopped"
        after["state"] = "stopped" if args["state"] == "stopped" else "started"
        extra = (args["arguments"] or "").split()
        for verb in now_verbs(args["state"], state["running"]):
            steps.append((verb, _script(name, tools) + [verb] + extra))
            after["state"] = args["state"] if verb in ("reload", "start") and args["state"][0] == "r" else after["state"]
    diff = state_diff(before, after, name) if before != after else None
    return Decision(bool(steps), result, diff, steps)


def now_verbs(wanted: str, is_running: bool) -> List[str]:
    """Return the words for the script; a restart is a stop and a start, as not every script knows restart."""
    if wanted == "started":
        return [] if is_running else ["start"]
    if wanted == "stopped":
        return ["stop"] if is_running else []
    if not is_running:
        return ["start"]
    return ["reload"] if wanted == "reloaded" else ["stop", "start"]


def boot_words(args: Dict[str, Any], tools: Dict[str, Optional[str]]) -> List[List[str]]:
    """Return the commands that enable or disable the service at boot."""
    name, levels = args["name"], args["runlevels"] or []
    if tools["rc-update"]:
        return [[tools["rc-update"], "add" if args["enabled"] else "del", name] + (levels or ["default"])]
    if tools["update-rc.d"]:
        # the first run makes the links, the second turns those of the asked runlevels on or off
        verb = "enable" if args["enabled"] else "disable"
        return [[tools["update-rc.d"], name, "defaults"], [tools["update-rc.d"], name, verb] + levels]
    if tools["chkconfig"]:
        level = ["--level", "".join(levels)] if levels else []
        return [[tools["chkconfig"], "--add", name], [tools["chkconfig"]] + level + [name, "on" if args["enabled"] else "off"]]
    raise ModuleFailed("This host has none of update-rc.d, chkconfig and rc-update to enable services with", name=name)


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> Dict[str, Any]:
    """Run the commands and return what each said."""
    status: Dict[str, Any] = {}
    for word, argv in decision.plan:
        if word == "start" and "stop" in status:
            system.sleep(args["sleep"])
        done = system.run(argv)
        status[word] = {"rc": done.rc, "stdout": done.out, "stderr": done.err, "changed": True}
        if done.rc != 0:
            what = "%s service %s" % ("enable" if args["enabled"] else "disable", args["name"]) if word == "enabled" else word
            raise ModuleFailed("Failed to %s %s: %s" % (what, args["name"], (done.err or done.out).strip()), status=status)
    return {"status": status}
