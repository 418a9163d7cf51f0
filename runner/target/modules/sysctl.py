"""Ensures a kernel setting in a sysctl file and where asked in the running kernel. Source: sysctl(8), sysctl.conf(5)."""

import re
from typing import Any, Dict, List, Optional, Tuple

from runner.target.decision import Decision, ModuleFailed
from runner.target.programs import program
from runner.target.state_diff import state_diff

ARGUMENTS = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "aliases": ["key"], "description": "The setting, such as net.ipv4.ip_forward."},
        "value": {"type": "string", "aliases": ["val"], "description": "Its value; needed unless state is absent."},
        "state": {
            "type": "string",
            "enum": ["present", "absent"],
            "default": "present",
            "description": "Whether the file has it.",
        },
        "ignoreerrors": {"type": "boolean", "default": False, "description": "Do not mind settings this kernel does not have."},
        "reload": {"type": "boolean", "default": True, "description": "Load the file into the kernel when it changed."},
        "sysctl_file": {
            "type": "string",
            "format": "path",
            "default": "/etc/sysctl.conf",
            "description": "The file to keep the setting in.",
        },
        "sysctl_set": {"type": "boolean", "default": False, "description": "Also compare and set the running kernel's value."},
    },
    "required": ["name"],
    "required_if": [["state", "present", ["value"]]],
}
RETURNS = {"name": "the setting", "value": "the value as written", "sysctl_file": "the file"}
EXAMPLES = """
- name: Let processes bind addresses that are not here yet
  sysctl: {name: net.ipv4.ip_nonlocal_bind, value: "1", sysctl_file: /etc/sysctl.d/60-vip.conf, sysctl_set: true}
"""
_TRUE, _FALSE = ("yes", "on", "true", "y", "t"), ("no", "off", "false", "n", "f")


def plain_value(value: Optional[str]) -> str:
    """Return a value as the kernel shows it: words with one blank between, yes and no as 1 and 0."""
    text = " ".join(str("" if value is None else value).split())
    if text.lower() in _TRUE:
        return "1"
    return "0" if text.lower() in _FALSE else text


def plain_name(name: str) -> str:
    """Return a setting's name with dots between its parts, whichever separator was used (sysctl(8): the first one seen)."""
    name = name.strip().lstrip("-").strip()
    first = re.search("[./]", name)
    return name.translate(str.maketrans("./", "/.")) if first and first.group() == "/" else name


def parse(text: str) -> List[Tuple[str, Optional[str], Optional[str]]]:
    """Return (line, name, value) for every line of a sysctl file; name and value None for comments and other lines."""
    rows: List[Tuple[str, Optional[str], Optional[str]]] = []
    for line in text.splitlines():
        name, mark, value = line.partition("=")
        if not mark or line.lstrip()[:1] in ("#", ";", ""):
            rows.append((line, None, None))
        else:
            rows.append((line, plain_name(name), value.strip()))
    return rows


def with_setting(text: str, name: str, value: Optional[str]) -> str:
    """Return the file's text with the setting (value None: without it); a right line stays as written, a second one goes."""
    lines, done = [], value is None
    for line, found, old in parse(text):
        if found != plain_name(name):
            lines.append(line)
        elif not done:
            lines.append(line if plain_value(old) == plain_value(value) else "%s=%s" % (name, value))
            done = True
    if not done:
        lines.append("%s=%s" % (name, value))
    return "\n".join(lines) + "\n" if lines else ""


def look(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return the file's text (None: no file) and, with sysctl_set, the kernel's value (None: it has no such setting)."""
    if not args["name"].strip():
        raise ModuleFailed("name cannot be blank")
    path = system.realpath(args["sysctl_file"])
    text = system.read_text(path) if system.exists(path) else None
    kernel = None
    if args["sysctl_set"] and args["state"] == "present":
        answer = system.run([program(system, "sysctl"), "-n", args["name"]])
        if answer.rc == 0:
            kernel = plain_value(answer.out)
        elif system.check:
            # in a dry run a module of the kernel that a task before loads may be what brings the setting
            system.warn("This kernel has no setting %s: unless a task before brings it, this one will fail" % args["name"])
        elif not args["ignoreerrors"]:
            raise ModuleFailed("This kernel has no setting %s: %s" % (args["name"], answer.err.strip()))
    return {"text": text, "path": path, "kernel": kernel}


def decide(args: Dict[str, Any], state: Dict[str, Any]) -> Decision:
    """Return the new text of the file and whether the kernel's value must be set."""
    name, path = args["name"], args["sysctl_file"]
    value = plain_value(args["value"]) if args["state"] == "present" else None
    before = state["text"] or ""
    after = with_setting(before, name, value)
    rewrite = parse(before) != parse(after)
    set_now = state["kernel"] is not None and state["kernel"] != value
    result = {"name": name, "value": value, "sysctl_file": path}
    diff: List[Dict[str, Any]] = []
    if rewrite:
        diff.append({"before": before, "after": after, "before_header": path, "after_header": path})
    if set_now:
        diff.append(state_diff({name: state["kernel"]}, {name: value}, "running kernel"))
    setting = "%s=%s" % (name, value) if set_now else None
    plan = {"text": after if rewrite else None, "old": state["text"], "path": state["path"], "set": setting}
    return Decision(rewrite or set_now, result, diff or None, plan)


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> None:
    """Write the file, load it, set the value."""
    plan = decision.plan
    tool = [program(system, "sysctl")] + (["-e"] if args["ignoreerrors"] else [])
    # set before the file is written: a value the kernel refuses must not wait in the file for the next boot
    if plan["set"] is not None:
        _said(system.run(tool + ["-w", plan["set"]]), "setting %s failed" % args["name"], args)
    if plan["text"] is not None:
        system.write_atomic(plan["path"], plan["text"].encode("utf-8", "surrogateescape"))
        if args["reload"]:
            try:
                _said(system.run(tool + ["-p", plan["path"]]), "Failed to reload sysctl", args)
            except ModuleFailed:
                # else the next run would find the line, say ok, and the kernel would still not have the value
                _put_back(plan, system)
                raise


def _put_back(plan: Dict[str, Any], system: Any) -> None:
    if plan["old"] is None:
        system.remove(plan["path"])
    else:
        system.write_atomic(plan["path"], plan["old"].encode("utf-8", "surrogateescape"))


def _said(done: Any, what: str, args: Dict[str, Any]) -> None:
    """Fail when sysctl complained: it exits with 0 after some errors, so what it says counts too."""
    complaints = [line for line in done.err.splitlines() if line.startswith("sysctl: ")]
    if (done.rc == 0 and not complaints) or args["ignoreerrors"]:
        return
    text = "%s: %s" % (what, (done.err or done.out).strip())
    if "permission denied on key" in text or "Read-only file system" in text:
        text += ". In a container the kernel's settings are read-only: set it on the machine that runs it, or when it is started"
    raise ModuleFailed(text, rc=done.rc, stdout=done.out, stderr=done.err)
