"""What a foreign module printed -> its result; junk around it is told, not fatal (pure)."""

import json
from typing import Any, Dict

SEE = "\nSee stdout/stderr for the exact error"


def result_of(rc, out, err):
    """Return the result in a module's output, or a failed one that shows what there was instead. rc: its exit status."""
    found = parse(out)
    if found is None:
        return failure(rc, out, err)
    result, after = found
    if after:
        warnings = result.get("warnings")
        result["warnings"] = list(warnings if isinstance(warnings, list) else []) + [
            "Module invocation had junk after the JSON data: %s" % after
        ]
    # a process that died is a failure even if it could still print a result
    if rc < 0 and "failed" not in result:
        result.update(failed=True, rc=rc)
    if err and result.get("failed"):
        result.setdefault("module_stderr", err)
    return result


def parse(out):
    """Return (the result, what stands behind it) in a module's output, or None when there is no JSON object in it.

    A result begins at a line that begins with a brace.
    """
    decoder = json.JSONDecoder()
    at = 0
    while True:
        line = out[at:]
        if line.lstrip(" \t").startswith("{"):
            start = at + len(line) - len(line.lstrip(" \t"))
            try:
                value, end = decoder.raw_decode(out, start)
            except ValueError:
                value = None
            if isinstance(value, dict):
                return value, out[end:].strip()
        newline = out.find("\n", at)
        if newline < 0:
            return None
        at = newline + 1


def failure(rc, out, err):
    """Return the failed result of a module that gave none, in Ansible's words."""
    msg = "MODULE FAILURE: No start of json char found" + SEE
    if rc in (126, 127) and not out.strip():
        msg = "The module failed to execute correctly, you probably need to set the interpreter." + SEE
    result: Dict[str, Any] = {"changed": False, "failed": True, "msg": msg, "module_stdout": out, "module_stderr": err, "rc": rc}
    if err.lstrip().startswith("Traceback"):
        result["exception"] = err
    return result
