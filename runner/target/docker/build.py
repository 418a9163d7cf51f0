"""Builds an image through the engine's API from a folder on the host."""

import fnmatch
import os
import posixpath
import re
import tarfile
from typing import Any, Dict, List, Tuple

from runner.target.decision import ModuleFailed
from runner.target.docker.amounts import size
from runner.target.docker.images import output, raise_if_failed
from runner.target.option import option, record

BUILD = {
    "path": option("path", "Folder with the Dockerfile."),
    "dockerfile": option("str", "Another name for the Dockerfile."),
    "args": option("dict", "Build arguments."),
    "cache_from": option("strs", "Images whose layers may be used."),
    "container_limits": record("Limits of the build's containers.", {
        "memory": option("str", "Memory."), "memswap": option("str", "Memory and swap, or unlimited."),
        "cpushares": option("int", "Weight of CPU time."), "cpusetcpus": option("str", "CPUs."),
    }),
    "etc_hosts": option("dict", "Name -> address, for /etc/hosts."),
    "http_timeout": option("int", "Seconds; the build is waited for in any case."),
    "labels": option("dict", "Labels."),
    "network": option("str", "Network of RUN."),
    "nocache": option("bool", "Build everything anew.", False),
    "platform": option("str", "os[/arch[/variant]]."),
    "pull": option("bool", "Pull the FROM image.", False),
    "rm": option("bool", "Remove intermediate containers.", True),
    "shm_size": option("str", "Size of /dev/shm."),
    "target": option("str", "Stage to end at."),
    "use_config_proxy": option("bool", "Hand on the proxies of ~/.docker/config.json; not supported here."),
}  # fmt: skip


def build(engine: Any, system: Any, name: str, given: Dict[str, Any]) -> List[str]:
    """Build and return the output's lines. given: the `build` option. Raises ModuleFailed."""
    if not system.is_dir(given["path"]):
        raise ModuleFailed('"%s" is not an existing directory!' % given["path"])
    if given["use_config_proxy"]:
        raise ModuleFailed("build.use_config_proxy is not supported: give the proxies as build.args")
    limits = given["container_limits"] or {}
    swap = limits.get("memswap")
    query = {
        "t": name, "dockerfile": given["dockerfile"], "buildargs": _texts(given["args"]), "cachefrom": given["cache_from"],
        "labels": _texts(given["labels"]), "networkmode": given["network"], "nocache": given["nocache"], "platform": given["platform"],
        "pull": True if given["pull"] else None, "rm": given["rm"], "target": given["target"],
        "extrahosts": ",".join("%s:%s" % pair for pair in sorted(given["etc_hosts"].items())) if given["etc_hosts"] else None,
        "shmsize": size(given["shm_size"], "shm_size") if given["shm_size"] else None,
        "memory": size(limits["memory"], "memory") if limits.get("memory") else None,
        "memswap": None if not swap else -1 if swap in ("unlimited", "-1") else size(swap, "memswap"),
        "cpushares": limits.get("cpushares"), "cpusetcpus": limits.get("cpusetcpus"),
    }  # fmt: skip
    # on disk, not in memory: a context may be large
    path = system.temporary(suffix=".tar")
    with open(path, "w+b") as file:
        pack(given["path"], given["dockerfile"] or "Dockerfile", file)
        length = file.tell()
        file.seek(0)
        headers = {"Content-Type": "application/x-tar", "Content-Length": str(length)}
        lines = list(engine.stream("POST", "/build", query, file, headers))
    raise_if_failed(lines, "Error building %s" % name)
    return output(lines)


def _texts(given: Any) -> Any:
    return {str(key): str(value) for key, value in given.items()} if given else None


def pack(folder: str, dockerfile: str, file: Any) -> None:
    """Write a folder as a tar, without what .dockerignore names; the Dockerfile and .dockerignore always go along."""
    ignore = os.path.join(folder, ".dockerignore")
    rules: List[Tuple[bool, str]] = []
    if os.path.exists(ignore):
        with open(ignore, encoding="utf-8") as lines:
            rules = read_rules(lines.read())
    always = {posixpath.normpath(dockerfile), ".dockerignore"}
    with tarfile.open(fileobj=file, mode="w") as archive:
        for base, folders, names in os.walk(folder):
            folders.sort()
            for name in sorted(names) + folders:
                path = os.path.join(base, name)
                inside = os.path.relpath(path, folder).replace(os.sep, "/")
                if inside in always or not ignored(inside, rules):
                    archive.add(path, inside, recursive=False)
        if os.path.isabs(dockerfile):
            raise ModuleFailed("build.dockerfile is a path inside build.path here, not %s" % dockerfile)


def read_rules(text: str) -> List[Tuple[bool, str]]:
    """Return (whether it excludes, pattern) for each line of a .dockerignore."""
    rules = []
    for line in text.splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith("#"):
            keeps = pattern.startswith("!")
            rules.append((not keeps, posixpath.normpath(pattern.lstrip("!").strip()).lstrip("/")))
    return rules


def ignored(path: str, rules: List[Tuple[bool, str]]) -> bool:
    """Tell whether a path is left out: the last rule that matches it, or a folder it lies in, decides."""
    parts = path.split("/")
    heads = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    out = False
    for excludes, pattern in rules:
        if any(_matches(head, pattern) for head in heads):
            out = excludes
    return out


def _matches(path: str, pattern: str) -> bool:
    text = ""
    for piece in re.split(r"(\*\*/?|\*|\?|\[[^\]]*\])", pattern):
        if piece.startswith("**"):
            text += "(?:.*/)?" if piece.endswith("/") else ".*"
        elif piece == "*":
            text += "[^/]*"
        elif piece == "?":
            text += "[^/]"
        elif piece.startswith("["):
            text += fnmatch.translate(piece).replace("(?s:", "").replace(")\\Z", "")
        else:
            text += re.escape(piece)
    return re.match(text + r"\Z", path) is not None
