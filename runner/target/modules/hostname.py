"""Ensures the host's name, now and after a boot; with systemd by hostnamectl, else by /etc/hostname and hostname(1)."""

from typing import Any, Dict

from runner.target.decision import Decision, ModuleFailed
from runner.target.programs import program

ARGUMENTS = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "The name, with or without domain."},
        "use": {
            "type": "string",
            "enum": ["alpine", "debian", "generic", "openrc", "redhat", "sles", "systemd"],
            "description": "How the name is kept; found out when not given. alpine, debian, generic and sles write /etc/hostname "
            "(sles: /etc/HOSTNAME), redhat /etc/sysconfig/network, openrc /etc/conf.d/hostname.",
        },
    },
    "required": ["name"],
}
RETURNS = {"name": "the name asked for", "ansible_facts": "ansible_hostname, ansible_nodename, ansible_fqdn, ansible_domain"}
EXAMPLES = """
- name: The host is called by its inventory name
  hostname: {name: "{{ inventory_hostname }}"}
"""
_FILES = {
    "redhat": "/etc/sysconfig/network",
    "openrc": "/etc/conf.d/hostname",
    "sles": "/etc/HOSTNAME",
}
_KEYS = {"redhat": "HOSTNAME", "openrc": "hostname"}


def written_name(use: str, text: str) -> str:
    """Return the name a file keeps: the value of its key, or the first line that is no comment."""
    key = _KEYS.get(use)
    for line in text.splitlines():
        line = line.strip()
        if key and line.startswith(key + "="):
            return line.partition("=")[2].strip().strip("\"'")
        if not key and line and not line.startswith("#"):
            return line
    return ""


def new_text(use: str, text: str, name: str) -> str:
    """Return the file's text with the name in it."""
    key = _KEYS.get(use)
    if not key:
        return name + "\n"
    line = '%s="%s"' % (key, name) if use == "openrc" else "%s=%s" % (key, name)
    kept = [each for each in text.splitlines() if not each.strip().startswith(key + "=")]
    return "\n".join(kept + [line]) + "\n"


def look(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return the running name, the kept name, the file it is kept in, and the full name as the resolver has it."""
    use = args["use"]
    if use is None:
        use = "systemd" if system.is_dir("/run/systemd/system") and system.which("hostnamectl") else "generic"
        if use == "generic" and system.exists("/etc/conf.d/hostname"):
            use = "openrc"
    path = _FILES.get(use, "/etc/hostname")
    text = system.read_text(path) if system.exists(path) else ""
    return {"use": use, "path": path, "text": text, "current": system.uname().nodename, "full": _full_name(system)}


def _full_name(system: Any) -> str:
    if not system.which("hostname"):
        return ""
    answer = system.run(["hostname", "-f"], timeout=10)
    return str(answer.out.strip()) if answer.rc == 0 else ""


def _facts(name: str, full: str) -> Dict[str, str]:
    full = full or name
    return {
        "ansible_hostname": name.split(".")[0],
        "ansible_nodename": name,
        "ansible_fqdn": full,
        "ansible_domain": full.partition(".")[2],
    }


def decide(args: Dict[str, Any], state: Dict[str, Any]) -> Decision:
    """Return whether the running or the kept name must change."""
    name = args["name"]
    if not name or len(name) > 64 or any(each.isspace() for each in name):
        raise ModuleFailed("%r cannot be a host name: 1 to 64 characters without blanks (hostname(7))" % name)
    kept = written_name(state["use"], state["text"])
    running = state["current"] == name
    # the resolver still knows the old name; what it will say of the new one only the host can tell afterwards
    full = state["full"] if running or state["full"].split(".")[0] == name.split(".")[0] else ""
    result = {"name": name, "ansible_facts": _facts(name, full)}
    changed = not running or kept != name
    diff = None
    if changed:
        old = kept if running else state["current"]
        diff = {"before": "hostname = %s\n" % old, "after": "hostname = %s\n" % name}
    return Decision(changed, result, diff, plan=dict(state, running=running, keep=kept != name))


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> Dict[str, Any]:
    """Keep the name, then take it on."""
    name, plan = args["name"], decision.plan
    done = False
    if plan["use"] == "systemd":
        tool = program(system, "hostnamectl")
        answer = system.run([tool, "set-hostname", name])
        # hostnamectl replaces /etc/hostname, which it cannot where that is a mount of its own (a container)
        done = answer.rc == 0
        if not done and args["use"] == "systemd":
            raise ModuleFailed("Command failed rc=%d, out=%s, err=%s" % (answer.rc, answer.out, answer.err))
    if not done:
        if plan["keep"]:
            text = new_text(plan["use"], plan["text"], name)
            system.write_atomic(plan["path"], text.encode(), mode=None if plan["text"] else 0o644, unsafe=True)
        if not plan["running"]:
            answer = system.run([program(system, "hostname"), name])
            if answer.rc != 0:
                raise ModuleFailed("Command failed rc=%d, out=%s, err=%s" % (answer.rc, answer.out, answer.err))
    return {"ansible_facts": _facts(name, _full_name(system))}
