"""The options of docker_container -> values in the form of the engine's API (pure); only options that are given have one."""

import os
import shlex
from typing import Any, Callable, Dict, List, Optional, Tuple

from runner.target.decision import ModuleFailed
from runner.target.docker.amounts import duration, size, words
from runner.target.docker.container_arguments import OPTIONS
from runner.target.docker.container_mounts import mounts, volumes
from runner.target.docker.published import exposed, published

COMPATIBLE = {
    "auto_remove": False, "detach": True, "init": False, "interactive": False, "memory": "0", "paused": False, "privileged": False,
    "read_only": False, "tty": False,
}  # fmt: skip
_SIZES = ("kernel_memory", "memory", "memory_reservation", "memory_swap", "shm_size")


def with_defaults(args: Dict[str, Any]) -> Dict[str, Any]:
    """Return the arguments with what container_default_behavior and networks imply."""
    full = dict(args)
    if args["container_default_behavior"] == "compatibility":
        full.update({key: value for key, value in COMPATIBLE.items() if args.get(key) is None})
    if full["networks_cli_compatible"] and full.get("networks") and not full.get("network_mode"):
        full["network_mode"] = full["networks"][0]["name"]
    return full


def environment(args: Dict[str, Any], file_text: Optional[str]) -> Dict[str, str]:
    """Return NAME -> value of env_file (as text) and env."""
    found = {}
    for line in (file_text or "").splitlines():
        name, sign, value = line.strip().partition("=")
        if name and not name.startswith("#"):
            found[name] = value if sign else ""
    for name, value in (args["env"] or {}).items():
        if not isinstance(value, str):
            raise ModuleFailed("Non-string value found for env option. Ambiguous env options must be wrapped in quotes to avoid them "
                               "being interpreted. Key: %s" % name)  # fmt: skip
        found[str(name)] = value
    return found


def command(value: Any, handling: str) -> List[str]:
    """Return command or entry point as a list of words."""
    if isinstance(value, (list, tuple)):
        parts = [str(each) for each in value]
        return shlex.split(" ".join(parts)) if handling == "compatibility" else parts
    return shlex.split(str(value))


def healthcheck(given: Dict[str, Any]) -> Dict[str, Any]:
    """Return the Healthcheck of the API."""
    test = given["test"]
    found: Dict[str, Any] = {}
    if not test and not given["test_cli_compatible"]:
        return {"Test": ["NONE"]}
    if isinstance(test, (list, tuple)) and test:
        if test[0] not in ("NONE", "CMD", "CMD-SHELL"):
            raise ModuleFailed("the first word of a healthcheck's test list is NONE, CMD or CMD-SHELL, not %s" % test[0])
        found["Test"] = words(test)
    elif test:
        found["Test"] = ["CMD-SHELL", str(test)]
    if found.get("Test") == ["NONE"]:
        return found
    for key, name in (("interval", "Interval"), ("timeout", "Timeout"), ("start_period", "StartPeriod"),
                      ("start_interval", "StartInterval")):  # fmt: skip
        if given[key] is not None:
            found[name] = duration(given[key], "healthcheck." + key)
    if given["retries"] is not None:
        found["Retries"] = given["retries"]
    return found


def _device(text: str) -> Dict[str, str]:
    parts = text.split(":")
    if len(parts) > 3:
        raise ModuleFailed("a device is path[:path inside[:permissions]], not %s" % text)
    return {
        "PathOnHost": parts[0],
        "PathInContainer": parts[1] if len(parts) > 1 else parts[0],
        "CgroupPermissions": parts[2] if len(parts) > 2 else "rwm",
    }


def _ulimit(text: str) -> Dict[str, Any]:
    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(part.lstrip("-").isdigit() for part in parts[1:]):
        raise ModuleFailed("a ulimit is type:soft[:hard], not %s" % text)
    return {"Name": parts[0], "Soft": int(parts[1]), "Hard": int(parts[-1])}


def _request(given: Dict[str, Any]) -> Dict[str, Any]:
    return {
        "Driver": given["driver"] or "",
        "Count": given["count"] or 0,
        "DeviceIDs": words(given["device_ids"]),
        "Capabilities": given["capabilities"] or [],
        "Options": {str(key): str(value) for key, value in (given["options"] or {}).items()},
    }


def _tmpfs(entries: List[str]) -> Dict[str, str]:
    return {path: options for path, _, options in (entry.partition(":") for entry in entries)}


def _texts(given: Dict[str, Any]) -> Dict[str, str]:
    return {str(key): _text(value) for key, value in given.items()}


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def link(text: str) -> str:
    """Return a link as container:alias."""
    name, _, alias = text.partition(":")
    return "%s:%s" % (name, alias or name)


_SHAPES: Dict[str, Callable[[Any], Any]] = {
    "entrypoint": words,
    "devices": lambda value: [_device(each) for each in value],
    "ulimits": lambda value: [_ulimit(each) for each in value],
    "device_requests": lambda value: [_request(each) for each in value],
    "device_read_bps": lambda value: [{"Path": each["path"], "Rate": size(each["rate"], "device_read_bps")} for each in value],
    "device_write_bps": lambda value: [{"Path": each["path"], "Rate": size(each["rate"], "device_write_bps")} for each in value],
    "device_read_iops": lambda value: [{"Path": each["path"], "Rate": each["rate"]} for each in value],
    "device_write_iops": lambda value: [{"Path": each["path"], "Rate": each["rate"]} for each in value],
    "etc_hosts": lambda value: ["%s:%s" % pair for pair in sorted(value.items())],
    "tmpfs": _tmpfs,
    "log_options": _texts,
    "labels": _texts,
    "sysctls": _texts,
    "storage_opts": _texts,
    "links": lambda value: [link(each) for each in value],
    "mounts": mounts,
    "healthcheck": healthcheck,
    "cpus": lambda value: round(value * 10**9),
}


def wanted(args: Dict[str, Any], file_text: Optional[str], default_ip: str) -> Dict[str, Any]:
    """Return option -> value as the API has it. file_text: content of env_file. default_ip: where ports are published."""
    found: Dict[str, Any] = {}
    for name in OPTIONS:
        value = args.get(name)
        if value is None or name in ("image", "env_file", "platform"):
            continue
        if name in _SIZES:
            found[name] = -1 if str(value) in ("unlimited", "-1") else size(value, name)
        else:
            shape = _SHAPES.get(name)
            found[name] = shape(value) if shape else value
    if args["env"] is not None or file_text is not None:
        found["env"] = ["%s=%s" % pair for pair in sorted(environment(args, file_text).items())]
    for name in ("command", "entrypoint"):
        if args[name] is not None:
            found[name] = command(args[name], args["command_handling"])
            if not found[name] and args["command_handling"] == "compatibility":
                del found[name]
    if args["published_ports"] is not None:
        found["published_ports"] = published(args["published_ports"], default_ip)
    if args["exposed_ports"] is not None or args["published_ports"] is not None:
        found["exposed_ports"] = exposed(args["exposed_ports"], found.get("published_ports"))
    if args["detach"] is not None:
        found["detach"] = not args["detach"]
    return found


def binds(args: Dict[str, Any]) -> Tuple[List[str], List[str]]:
    """Return (binds, anonymous volumes) of `volumes`."""
    return volumes(args["volumes"] or [], os.path.expanduser)
