"""Ensures that a systemd unit is started, stopped, enabled, disabled or masked; restarts and reloads units and the manager."""

import difflib
from typing import Any, Dict, List, Optional

from runner.target import systemctl
from runner.target.decision import Decision, ModuleFailed
from runner.target.programs import program
from runner.target.state_diff import state_diff

ARGUMENTS = {
    "type": "object",
    "properties": {
        "name": {
            "type": "string",
            "aliases": ["service", "unit"],
            "description": "The unit. Without a suffix it is a service; `x@y.service` is an instance of a template.",
        },
        "state": {
            "type": "string",
            "enum": ["reloaded", "restarted", "started", "stopped"],
            "description": "started and stopped only act when needed; restarted and reloaded always, and start what is stopped.",
        },
        "enabled": {"type": "boolean", "description": "Whether the unit starts on boot."},
        "masked": {"type": "boolean", "description": "Whether the unit is masked, so that nothing can start it."},
        "force": {"type": "boolean", "description": "Overwrite symlinks that are in the way when enabling."},
        "daemon_reload": {
            "type": "boolean",
            "default": False,
            "aliases": ["daemon-reload"],
            "description": "Read all unit files anew before anything else.",
        },
        "daemon_reexec": {
            "type": "boolean",
            "default": False,
            "aliases": ["daemon-reexec"],
            "description": "Execute the manager itself anew before anything else.",
        },
        "scope": {
            "type": "string",
            "enum": ["system", "user", "global"],
            "default": "system",
            "description": "Whose manager: the system's, that of the user who runs the task, or the defaults of all users.",
        },
        "no_block": {"type": "boolean", "default": False, "description": "Do not wait until the job is done."},
    },
    "required_one_of": [["state", "enabled", "masked", "daemon_reload", "daemon_reexec"]],
    "required_by": {"state": ["name"], "enabled": ["name"], "masked": ["name"]},
}
RETURNS = {
    "name": "the unit as asked for",
    "state": "started or stopped: what the unit is now",
    "enabled": "whether the unit is enabled now",
    "status": "the properties that `systemctl show` gave before the change",
}
EXAMPLES = """
- name: Run the web server now and after a boot
  systemd: {name: nginx, state: started, enabled: true}

- name: Read a unit file that was just written, and restart its service
  systemd_service: {name: sleeper@100.service, daemon_reload: true, state: restarted}
"""


def switches(args: Dict[str, Any]) -> List[str]:
    """Return the switches that every systemctl command gets."""
    words: List[str] = []
    if args["scope"] != "system":
        words.append("--" + args["scope"])
    if args["no_block"]:
        words.append("--no-block")
    if args["force"]:
        words.append("--force")
    return words


def _run(args: Dict[str, Any], system: Any, *words: str) -> Any:
    environment = {}
    if args["scope"] == "user" and not system.environ.get("XDG_RUNTIME_DIR"):
        # systemctl --user finds the manager's socket by it, and a session over ssh with become has none
        environment["XDG_RUNTIME_DIR"] = "/run/user/%d" % system.euid()
    return system.run([program(system, "systemctl")] + switches(args) + list(words), environ=environment)


def look(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Tell the manager to read its files where asked (a unit written a moment ago is not there before), then see the unit."""
    name = args["name"]
    if name and any(mark in name for mark in "*?["):
        raise ModuleFailed(
            "This module does not currently support using glob patterns, found '%s' in service name: %s"
            % (next(mark for mark in name if mark in "*?["), name)
        )
    warnings: List[str] = []
    for wanted, verb in (("daemon_reload", "daemon-reload"), ("daemon_reexec", "daemon-reexec")):
        if args[wanted] and not system.check:
            warnings += _manager(args, system, verb)
    if not name:
        return {"warnings": warnings}
    state = _unit(args, system, name)
    state["warnings"] = warnings
    state["check"] = system.check
    return state


def _manager(args: Dict[str, Any], system: Any, verb: str) -> List[str]:
    done = _run(args, system, verb)
    if done.rc == 0:
        return []
    if systemctl.offline(done.out, done.err) or system.environ.get("SYSTEMD_OFFLINE") == "1" or _no_init(system):
        return [systemctl.OFFLINE_WARNING]
    raise ModuleFailed("failure %d during %s: %s" % (done.rc, verb, done.err or done.out))


def _no_init(system: Any) -> bool:
    """Whether this is a root directory that no systemd runs in."""
    return system.lstat("/run/systemd/system") is None


def _unit(args: Dict[str, Any], system: Any, name: str) -> Dict[str, Any]:
    show = _run(args, system, "show", name)
    ignored = systemctl.offline(show.out, show.err)
    status = systemctl.parse_show(show.out) if show.rc == 0 and not ignored else {}
    script = system.lstat("/etc/init.d/" + name) is not None
    if status.get("LoadError") and status.get("LoadState") not in ("masked", "not-found"):
        raise ModuleFailed("Error loading unit file '%s': %s" % (name, status["LoadError"]), status=status)
    found = bool(status) and status.get("LoadState") != "not-found"
    state: Dict[str, Any] = {"status": status, "offline": ignored, "enabled": None, "near": []}
    word = status.get("UnitFileState", "")
    if args["enabled"] is not None and found and status.get("NeedDaemonReload") != "yes":
        state["enabled"] = systemctl.enabled_from_word(word)
    if (args["enabled"] is not None and state["enabled"] is None) or not status:
        listing = _run(args, system, "is-enabled", name, "--full")
        lines = listing.out.split()
        word = lines[0] if lines else ""
        found = found or (not status and word in systemctl.UNIT_FILE_STATES)
        state["enabled"] = systemctl.enabled_from_listing(listing.rc, listing.out)
        if not status and not ignored and systemctl.no_manager(show.err):
            state["offline"] = True
    state["fixed"] = word == "static"
    state["found"] = found or script
    if not state["found"]:
        state["near"] = _nearest(name, _unit_names(system))
    return state


UNIT_FOLDERS = ("/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")


def _unit_names(system: Any) -> List[str]:
    # Folders rather than `list-unit-files`, which reads every unit and takes half a second.
    return [name for folder in UNIT_FOLDERS if system.is_dir(folder) for name in system.listdir(folder) if "." in name]


def _nearest(name: str, units: Any) -> List[str]:
    names = {unit[: -len(".service")] if unit.endswith(".service") and "." not in name else unit for unit in units}
    return difflib.get_close_matches(name, sorted(names), n=3, cutoff=0.6)


def decide(args: Dict[str, Any], state: Dict[str, Any]) -> Decision:
    """Return the systemctl verbs to run, in order: masking, boot, now."""
    result: Dict[str, Any] = {"name": args["name"], "status": {}}
    if state["warnings"]:
        result["warnings"] = list(state["warnings"])
    if not args["name"]:
        return Decision(False, result, plan=[])
    status = result["status"] = state["status"]
    verbs: List[str] = []
    masked = status.get("LoadState") == "masked"
    before, after = {}, {}  # type: Dict[str, Any], Dict[str, Any]
    if args["masked"] is not None:
        before["masked"], after["masked"] = masked, args["masked"]
        if masked != args["masked"]:
            verbs.append("mask" if args["masked"] else "unmask")
    if not state["found"] and (args["enabled"] is not None or args["state"]):
        return _absent(args, state, result, verbs)
    if args["enabled"] is not None:
        verbs += _boot(args["enabled"], state, result, before, after)
    if args["state"]:
        verbs += _now(args, state, result, before, after)
    diff = state_diff(before, after, args["name"]) if before != after else None
    return Decision(bool(verbs), result, diff, plan={"verbs": verbs, "found": state["found"]})


def _absent(args: Dict[str, Any], state: Dict[str, Any], result: Dict[str, Any], verbs: List[str]) -> Decision:
    """A check run cannot see the unit that an earlier task would have brought: what starts or enables it is a change to come."""
    if state["check"] and args["state"] != "stopped" and args["enabled"] is not False:
        text = "%s is not on the host yet; this check run takes it that an earlier task brings it" % args["name"]
        result.setdefault("warnings", []).append(text)
        return Decision(True, result, plan={"verbs": verbs, "found": False})
    msg = "Could not find the requested service %s: host" % args["name"]
    if state["near"]:
        msg += ". The host has: %s" % ", ".join(state["near"])
    raise ModuleFailed(msg, status=state["status"])


def _boot(wanted: bool, state: Dict[str, Any], result: Dict[str, Any], before: Dict[str, Any], after: Dict[str, Any]) -> List[str]:
    enabled = state["enabled"]
    before["enabled"], after["enabled"] = enabled, wanted
    result["enabled"] = wanted
    if enabled == wanted:
        return []
    if state["fixed"]:
        # a unit with no [Install] section has no links that could be removed: nothing to do, now or on any later run
        before["enabled"] = after["enabled"] = result["enabled"] = True
        return []
    return ["enable" if wanted else "disable"]


def _now(args: Dict[str, Any], state: Dict[str, Any], result: Dict[str, Any], before: Dict[str, Any], after: Dict[str, Any]) -> List[str]:
    active = state["status"].get("ActiveState")
    wanted = args["state"]
    result["state"] = "stopped" if wanted == "stopped" else "started"
    if active is None:
        if state["offline"]:
            result.setdefault("warnings", []).append(systemctl.OFFLINE_WARNING)
            return []
        raise ModuleFailed("Service is in unknown state", status=state["status"])
    running = active in systemctl.RUNNING
    verb: Optional[str] = None
    if wanted == "stopped":
        verb = "stop" if running or active == "deactivating" else None
    elif not running:
        verb = "start"
    elif wanted != "started":
        verb = wanted[: -len("ed")]
    before["state"] = "started" if running else "stopped"
    after["state"] = wanted if verb in ("restart", "reload") else ("stopped" if wanted == "stopped" else "started")
    return [verb] if verb else []


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> None:
    """Run the decided verbs."""
    for verb in decision.plan["verbs"]:
        done = _run(args, system, verb, args["name"])
        if done.rc == 0:
            continue
        if verb in ("mask", "unmask"):
            if not decision.plan["found"]:
                raise ModuleFailed("Could not find the requested service %s: host" % args["name"])
            raise ModuleFailed("Failed to %s the service (%s): %s" % (verb, args["name"], done.err.strip()))
        said = (done.out + done.err) if verb in ("enable", "disable") else done.err
        raise ModuleFailed("Unable to %s service %s: %s" % (verb, args["name"], said), status=decision.result["status"])
