"""Ensures a line of fstab and whether it is mounted now. Source: fstab(5), mount(8)."""

import os
from typing import Any, Dict, List, Optional

from runner.target import fstab
from runner.target.decision import Decision, ModuleFailed
from runner.target.fstab import Entry
from runner.target.programs import program
from runner.target.state_diff import state_diff

ARGUMENTS = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "format": "path", "aliases": ["name"], "description": "The mount point."},
        "src": {"type": "string", "description": "What is mounted there: device, UUID=..., host:/export."},
        "fstype": {"type": "string", "description": "Its type, such as ext4, nfs, tmpfs."},
        "opts": {"type": "string", "description": "Mount options."},
        "dump": {"type": "string", "default": "0", "description": "Fifth field of fstab."},
        "passno": {"type": "string", "default": "0", "description": "Sixth field of fstab: order of checks at boot."},
        "state": {
            "type": "string",
            "enum": ["absent", "absent_from_fstab", "mounted", "present", "unmounted", "remounted", "ephemeral"],
            "description": "mounted: in fstab and mounted; present: in fstab; unmounted: not mounted now; absent: neither, the "
            "empty mount point goes too; remounted: mounted anew with its options; ephemeral: mounted, not in fstab.",
        },
        "fstab": {
            "type": "string",
            "format": "path",
            "default": "/etc/fstab",
            "description": "File to use in place of /etc/fstab.",
        },
        "boot": {"type": "boolean", "default": True, "description": "false adds the option noauto."},
        "backup": {"type": "boolean", "default": False, "description": "Keep a copy of fstab before changing it."},
        "opts_no_log": {"type": "boolean", "default": False, "description": "Keep the options out of the result and the diff."},
    },
    "required": ["path", "state"],
    "required_if": [
        ["state", "mounted", ["src", "fstype"]],
        ["state", "present", ["src", "fstype"]],
        ["state", "ephemeral", ["src", "fstype"]],
    ],
}
RETURNS = {
    "name": "the mount point",
    "src": "what is mounted there",
    "fstype": "its type",
    "opts": "its options",
    "dump": "fifth field of fstab",
    "passno": "sixth field of fstab",
    "fstab": "the file",
    "backup_file": "the copy of it",
}
EXAMPLES = """
- name: A scratch file system in memory, now and after every boot
  mount: {path: /srv/scratch, src: tmpfs, fstype: tmpfs, opts: "size=64m,mode=1777", state: mounted}
"""


def entry_of(args: Dict[str, Any]) -> Entry:
    """Return the fstab entry that the arguments describe."""
    opts = args["opts"] or "defaults"
    if not args["boot"] and "noauto" not in opts.split(","):
        opts += ",noauto"
    path = args["path"] if args["path"] in ("/", "none") else args["path"].rstrip("/")
    return Entry(args["src"] or "", path, args["fstype"] or "", opts, args["dump"], args["passno"])


def look(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return fstab's text, what is mounted on the path (None: nothing), and whether the path is there."""
    path = args["path"] if args["path"] in ("/", "none") else args["path"].rstrip("/")
    rows = [row for row in fstab.mounts(system.read_text("/proc/self/mountinfo")) if row[0] == path]
    text = system.read_text(args["fstab"]) if system.exists(args["fstab"]) else ""
    real = system.realpath(args["src"]) if (args["src"] or "").startswith("/") else ""
    return {"text": text, "mounted": rows[-1] if rows else None, "there": system.exists(path), "real": real}


def decide(args: Dict[str, Any], state: Dict[str, Any]) -> Decision:
    """Return the new fstab and the commands to run."""
    entry, wanted, mounted = entry_of(args), args["state"], state["mounted"]
    text = state["text"]
    if wanted in ("mounted", "present"):
        new = fstab.with_entry(text, entry)
    else:
        new = fstab.without_entry(text, entry) if wanted in ("absent", "absent_from_fstab") else text
    if fstab.find(new, entry) == fstab.find(text, entry):
        new = text
    steps = _steps(args, entry, state, new != text)
    result = {"name": args["path"], "fstab": args["fstab"], "dump": args["dump"], "passno": args["passno"]}
    result.update({key: args[key] for key in ("src", "fstype") if args[key] is not None})
    result.update(opts=entry.opts, boot="yes" if args["boot"] else "no", backup_file="")
    if args["opts_no_log"]:
        result.pop("opts", None)
    diff: List[Dict[str, Any]] = []
    if new != text and not args["opts_no_log"]:
        diff.append({"before": text, "after": new, "before_header": args["fstab"], "after_header": args["fstab"]})
    if steps and wanted != "remounted":
        now = wanted in ("mounted", "ephemeral")
        diff.append(state_diff({"mounted": mounted is not None}, {"mounted": now}, args["path"]))
    plan = {"text": new if new != text else None, "steps": steps, "fstab": args["fstab"]}
    return Decision(bool(steps) or new != text, result, diff or None, plan)


def _steps(args: Dict[str, Any], entry: Entry, state: Dict[str, Any], rewritten: bool) -> List[str]:
    wanted, mounted, real = args["state"], state["mounted"], state["real"]
    if wanted == "mounted":
        if mounted is None:
            return ["make", "mount"]
        # the same source with other options is mounted anew in place; another source must go first
        if _other_source(entry, mounted, real):
            return ["umount", "mount"]
        return ["remount"] if rewritten else []
    if wanted == "ephemeral":
        if mounted is not None and _other_source(entry, mounted, real):
            raise ModuleFailed("Ephemeral mount point is already mounted with a different source", name=args["path"])
        return [] if mounted is not None else ["make", "mount-now"]
    if wanted == "remounted":
        if mounted is None:
            raise ModuleFailed("Unable to remount %s: nothing is mounted there" % args["path"], name=args["path"])
        return ["remount"]
    if wanted in ("unmounted", "absent") and mounted is not None:
        return ["umount"] + (["rmdir"] if wanted == "absent" else [])
    return ["rmdir"] if wanted == "absent" and state["there"] and rewritten else []


def _other_source(entry: Entry, mounted: Any, real: str) -> bool:
    """Whether something else is mounted. real: the path of the device that src leads to."""
    if "bind" in entry.opts.split(",") or "rbind" in entry.opts.split(","):
        return False
    if entry.src.startswith(("UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "ID=")):
        # which device that is, only udev knows; but it is a device
        return not mounted[1].startswith("/dev/")
    return mounted[1] not in (entry.src, real)


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> Optional[Dict[str, Any]]:
    """Write fstab, then mount; a mount that fails puts the old fstab back, so that the next boot does not hang on it."""
    plan, entry, further = decision.plan, entry_of(args), {}  # type: Dict[str, Any], Entry, Dict[str, Any]
    path = system.realpath(args["fstab"])
    old = system.read(path) if system.exists(path) else None
    if plan["text"] is not None:
        if args["backup"] and old is not None:
            further["backup_file"] = system.backup(path)
        system.write_atomic(path, plan["text"].encode("utf-8", "surrogateescape"), mode=0o644 if old is None else None)
    try:
        for step in plan["steps"]:
            _step(step, args, entry, system)
    except ModuleFailed:
        if plan["text"] is not None and old is not None and args["state"] == "mounted":
            system.write_atomic(path, old)
        raise
    return further


def _step(step: str, args: Dict[str, Any], entry: Entry, system: Any) -> None:
    if step == "make":
        _make_folders(entry.path, system)
    elif step == "rmdir":
        if system.is_dir(entry.path) and not system.listdir(entry.path):
            system.rmtree(entry.path)
    else:
        table = ["-T", args["fstab"]] if args["fstab"] != "/etc/fstab" else []
        words = {
            "mount": ["mount"] + table + [entry.path],
            "mount-now": ["mount", "-t", entry.fstype, "-o", entry.opts, entry.src, entry.path],
            "remount": ["mount"] + table + ["-o", "remount" + ("," + args["opts"] if args["opts"] else ""), entry.path],
            "umount": ["umount", entry.path],
        }[step]
        done = system.run([program(system, words[0])] + words[1:])
        if done.rc != 0:
            verb = {"umount": "unmounting", "remount": "remounting"}.get(step, "mounting")
            raise ModuleFailed("Error %s %s: %s" % (verb, entry.path, (done.err or done.out).strip()), name=args["path"], rc=done.rc)


def _make_folders(path: str, system: Any) -> None:
    missing = []
    while path and not system.exists(path):
        missing.append(path)
        path = os.path.dirname(path)
    for folder in reversed(missing):
        system.mkdir(folder, 0o755)
