"""What `command` and `shell` share: when to run, how, and the result in Ansible's words."""

import datetime
import shlex
from typing import Any, Dict

from runner.target.decision import ModuleFailed

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "cmd": {"type": "string", "description": "The command to run."},
        "chdir": {"type": "string", "format": "path", "description": "Change into this directory first."},
        "creates": {"type": "string", "format": "path", "description": "Do nothing if this path (or glob pattern) exists."},
        "removes": {"type": "string", "format": "path", "description": "Do nothing unless this path (or glob pattern) exists."},
        "stdin": {"type": "string", "description": "Text for the command's standard input."},
        "stdin_add_newline": {"type": "boolean", "default": True, "description": "End `stdin` with a line feed."},
        "strip_empty_ends": {"type": "boolean", "default": True, "description": "Cut empty lines off the end of the output."},
    },
    "free_form": "cmd",
}
RETURNS = {
    "cmd": "what was run, words or text",
    "rc": "exit status, negative for a signal",
    "stdout": "standard output",
    "stderr": "standard error",
    "start": "when it began, host's clock",
    "end": "when it ended, host's clock",
    "delta": "how long it took",
}
_NOTHING = {"stdout": "", "stderr": "", "rc": None, "cmd": None, "start": None, "end": None, "delta": None, "msg": ""}


def execute(args, system, shell):
    """Run what `args` say, unless `creates` or `removes` make it needless; raises ModuleFailed on any other status than 0."""
    command = _command(args, shell)
    result = dict(_NOTHING, changed=False, cmd=command)
    if args["chdir"] and not system.is_dir(args["chdir"]):
        text = "No such file or directory" if not system.exists(args["chdir"]) else "Not a directory"
        raise _failure(result, "Unable to change directory before execution: %s: '%s'" % (text, args["chdir"]))
    needless = _needless(args, system)
    if needless:
        result.update(rc=0, stdout="skipped, since %s %s" % needless)
        result["msg"] = "%s not run command since '%s' %s" % (("Would" if system.check else "Did",) + needless)
        return result
    if system.check:
        result.update(rc=0, msg="Command would have run if not in check mode", changed=True)
        if not args["creates"] and not args["removes"]:
            # nothing is known about what an arbitrary command would change, so nothing is claimed
            result.update(changed=False, skipped=True)
        return result
    return _run(args, system, shell, result)


def _needless(args, system):
    """Return (path, why) when `creates` or `removes` make the command needless, else None."""
    for name, wanted, words in (("creates", True, "exists"), ("removes", False, "does not exist")):
        pattern = args[name]
        if pattern and bool(system.glob(_under(args["chdir"], pattern))) is wanted:
            return pattern, words
    return None


def _under(folder, path):
    return path if path.startswith("/") or not folder else folder.rstrip("/") + "/" + path


def _command(args, shell):
    words = args.get("argv")
    text = (args["cmd"] or "").strip() if not shell else args["cmd"] or ""
    problem = None
    if not text and not words:
        problem = "no command given"
    elif text and words:
        problem = "only command or argv can be given, not both"
    if problem:
        raise _failure(dict(_NOTHING, rc=256, changed=False), problem)
    if shell:
        return text
    try:
        return list(words) if words else shlex.split(text)
    except ValueError as error:
        raise _failure(dict(_NOTHING, rc=256, changed=False, cmd=text), "cannot split the command into words: %s" % error)


def _run(args, system, shell, result):
    command = result["cmd"]
    stdin = args["stdin"]
    if stdin is not None and args["stdin_add_newline"]:
        stdin += "\n"
    words = [args["executable"] or "/bin/sh", "-c", command] if shell else command
    if not shell and args["expand_argument_vars"]:
        words = [system.expand(word) for word in words]
    start = datetime.datetime.fromtimestamp(system.now())
    try:
        ran = system.run(words, stdin=stdin, cwd=args["chdir"], own_locale=True, stream=True)
    except OSError as error:
        shown = " ".join(shlex.quote(word) for word in words)
        text = "[Errno %s] %s: %r" % (error.errno, error.strerror, words[0].encode("utf-8", "surrogateescape"))
        raise ModuleFailed(text, changed=False, cmd=shown, rc=error.errno, stdout="", stderr="")
    end = datetime.datetime.fromtimestamp(system.now())
    result.update(changed=True, rc=ran.rc, stdout=ran.out, stderr=ran.err, start=str(start), end=str(end), delta=str(end - start))
    if args["strip_empty_ends"]:
        result.update(stdout=ran.out.rstrip("\r\n"), stderr=ran.err.rstrip("\r\n"))
    if ran.rc != 0:
        raise _failure(result, "non-zero return code")
    return result


def _failure(result, msg):
    return ModuleFailed(msg, **{key: value for key, value in result.items() if key != "msg"})
