"""Runs one module against a system and turns whatever happens into one result dictionary."""

import errno
import traceback
from typing import Any, Dict

from runner.target.decision import ModuleFailed

# Errors of the operating system that say all there is to know, and what to do about them.
REMEDIES = {
    errno.EACCES: "run the task as a user who may: `become: true`",
    errno.EPERM: "run the task as a user who may: `become: true`; root itself is kept off by `chattr +i` and by containers",
    errno.ENOSPC: "make room on the file system that holds it (`df`, and `df -i` for its inodes)",
    errno.EDQUOT: "make room within the quota of the user",
    errno.EROFS: "mount that file system for writing, or choose another place",
}
TRUE = ("1", "true", "yes", "on", "y", "t")


def perform(module: Any, args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Run a module and return its result as Ansible would register it.

    module: an object with ARGUMENTS and either `run`, or `look`, `decide` and `apply`. args: every property, coerced.
    In check mode a module with a state is looked at and decided only. The result always has `changed`; a failure has
    `failed` and `msg`; a bug in the module also has `exception`, its traceback.
    """
    result: Dict[str, Any]
    try:
        result = _outcome(module, expanded(module.ARGUMENTS, args, system), system)
        result.setdefault("changed", False)
    except ModuleFailed as failure:
        result = dict({"changed": False}, **failure.result)
        result.update(failed=True, msg=failure.msg)
    except OSError as error:
        result = {"changed": False, "failed": True, "msg": said(error)}
        if error.errno in REMEDIES:
            result["_muster"] = {"remedy": REMEDIES[error.errno]}
        else:
            result["exception"] = traceback.format_exc()
    except Exception as error:
        text = "this is a bug in the module: %s: %s" % (type(error).__name__, error)
        told = traceback.format_exc()
        result = {"changed": False, "failed": True, "msg": text, "exception": told, "module_stdout": "", "module_stderr": told}
    finally:
        system.close()
    for key, values in (("warnings", system.warnings), ("deprecations", system.deprecations)):
        if values:
            result[key] = list(result.get(key) or []) + list(values)
    return result


def _outcome(module, args, system):
    if hasattr(module, "run"):
        return dict(module.run(args, system) or {})
    decision = module.decide(args, module.look(args, system))
    result = dict(decision.result)
    result["changed"] = bool(decision.changed)
    if decision.changed and not system.check:
        result.update(module.apply(args, decision, system) or {})
    if decision.changed and system.check and hasattr(module, "promises"):
        system.promises.update(module.promises(args, decision))
    if system.diff and decision.diff is not None:
        result.setdefault("diff", decision.diff)
    return result


def expanded(schema, args, system):
    """Return `args` with every property missing from it as its default or None, and ~ and $NAME in paths replaced.

    What is not given may come from the task's environment: `"environment": NAME` in the schema, for a boolean.
    """
    full = dict(args)
    for name, rule in schema.get("properties", {}).items():
        value = full.setdefault(name, rule.get("default"))
        if value is None and rule.get("environment"):
            full[name] = system.environ.get(rule["environment"], "").lower() in TRUE
        if rule.get("format") == "path" and isinstance(value, str):
            full[name] = system.expand(value)
        elif rule.get("items", {}).get("format") == "path" and isinstance(value, list):
            full[name] = [system.expand(each) if isinstance(each, str) else each for each in value]
    return full


def said(error):
    """Return an operating system error in words: `Permission denied: '/etc/shadow'`."""
    names = [repr(name) for name in (error.filename, error.filename2) if name is not None]
    text = error.strerror or str(error) or type(error).__name__
    return "%s: %s" % (text, " -> ".join(names)) if names else text
