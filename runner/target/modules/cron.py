"""Ensures a job or a variable in a user's crontab or in a file of /etc/cron.d. Source: crontab(1), crontab(5), cron(8)."""

import os
from typing import Any, Dict, List, Optional

from runner.target import crontab
from runner.target.decision import Decision, ModuleFailed
from runner.target.programs import program

ARGUMENTS = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "Names the job (in a comment above it), or the variable."},
        "user": {
            "type": "string",
            "description": "Whose crontab; with cron_file, who runs the job. Default: the task's user, root.",
        },
        "job": {"type": "string", "aliases": ["value"], "description": "The command, or the value of the variable."},
        "state": {"type": "string", "enum": ["absent", "present"], "default": "present", "description": "Whether it is there."},
        "cron_file": {"type": "string", "format": "path", "description": "A file of /etc/cron.d, or an absolute path."},
        "backup": {"type": "boolean", "default": False, "description": "Keep a copy of what was there before."},
        "minute": {"type": "string", "default": "*", "description": "0-59, *, */2 ..."},
        "hour": {"type": "string", "default": "*", "description": "0-23, *, */2 ..."},
        "day": {"type": "string", "default": "*", "aliases": ["dom"], "description": "Day of the month."},
        "month": {"type": "string", "default": "*", "description": "1-12 or a name."},
        "weekday": {"type": "string", "default": "*", "aliases": ["dow"], "description": "0-6, Sunday is 0, or a name."},
        "special_time": {
            "type": "string",
            "enum": ["annually", "daily", "hourly", "monthly", "reboot", "weekly", "yearly"],
            "description": "In place of the five fields.",
        },
        "disabled": {"type": "boolean", "default": False, "description": "Keep the job, but as a comment."},
        "env": {"type": "boolean", "default": False, "description": "Manage a variable, not a job."},
        "insertafter": {"type": "string", "description": "With env: put a new variable after this one."},
        "insertbefore": {"type": "string", "description": "With env: put a new variable before this one."},
    },
    "required": ["name"],
    "mutually_exclusive": [["insertafter", "insertbefore"]],
}
RETURNS = {
    "jobs": "names of the jobs that are there",
    "envs": "names of the variables that are there",
    "cron_file": "the file, where one was named",
    "backup_file": "the copy of what was there before",
}
EXAMPLES = """
- name: A backup every night
  cron: {name: backup, hour: "3", minute: "17", job: /usr/local/bin/backup}

- name: In a file of its own
  cron: {name: backup, cron_file: backup, user: backup, special_time: daily, job: /usr/local/bin/backup}
"""
FIELDS = ("minute", "hour", "day", "month", "weekday")


def look(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return the crontab's text (None: there is none) and where it is."""
    if args["cron_file"]:
        path = os.path.join("/etc/cron.d", args["cron_file"])
        if path == "/etc/crontab":
            raise ModuleFailed("Will not manage /etc/crontab via cron_file, see documentation.")
        return {"path": path, "text": system.read_text(path) if system.exists(path) else None}
    answer = system.run([program(system, "crontab")] + _whose(args) + ["-l"])
    if answer.rc > 1 or (answer.rc == 1 and "no crontab for" not in answer.err and answer.err.strip()):
        raise ModuleFailed("Unable to read crontab: %s" % answer.err.strip(), rc=answer.rc)
    return {"path": None, "text": answer.out if answer.rc == 0 else None}


def _whose(args: Dict[str, Any]) -> List[str]:
    return ["-u", args["user"]] if args["user"] else []


def _check(args: Dict[str, Any]) -> None:
    if (args["insertafter"] or args["insertbefore"]) and not args["env"]:
        raise ModuleFailed("Insertafter and insertbefore parameters are valid only with env=yes")
    if args["special_time"] and any(args[field] != "*" for field in FIELDS):
        raise ModuleFailed("You must specify time and date fields or special time.")
    if args["state"] == "present" and args["job"] is None:
        raise ModuleFailed("You must specify 'job' to install a new cron job or variable")
    if any("\n" in (args[key] or "") for key in ("name", *FIELDS)):
        raise ModuleFailed("A name or time field of a cron job cannot hold a line break")


def new_lines(args: Dict[str, Any], lines: List[str]) -> List[str]:
    """Return the crontab's lines as asked."""
    name, present = args["name"], args["state"] == "present"
    if args["env"]:
        if not present:
            return crontab.without_variable(lines, name)
        changed = crontab.with_variable(lines, name, args["job"], args["insertafter"], args["insertbefore"])
        if changed is None:
            raise ModuleFailed("Variable named '%s' not found." % (args["insertafter"] or args["insertbefore"]))
        return changed
    if not present:
        return crontab.without_job(lines, name)
    job = args["job"].strip("\r\n")
    if "\n" in job:
        raise ModuleFailed("A cron job is one line; put several commands into a script")
    when = "@" + args["special_time"] if args["special_time"] else " ".join(args[field] for field in FIELDS)
    user = (args["user"] or "root") if args["cron_file"] else None
    return crontab.with_job(lines, name, crontab.job_line(when, user, job, args["disabled"]))


def decide(args: Dict[str, Any], state: Dict[str, Any]) -> Decision:
    """Return the new text, or None for a file that is left without any job, variable or other line."""
    _check(args)
    old = crontab.lines_of(state["text"] or "")
    new = new_lines(args, old)
    result: Dict[str, Any] = {"jobs": crontab.job_names(new), "envs": crontab.variable_names(new), "state": args["state"]}
    if args["cron_file"]:
        result["cron_file"] = args["cron_file"]
    text: Optional[str] = crontab.text_of(new)
    if state["path"] and not any(line.strip() for line in new) and args["state"] == "absent":
        text = None
    changed = new != old or (state["text"] is not None and text is None)
    header = state["path"] or ("crontab for user %s" % args["user"] if args["user"] else "crontab")
    diff = {
        "before": crontab.text_of(old),
        "after": text or "",
        "before_header": header if state["text"] is not None else "/dev/null",
        "after_header": header if text is not None else "/dev/null",
    }
    return Decision(changed, result, diff if changed else None, {"path": state["path"], "text": text, "old": state["text"]})


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> Dict[str, Any]:
    """Write the file, or give the text to crontab(1)."""
    plan, further = decision.plan, {}  # type: Dict[str, Any], Dict[str, Any]
    if args["backup"] and plan["old"] is not None:
        further["backup_file"] = _backup(plan, system)
    if plan["path"] is None:
        done = system.run([program(system, "crontab")] + _whose(args) + ["-"], stdin=plan["text"])
        if done.rc != 0:
            raise ModuleFailed(done.err.strip() or "crontab exited with %d" % done.rc, rc=done.rc)
    elif plan["text"] is None:
        system.remove(plan["path"])
    else:
        # cron ignores files of /etc/cron.d that others may write
        system.write_atomic(plan["path"], plan["text"].encode("utf-8", "surrogateescape"), mode=0o644 if plan["old"] is None else None)
    return further


def _backup(plan: Dict[str, Any], system: Any) -> str:
    if plan["path"] is not None:
        return str(system.backup(plan["path"]))
    folder = "/var/tmp"
    path = "%s/crontab-%d" % (folder, int(system.now()))
    system.write_atomic(path, plan["old"].encode("utf-8", "surrogateescape"), mode=0o600)
    return path
