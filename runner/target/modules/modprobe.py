"""Ensures that a kernel module is loaded or not, now and after a boot. Source: modprobe(8), modules-load.d(5), modprobe.d(5)."""

from typing import Any, Dict, List

from runner.target.decision import Decision, ModuleFailed
from runner.target.programs import program
from runner.target.state_diff import state_diff

ARGUMENTS = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "The kernel module."},
        "state": {"type": "string", "enum": ["absent", "present"], "default": "present", "description": "Whether it is loaded."},
        "params": {"type": "string", "default": "", "description": "Options for the module, as modprobe takes them."},
        "persistent": {
            "type": "string",
            "enum": ["disabled", "absent", "present"],
            "default": "disabled",
            "description": "present: also load it at boot with these params; absent: no longer; disabled: leave boot as it is.",
        },
    },
    "required": ["name"],
}
RETURNS = {"name": "the module", "params": "its options", "state": "present or absent, as asked"}
EXAMPLES = """
- name: Let bridges show their traffic to iptables, also after a boot
  modprobe: {name: br_netfilter, persistent: present}
"""
LOAD, OPTIONS = "/etc/modules-load.d", "/etc/modprobe.d"


def same(name: str) -> str:
    """Return the name as the kernel has it: dashes and underscores are the same to modprobe, the kernel uses underscores."""
    return name.replace("-", "_")


def loaded(name: str, proc_modules: str) -> bool:
    """Whether /proc/modules has the module."""
    return any(line.split()[:1] == [same(name)] for line in proc_modules.splitlines())


def built_in(name: str, modules_builtin: str) -> bool:
    """Whether modules.builtin has the module: it is part of the kernel."""
    return any(same(line.rsplit("/", 1)[-1].split(".ko")[0]) == same(name) for line in modules_builtin.splitlines())


def load_line(name: str, line: str) -> bool:
    """Whether a line of modules-load.d(5) names the module."""
    return same(line.strip()) == same(name)


def options_line(name: str, line: str) -> bool:
    """Whether a line of modprobe.d(5) sets options of the module."""
    words = line.split()
    return words[:1] == ["options"] and len(words) > 1 and same(words[1]) == same(name)


def _files(system: Any, folder: str) -> Dict[str, str]:
    if not system.is_dir(folder):
        return {}
    names = [name for name in system.listdir(folder) if name.endswith(".conf")]
    return {"%s/%s" % (folder, name): system.read_text("%s/%s" % (folder, name)) for name in names}


def _maybe(system: Any, path: str) -> str:
    return str(system.read_text(path)) if system.exists(path) else ""


def look(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return whether the kernel has the module, whether it is part of it, and the files that matter at boot."""
    name = args["name"]
    builtin = built_in(name, _maybe(system, "/lib/modules/%s/modules.builtin" % system.uname().release))
    # a module compiled into a kernel that came without a modules.builtin shows only here
    there = loaded(name, _maybe(system, "/proc/modules")) or system.is_dir("/sys/module/" + same(name))
    state: Dict[str, Any] = {"loaded": there or builtin, "builtin": builtin, "load": {}, "options": {}}
    if args["persistent"] != "disabled":
        state["load"], state["options"] = _files(system, LOAD), _files(system, OPTIONS)
    return state


def _without(files: Dict[str, str], matches: Any) -> Dict[str, str]:
    """Return path -> new text for each file in which a line matches: that line is turned into a comment."""
    changed = {}
    for path, text in files.items():
        lines = ["#" + line if matches(line) else line for line in text.splitlines()]
        new = "\n".join(lines) + "\n"
        if any(matches(line) for line in text.splitlines()):
            changed[path] = new
    return changed


def boot_files(args: Dict[str, Any], state: Dict[str, Any]) -> Dict[str, str]:
    """Return path -> new text of the files to write, so that boot does what `persistent` says."""
    name, params = args["name"], " ".join(args["params"].split())

    def is_load(line: str) -> bool:
        return load_line(name, line)

    def is_options(line: str) -> bool:
        return options_line(name, line)

    if args["persistent"] == "absent":
        return dict(_without(state["load"], is_load), **_without(state["options"], is_options))
    writes: Dict[str, str] = {}
    if args["persistent"] == "present":
        if not any(is_load(line) for text in state["load"].values() for line in text.splitlines()):
            path = "%s/%s.conf" % (LOAD, name)
            kept = [line for line in state["load"].get(path, "").splitlines() if not load_line(name, line.lstrip("#"))]
            writes[path] = "\n".join(kept + [name]) + "\n"
        have = [" ".join(line.split()[2:]) for text in state["options"].values() for line in text.splitlines() if is_options(line)]
        if params and have != [params]:
            path = "%s/%s.conf" % (OPTIONS, name)
            writes = dict(_without(state["options"], is_options), **writes)
            text = writes.get(path, state["options"].get(path, ""))
            kept = [line for line in text.splitlines() if not options_line(name, line.lstrip("#"))]
            writes[path] = "\n".join(kept + ["options %s %s" % (name, params)]) + "\n"
    return writes


def decide(args: Dict[str, Any], state: Dict[str, Any]) -> Decision:
    """Return the modprobe command and the boot files to write."""
    name = args["name"]
    result = {"name": name, "params": args["params"], "state": args["state"]}
    argv: List[str] = []
    if args["state"] == "present" and not state["loaded"]:
        argv = [name] + args["params"].split()
    if args["state"] == "absent" and state["loaded"]:
        if state["builtin"]:
            raise ModuleFailed("%s is part of this kernel and cannot be unloaded" % name, **result)
        argv = ["-r", name]
    writes = boot_files(args, state)
    old = dict(state["load"], **state["options"])
    diff = [
        {"before": old.get(path, ""), "after": text, "before_header": path, "after_header": path} for path, text in sorted(writes.items())
    ]
    if argv:
        diff.insert(0, state_diff({"loaded": state["loaded"]}, {"loaded": not state["loaded"]}, name))
    return Decision(bool(argv or writes), result, diff or None, {"argv": argv, "writes": writes})


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> None:
    """Load or unload, then write: what does not load now must not be tried at every boot."""
    if decision.plan["argv"]:
        done = system.run([program(system, "modprobe")] + decision.plan["argv"])
        if done.rc != 0:
            raise ModuleFailed(done.err.strip(), rc=done.rc, stdout=done.out, stderr=done.err, **decision.result)
    for path, text in sorted(decision.plan["writes"].items()):
        folder = path.rsplit("/", 1)[0]
        if not system.is_dir(folder):
            system.mkdir(folder, 0o755)
        system.write_atomic(path, text.encode("utf-8", "surrogateescape"))
