"""Ensures a source of packages in the deb822 format, with its key, under /etc/apt. Source: sources.list(5)."""

import os
from typing import Any, Dict, List, Optional, Tuple

from runner.target import deb822
from runner.target.decision import ModuleFailed

_LIST = {"type": "array", "items": {"type": "string"}}
_FLAG = {"type": "boolean"}
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "Names the file, and the source for people."},
        "state": {"type": "string", "enum": ["absent", "present"], "default": "present", "description": "Whether it is there."},
        "types": dict(_LIST, items={"type": "string", "enum": ["deb", "deb-src"]}, default=["deb"], description="Kinds of packages."),
        "uris": dict(_LIST, description="Where the archive is."),
        "suites": dict(_LIST, description="Suites, or paths that end in a slash."),
        "components": dict(_LIST, description="Components, such as main."),
        "architectures": dict(_LIST, description="Architectures; the host's own without it."),
        "signed_by": {
            "type": "string",
            "description": "The key: its URL, a path on the host, a fingerprint, or the armoured text.",
        },
        "enabled": dict(_FLAG, description="Whether apt uses it."),
        "allow_downgrade_to_insecure": dict(_FLAG, description="Allow a signed archive to become unsigned."),
        "allow_insecure": dict(_FLAG, description="Allow an unsigned archive."),
        "allow_weak": dict(_FLAG, description="Allow weak signatures."),
        "by_hash": dict(_FLAG, description="Fetch indexes by their hash."),
        "check_date": dict(_FLAG, description="Whether a release from the future is refused."),
        "check_valid_until": dict(_FLAG, description="Whether an outdated release is refused."),
        "date_max_future": {"type": "integer", "description": "Seconds a release may be ahead of the host's clock."},
        "inrelease_path": {"type": "string", "description": "Path of InRelease below the archive."},
        "languages": dict(_LIST, description="Translations to fetch."),
        "pdiffs": dict(_FLAG, description="Whether to fetch differences of indexes."),
        "targets": dict(_LIST, description="Index files to fetch."),
        "trusted": dict(_FLAG, description="Whether the archive counts as signed in any case."),
        "mode": {"format": "mode", "default": "0644", "description": "Permissions of the file."},
    },
    "required": ["name"],
    "required_if": [["state", "present", ["uris", "suites"]]],
}
RETURNS = {"repo": "text of the file", "dest": "the file", "key_filename": "the key that was put beside it"}
EXAMPLES = """
- name: Packages of the vendor, with their key
  deb822_repository: {name: vendor, uris: [https://apt.example.org], suites: [stable], components: [main], signed_by: https://apt.example.org/key.asc}
"""
FOLDER, KEYS = "/etc/apt/sources.list.d", "/etc/apt/keyrings"
_SINGULAR = {"inrelease_path": "InRelease-Path", "pdiffs": "PDiffs", "uris": "URIs", "name": "X-Repolib-Name"}


def slug(name: str) -> str:
    """Return the name as a file name: lower case, other signs than letters and digits as one dash."""
    kept = "".join(each if each.isalnum() or each in "_-." else "-" for each in name.lower())
    return "-".join(part for part in kept.split("-") if part)


def field_name(key: str) -> str:
    """Return the field of an argument: allow_insecure is Allow-Insecure."""
    return _SINGULAR.get(key) or "-".join(word.capitalize() for word in key.split("_"))


def fields(args: Dict[str, Any], signed_by: Optional[str]) -> List[Tuple[str, Optional[str]]]:
    """Return the paragraph's fields, in order of the arguments' names."""
    rows: List[Tuple[str, Optional[str]]] = []
    for key in sorted(set(ARGUMENTS["properties"]) - {"state", "mode"}):
        value = signed_by if key == "signed_by" else args[key]
        if isinstance(value, bool):
            value = "yes" if value else "no"
        elif isinstance(value, list):
            value = " ".join(str(each) for each in value) if value else None
        rows.append((field_name(key), None if value is None else str(value)))
    return rows


def key_of(signed_by: Optional[str], name: str, system: Any) -> Tuple[Optional[str], Optional[str], Optional[bytes]]:
    """Return (value of Signed-By, file for the key, its bytes); no file where the key is not a URL."""
    if not signed_by:
        return None, None, None
    if signed_by.startswith(("http://", "https://")):
        data = deb822.fetch(signed_by, "the key")
        if not deb822.is_key(data):
            raise ModuleFailed("%s is not an OpenPGP public key" % signed_by)
        path = "%s/%s.%s" % (KEYS, slug(name), "asc" if deb822.armoured(data) else "gpg")
        return path, path, data
    if deb822.armoured(signed_by.encode()):
        return deb822.folded_key(signed_by.encode()), None, None
    return signed_by, None, None


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Write the key and the file, or remove both."""
    name = slug(args["name"])
    dest = "%s/%s.sources" % (FOLDER, name)
    if args["state"] == "absent":
        return _absent(dest, name, system)
    signed_by, key_file, key = key_of(args["signed_by"], args["name"], system)
    text = deb822.paragraph(fields(args, signed_by))
    writes = [(dest, text.encode("utf-8"))] + ([(key_file, key)] if key_file and key is not None else [])
    mode = int(str(args["mode"]), 8) if not isinstance(args["mode"], int) else args["mode"]
    result: Dict[str, Any] = {"changed": False, "repo": text, "dest": dest, "key_filename": key_file}
    diff = []
    for path, data in reversed(writes):
        old = system.read(path) if system.exists(path) else None
        seen = system.stat(path)
        if old == data and seen.st_mode & 0o7777 == mode:
            continue
        result["changed"] = True
        if path == dest:
            before = (old or b"").decode("utf-8", "replace")
            diff.append({"before": before, "after": text, "before_header": path, "after_header": path})
        if not system.check:
            if not system.is_dir(os.path.dirname(path)):
                system.mkdir(os.path.dirname(path), 0o755)
            system.write_atomic(path, data, mode=mode)
    if system.diff and diff:
        result["diff"] = diff
    return result


def _absent(dest: str, name: str, system: Any) -> Dict[str, Any]:
    paths = [dest] + ["%s/%s.%s" % (KEYS, name, suffix) for suffix in ("asc", "gpg")]
    there = [path for path in paths if system.exists(path)]
    if not system.check:
        for path in there:
            system.remove(path)
    return {
        "changed": bool(there),
        "repo": None,
        "dest": dest,
        "key_filename": next((path for path in there if path != dest), None),
    }
