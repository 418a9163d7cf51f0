"""Ensures keys of Docker's daemon.json and that the running daemon has them; keys of others stay, ours that are no longer wanted go.

Conflicts with flags of the unit are told before anything is touched; the old file comes back when the daemon refuses the new one.
"""

import json
import os
from typing import Any, Dict, List, Tuple

from runner.target.daemon_effect import take_effect
from runner.target.decision import Decision, ModuleFailed
from runner.target.docker_keys import RELOADABLE, key_of, problems, takes_value
from runner.target.owned_keys import flat, merged
from runner.target.replace_file import make_parents
from runner.target.state_diff import state_diff
from runner.target.unit_command import command_words, written

# A restart that is broken off half way leaves no daemon.
INTERRUPT = "finish"
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "settings": {
            "type": "object",
            "description": "Keys and values. Mappings are merged key by key. A null value takes a key away, whoever set it.",
        },
        "path": {"type": "string", "format": "path", "default": "/etc/docker/daemon.json", "description": "The file."},
        "record": {
            "type": "string",
            "format": "path",
            "default": "/var/lib/muster/docker_daemon_config.json",
            "description": "Where it is written down which keys are ours.",
        },
        "unit": {"type": "string", "default": "docker.service", "description": "Unit that runs the daemon."},
        "dropin": {
            "type": "string",
            "default": "",
            "description": "Name of a drop-in of our own that may replace the unit's command; conflicts are looked for without it.",
        },
        "conflicts": {
            "type": "string",
            "enum": ["refuse", "report"],
            "default": "refuse",
            "description": "What to do about a key that a flag of the unit sets too: fail, or only say so (conflicts, command_line).",
        },
        "effect": {
            "type": "string",
            "enum": ["needed", "none"],
            "default": "needed",
            "description": "Whether the daemon is reloaded or restarted, as the changed keys need it, or left alone.",
        },
    },
    "required": ["settings"],
}
RETURNS = {
    "keys": "changed keys, with dots between the levels",
    "effect": "none, reload or restart",
    "because": "why a restart is needed",
    "conflicts": "keys that a flag of the unit sets too: key, flag",
    "command_line": "command of the unit without the conflicting flags",
}
EXAMPLES = """
- name: Logs are rotated and images come through the mirror
  docker_daemon_config:
    settings:
      log-driver: json-file
      log-opts: {max-size: 10m, max-file: "3"}
      registry-mirrors: ["http://10.0.0.5:5000"]
"""
_VALIDATED = "dockerd refuses the configuration: %s"


def look(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return the file's content, our record, the unit's command and the running daemon's; the new content is tried by dockerd."""
    text = system.read_text(args["path"]) if system.exists(args["path"]) else None
    state = {"text": text, "now": _parsed(text, args["path"]), "record": _record(args, system)}
    cat = system.run(["systemctl", "cat", args["unit"]]) if system.which("systemctl") else None
    files = str(cat.out) if cat is not None and cat.rc == 0 else ""
    state["known"] = bool(files)
    state["words"] = command_words(files, system, args["dropin"])
    state["effective"] = command_words(files, system)
    state["active"], state["running"] = _running(args["unit"], state["effective"], system) if files else (False, None)
    state["refusal"] = _refusal(args, state, system)
    return state


def decide(args: Dict[str, Any], state: Dict[str, Any]) -> Decision:
    """Return the new content, who owns what, and what the daemon needs."""
    before = state["now"]
    after, owned = merged(before, args["settings"], state["record"]["owned"])
    if state["refusal"]:
        raise ModuleFailed(_VALIDATED % state["refusal"])
    conflicts, line = _conflicts(state["words"], after)
    if conflicts and args["conflicts"] == "refuse":
        raise ModuleFailed(_explained(conflicts, line, args), conflicts=conflicts, command_line=line)
    old, new = flat(before), flat(after)
    keys = sorted(key for key in set(old) | set(new) if key not in old or key not in new or old[key] != new[key])
    effect, because = _effect(args, state, keys, new)
    result = {"path": args["path"], "keys": keys, "effect": effect, "because": because}
    result.update(conflicts=conflicts, command_line=line)
    moved = bool(keys) or effect != "none"
    header = args["path"]
    diff = state_diff({k: old[k] for k in keys if k in old}, {k: new[k] for k in keys if k in new}, header) if keys else None
    plan = {"after": after if keys else None, "text": state["text"], "owned": owned, "record": state["record"]}
    plan.update(effect=effect, active=state["active"])
    return Decision(moved or owned != state["record"]["owned"], result, diff, plan)


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> None:
    """Write file and record, then bring them into effect; all goes back when the daemon refuses."""
    plan = decision.plan
    _write_record(args, {"owned": plan["owned"], "pending": plan["effect"] != "none"}, system)
    if plan["after"] is not None:
        make_parents(args["path"], system)
        _write(args["path"], json.dumps(plan["after"], indent=2, sort_keys=True) + "\n", system)
    if plan["effect"] == "none":
        return
    try:
        take_effect(args["unit"], plan["effect"], system)
    except ModuleFailed:
        _put_back(args, plan, system)
        raise
    _write_record(args, {"owned": plan["owned"], "pending": False}, system)


def _put_back(args: Dict[str, Any], plan: Dict[str, Any], system: Any) -> None:
    _write_record(args, plan["record"], system)
    if plan["after"] is None:
        return
    if plan["text"] is None:
        system.remove(args["path"])
    else:
        _write(args["path"], plan["text"], system)
    if plan["active"]:
        system.run(["systemctl", "reset-failed", args["unit"]])
        system.run(["systemctl", "restart", args["unit"]])


def _write(path: str, text: str, system: Any) -> None:
    system.write_atomic(path, text.encode("utf-8"), mode=None if system.exists(path) else 0o644)


def _parsed(text: Any, path: str) -> Dict[str, Any]:
    try:
        value = json.loads(text) if text and text.strip() else {}
    except ValueError as error:
        raise ModuleFailed("%s is not JSON: %s. Mend it or move it away; it is not overwritten." % (path, error))
    if not isinstance(value, dict):
        raise ModuleFailed("%s holds no JSON object. Mend it or move it away; it is not overwritten." % path)
    return value


def _record(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    if not system.exists(args["record"]):
        return {"owned": [], "pending": False}
    value = _parsed(system.read_text(args["record"]), args["record"])
    return {"owned": value.get("owned", []), "pending": bool(value.get("pending"))}


def _write_record(args: Dict[str, Any], record: Dict[str, Any], system: Any) -> None:
    make_parents(args["record"], system)
    _write(args["record"], json.dumps(record, sort_keys=True) + "\n", system)


def _running(unit: str, effective: Any, system: Any) -> Tuple[bool, Any]:
    """Return whether the unit is active, and the command line of its process, if that runs the program of the unit."""
    shown = system.run(["systemctl", "show", "--property=ActiveState,MainPID", "--", unit]).out
    values = dict(line.partition("=")[::2] for line in shown.splitlines())
    line = "/proc/%s/cmdline" % values.get("MainPID", "0")
    words = system.read(line).decode("utf-8", "surrogateescape").rstrip("\0").split("\0") if system.exists(line) else [""]
    # A process that ends has none any more, and one that begins is not the daemon yet: neither says what the flags are.
    known = os.path.basename(words[0]) == os.path.basename((effective or [""])[0])
    return values.get("ActiveState") == "active", words if known else None


def _refusal(args: Dict[str, Any], state: Dict[str, Any], system: Any) -> str:
    """Return why the merged content is no good: said by dockerd where it can tell (from version 23), else by our own list of keys."""
    after = merged(state["now"], args["settings"], state["record"]["owned"])[0]
    dockerd = system.which("dockerd")
    if dockerd and "--validate" in system.run([dockerd, "--help"]).out:
        staged = system.temporary(json.dumps(after).encode("utf-8"), ".json")
        ran = system.run([dockerd, "--validate", "--config-file=%s" % staged])
        return "" if ran.rc == 0 else (ran.err or ran.out).strip().replace(staged, args["path"])
    return "; ".join(problems(after))


def _conflicts(words: Any, after: Dict[str, Any]) -> Tuple[List[Dict[str, str]], str]:
    """Return the keys that a flag sets too, and the command line without those flags."""
    found: List[Dict[str, str]] = []
    kept: List[str] = list((words or [])[:1])
    rest = list((words or [])[1:])
    while rest:
        word = rest.pop(0)
        flag, equals, _value = word.partition("=")
        if not flag.startswith("--") and len(flag) > 2:  # -Hfd:// is -H fd://
            flag, equals = flag[:2], "="
        taken = [word] + ([rest.pop(0)] if rest and flag.startswith("-") and not equals and takes_value(flag) else [])
        key = key_of(flag) if flag.startswith("-") else None
        # dockerd takes runtimes from both
        if key in after and key != "runtimes":
            found.append({"key": str(key), "flag": " ".join(taken)})
        else:
            kept += taken
    return found, written(kept)


def _explained(conflicts: List[Dict[str, str]], line: str, args: Dict[str, Any]) -> str:
    pairs = ", ".join("%(key)s (flag %(flag)s)" % each for each in conflicts)
    return (
        "%s and the command line of %s both set: %s. dockerd does not start with a key in both places, so nothing was changed. "
        "Take the key out, or the flag: a drop-in with an empty ExecStart= and then ExecStart=%s"
    ) % (args["path"], args["unit"], pairs, line)


def _effect(args: Dict[str, Any], state: Dict[str, Any], keys: List[str], new: Dict[str, Any]) -> Tuple[str, List[str]]:
    """Return what the daemon needs (none, reload, restart) and why a restart, if one is needed."""
    if args["effect"] == "none" or not state["known"]:
        return "none", []
    because = ["%s needs a restart" % key for key in keys if key.split(".")[0] not in RELOADABLE]
    because += ["%s is taken out" % key for key in keys if key.split(".")[0] in RELOADABLE and key not in new]
    if state["active"] and state["running"] and state["effective"] and "%" not in " ".join(state["effective"]):
        if state["running"][1:] != state["effective"][1:]:
            because.append("the daemon runs with other flags than its unit has")
    if state["record"]["pending"]:
        because.append("an earlier change did not take effect")
    if keys and not state["active"]:
        because.append("the daemon does not run")
    if because:
        return "restart", because
    return ("reload", []) if keys else ("none", [])
