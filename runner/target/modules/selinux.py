"""Ensures SELinux's mode and policy, now and after a boot. Source: selinux(8), selinux_config(5), getenforce(8), setenforce(8)."""

import re
from typing import Any, Dict, List, Optional

from runner.target.decision import Decision, ModuleFailed
from runner.target.option import option
from runner.target.programs import program

ARGUMENTS = {
    "type": "object",
    "properties": {
        "state": option("str", "The mode.", enum=["disabled", "enforcing", "permissive"]),
        "policy": option("str", "Name of the policy; needed unless disabled."),
        "configfile": option("str", "SELinux's configuration file.", "/etc/selinux/config", aliases=["conf", "file"]),
        "update_kernel_param": option("bool", "Also set or remove selinux=0 of the kernel, with grubby.", False),
    },
    "required": ["state"],
}
RETURNS = {
    "msg": "what changes",
    "policy": "the policy",
    "state": "the mode",
    "configfile": "the file",
    "reboot_required": "whether the mode comes with the next boot only",
}
EXAMPLES = """
- name: Log what a policy would forbid
  selinux: {policy: targeted, state: permissive}
"""
ENFORCE = "/sys/fs/selinux/enforce"


def setting(text: str, name: str) -> Optional[str]:
    """Return a setting of the configuration file, or None."""
    found = re.findall(r"^%s=(\S*)" % name, text, re.M)
    return found[-1] if found else None


def with_setting(text: str, name: str, value: str) -> str:
    """Return the text of the configuration file with a setting in it."""
    line = "%s=%s" % (name, value)
    if setting(text, name) is not None:
        return re.sub(r"^%s=.*$" % name, line, text, flags=re.M)
    return text + ("" if text.endswith("\n") or not text else "\n") + line + "\n"


def look(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return the file's text, the mode now, and (where asked) whether all kernels have selinux=0."""
    path = args["configfile"]
    if not system.exists(path):
        raise ModuleFailed("Unable to find file %s" % path, details="The host has no SELinux policy package installed.")
    now = "disabled"
    if system.exists(ENFORCE):
        now = "enforcing" if system.read_text(ENFORCE).strip() == "1" else "permissive"
    kernel: Optional[bool] = None
    if args["update_kernel_param"]:
        out = system.run([program(system, "grubby"), "--info=ALL"], fail="unable to run grubby").out
        lines: List[str] = re.findall(r"^args=(.*)$", out, re.M)
        kernel = bool(lines) and all(re.search(r"\bselinux=0\b", line) for line in lines)
    return {"text": system.read_text(path), "now": now, "kernel": kernel}


def decide(args: Dict[str, Any], found: Dict[str, Any]) -> Decision:
    """Return the new text, the mode to set now, and whether a boot is needed (pure)."""
    state, text = args["state"], found["text"]
    policy = args["policy"] or setting(text, "SELINUXTYPE")
    if state != "disabled" and not args["policy"]:
        raise ModuleFailed("Policy is required if state is not 'disabled'")
    words = []
    after = text
    old_policy, old_state = setting(text, "SELINUXTYPE"), setting(text, "SELINUX")
    if policy and policy != old_policy:
        after = with_setting(after, "SELINUXTYPE", policy)
        words.append("SELinux policy configuration in '%s' changed from '%s' to '%s'" % (args["configfile"], old_policy, policy))
    mode: Optional[str] = None
    reboot = found["now"] != state and "disabled" in (found["now"], state)
    if found["now"] != state and "disabled" not in (found["now"], state):
        mode = state
        words.append("SELinux state changed from '%s' to '%s'" % (found["now"], state))
    elif state == "disabled" and found["now"] == "enforcing":
        # it can be switched off by a boot only; until then it shall at least forbid nothing
        mode = "permissive"
        words.append("SELinux state temporarily changed from 'enforcing' to 'permissive'. State change will take effect next reboot.")
    if state != old_state:
        after = with_setting(after, "SELINUX", state)
        words.append("Config SELinux state changed from '%s' to '%s'" % (old_state, state))
    kernel = None
    if found["kernel"] is not None and found["kernel"] is not (state == "disabled"):
        kernel = state == "disabled"
        words.append("Kernel parameter selinux=0 %s" % ("added" if kernel else "removed"))
    result = {"msg": ", ".join(words), "policy": policy, "state": state, "configfile": args["configfile"], "reboot_required": reboot}
    diff = {"before": text, "after": after, "before_header": args["configfile"], "after_header": args["configfile"]}
    return Decision(bool(words), result, diff, {"text": after if after != text else None, "mode": mode, "kernel": kernel})


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> None:
    """Write the file, set the mode, change the kernels' arguments."""
    plan = decision.plan
    if plan["text"] is not None:
        # what stands behind the path is the file: /etc/sysconfig/selinux is a link to it
        path = system.realpath(args["configfile"])
        system.write_atomic(path, plan["text"].encode("utf-8", "surrogateescape"))
    if plan["mode"] is not None:
        system.run([program(system, "setenforce"), "1" if plan["mode"] == "enforcing" else "0"], fail="unable to set the mode")
    if plan["kernel"] is not None:
        words = ["--args=selinux=0"] if plan["kernel"] else ["--remove-args=selinux=0"]
        system.run([program(system, "grubby"), "--update-kernel=ALL"] + words, fail="unable to update the kernel's arguments")
