"""The volumes and mounts of docker_container as the engine's API has them (pure)."""

from typing import Any, Callable, Dict, List, Tuple

from runner.target.decision import ModuleFailed
from runner.target.docker.amounts import size

MODES = frozenset("rw ro z Z consistent delegated cached rprivate private rshared shared rslave slave nocopy".split())


def volumes(entries: List[str], expand: Callable[[str], str]) -> Tuple[List[str], List[str]]:
    """Return (binds as source:path:modes, paths of anonymous volumes)."""
    bound: List[str] = []
    anonymous: List[str] = []
    for entry in entries:
        parts = str(entry).split(":")
        if len(parts) == 1 or (len(parts) == 2 and set(parts[1].split(",")) <= MODES and not parts[1].startswith("/")):
            anonymous.append(parts[0])
            continue
        if len(parts) > 3:
            raise ModuleFailed("a volume is [source:]path[:modes], not %s" % entry)
        mode = parts[2] if len(parts) == 3 else "rw"
        wrong = set(mode.split(",")) - MODES
        if wrong:
            raise ModuleFailed('Found invalid volumes mode: "%s"' % mode)
        source = expand(parts[0]) if parts[0].startswith("~") else parts[0]
        bound.append("%s:%s:%s" % (source.rstrip("/") or source, parts[1], mode))
    return bound, anonymous


def bind_text(entry: str) -> str:
    """Return a bind of an inspection as source:path:modes."""
    parts = entry.split(":")
    return entry if len(parts) == 3 else "%s:rw" % entry


_BIND = {"propagation": "Propagation", "create_mountpoint": "CreateMountpoint", "non_recursive": "NonRecursive",
         "read_only_non_recursive": "ReadOnlyNonRecursive", "read_only_force_recursive": "ReadOnlyForceRecursive"}  # fmt: skip
_FOR = {
    "bind": tuple(_BIND),
    "volume": ("no_copy", "labels", "volume_driver", "volume_options", "subpath"),
    "image": ("subpath",),
    "tmpfs": ("tmpfs_size", "tmpfs_mode", "tmpfs_options"),
}


def mounts(entries: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """Return the Mounts of the API. Raises ModuleFailed for options that do not belong to a mount's type."""
    seen = set()
    found = []
    for entry in entries:
        if entry["target"] in seen:
            raise ModuleFailed('The mount point "%s" appears twice in the mounts option' % entry["target"])
        seen.add(entry["target"])
        found.append(_mount(entry))
    return found


def _mount(entry: Dict[str, Any]) -> Dict[str, Any]:
    kind = entry["type"]
    _refuse_foreign(entry, kind)
    result: Dict[str, Any] = {"Target": entry["target"], "Type": kind}
    for key, name in (("source", "Source"), ("read_only", "ReadOnly"), ("consistency", "Consistency")):
        if entry[key] is not None:
            result[name] = entry[key]
    if kind == "bind":
        result["BindOptions"] = {name: entry[key] for key, name in _BIND.items() if entry[key] is not None}
    elif kind == "volume":
        result["VolumeOptions"] = _volume_options(entry)
    elif kind == "image" and entry["subpath"]:
        result["ImageOptions"] = {"Subpath": entry["subpath"]}
    elif kind == "tmpfs":
        result["TmpfsOptions"] = _tmpfs_options(entry)
    return {key: value for key, value in result.items() if value != {}}


def _refuse_foreign(entry: Dict[str, Any], kind: str) -> None:
    for name in {each for names in _FOR.values() for each in names}:
        if entry[name] is not None and name not in _FOR.get(kind, ()):
            allowed = ", ".join(sorted(each for each, names in _FOR.items() if name in names))
            raise ModuleFailed('The option "%s" can only be used for mounts of type %s (found in the mount at %s, of type %s)'
                               % (name, allowed, entry["target"], kind))  # fmt: skip
    if kind not in ("tmpfs", "volume", "image", "cluster") and not entry["source"]:
        raise ModuleFailed('source must be specified for mount "%s" of type "%s"' % (entry["target"], kind))


def _volume_options(entry: Dict[str, Any]) -> Dict[str, Any]:
    found: Dict[str, Any] = {}
    for key, name in (("no_copy", "NoCopy"), ("labels", "Labels"), ("subpath", "Subpath")):
        if entry[key] is not None:
            found[name] = entry[key]
    if entry["volume_driver"] or entry["volume_options"]:
        found["DriverConfig"] = {"Name": entry["volume_driver"] or "local", "Options": entry["volume_options"] or {}}
    return found


def _tmpfs_options(entry: Dict[str, Any]) -> Dict[str, Any]:
    found: Dict[str, Any] = {}
    if entry["tmpfs_size"] is not None:
        found["SizeBytes"] = size(entry["tmpfs_size"], "tmpfs_size")
    if entry["tmpfs_mode"] is not None:
        try:
            found["Mode"] = int(str(entry["tmpfs_mode"]), 8)
        except ValueError:
            raise ModuleFailed('tmpfs_mode of mount "%s" is not an octal number: %s' % (entry["target"], entry["tmpfs_mode"]))
    if entry["tmpfs_options"] is not None:
        found["Options"] = [[str(each) for each in pair if each is not None] for row in entry["tmpfs_options"] for pair in row.items()]
    return found
