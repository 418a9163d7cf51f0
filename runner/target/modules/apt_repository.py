"""Ensures a source of packages in the one-line format under /etc/apt. Source: sources.list(5)."""

import os
from typing import Any, Dict, List, Optional

from runner.target import apt_get, deb822, ppa
from runner.target.decision import ModuleFailed

INTERRUPT = "finish"
ARGUMENTS = {
    "type": "object",
    "properties": {
        "repo": {
            "type": "string",
            "description": "The source, such as `deb https://host/debian bookworm main`, or `ppa:owner/name`; of that the key is "
            "asked of Launchpad (MUSTER_LAUNCHPAD_API in the task's environment names another address).",
        },
        "state": {"type": "string", "enum": ["absent", "present"], "default": "present", "description": "Whether it is there."},
        "filename": {"type": "string", "description": "File under sources.list.d, without suffix; made from the URL without it."},
        "mode": {"format": "mode", "description": "Permissions of a file that is written; 0644 without it."},
        "update_cache": {
            "type": "boolean",
            "default": True,
            "aliases": ["update-cache"],
            "description": "Load the lists after a change.",
        },
        "update_cache_retries": {"type": "integer", "default": 5, "description": "How often to try."},
        "update_cache_retry_max_delay": {"type": "integer", "default": 12, "description": "Longest wait between tries, seconds."},
        "validate_certs": {"type": "boolean", "default": True, "description": "Accepted for compatibility."},
        "install_python_apt": {
            "type": "boolean",
            "default": True,
            "description": "Accepted for compatibility; nothing is installed.",
        },
        "codename": {"type": "string", "description": "Only for PPA sources of Ubuntu."},
    },
    "required": ["repo"],
}
RETURNS = {
    "repo": "the source",
    "sources_added": "files that were made",
    "sources_removed": "files that were removed",
    "state": "present or absent, as asked",
}
EXAMPLES = """
- name: Packages of the vendor
  apt_repository: {repo: "deb [signed-by=/etc/apt/keyrings/vendor.asc] https://apt.example.org stable main", filename: vendor}
"""
MAIN, FOLDER = "/etc/apt/sources.list", "/etc/apt/sources.list.d"


def changed_files(files: Dict[str, str], source: str, state: str, target: str) -> Dict[str, Optional[str]]:
    """Return path -> new text for files that change; None for one that is left without any source.

    An absent source goes from every file. A present one is enabled where it stands as a comment, or added to `target`.
    """
    changes: Dict[str, Optional[str]] = {}
    if state == "present":
        if any(deb822.sources(text).get(source) for text in files.values()):
            return {}
        for path, text in files.items():
            if source in deb822.sources(text):
                lines = [source if deb822.parse_line(line) == (False, source) else line for line in text.splitlines()]
                return {path: "\n".join(lines) + "\n"}
        before = files.get(target, "")
        return {target: before + ("" if before.endswith("\n") or not before else "\n") + source + "\n"}
    for path, text in files.items():
        if source in deb822.sources(text):
            lines = [line for line in text.splitlines() if (deb822.parse_line(line) or (False, ""))[1] != source]
            kept = "\n".join(lines) + "\n"
            changes[path] = kept if path == MAIN or deb822.sources(kept) else None
    return changes


def _files(system: Any) -> Dict[str, str]:
    paths = [MAIN] if system.exists(MAIN) else []
    if system.is_dir(FOLDER):
        paths += ["%s/%s" % (FOLDER, name) for name in system.listdir(FOLDER) if name.endswith(".list")]
    return {path: system.read_text(path) for path in paths}


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Write or remove the source, then load the lists; when that fails the files are put back."""
    archive = ppa.archive(args["repo"], args["codename"], system) if args["repo"].startswith("ppa:") else None
    parsed = deb822.parse_line(archive.source if archive else args["repo"])
    if not parsed or not parsed[0]:
        raise ModuleFailed("Invalid repository string: %s" % args["repo"])
    source, files = parsed[1], _files(system)
    name = args["filename"] or (archive.file_name if archive else deb822.file_name(source))
    target = name if os.path.isabs(name) else "%s/%s" % (FOLDER, name)
    target += "" if target.endswith(".list") else ".list"
    changes = changed_files(files, source, args["state"], target)
    result: Dict[str, Any] = {
        "changed": bool(changes),
        "repo": args["repo"],
        "state": args["state"],
        "sources_added": sorted(path for path in changes if path not in files),
        "sources_removed": sorted(path for path, text in changes.items() if text is None),
    }
    if system.diff and changes:
        result["diff"] = [_diff(path, files.get(path), text) for path, text in sorted(changes.items())]
    if changes and not system.check:
        trusted = archive is not None and _key(archive, args, system)
        _write(changes, args, system)
        if args["update_cache"]:
            try:
                apt_get.update(dict(args, lock_timeout=60), system)
            except ModuleFailed:
                _write({path: files.get(path) for path in changes}, args, system)
                if archive and trusted:
                    system.remove(archive.key_file)
                raise
    return result


def _key(archive: ppa.Ppa, args: Dict[str, Any], system: Any) -> bool:
    """Trust the key of an archive that comes, no longer that of one that goes; tells whether a key is new."""
    missing = not system.exists(archive.key_file)
    if args["state"] == "absent":
        if not missing:
            system.remove(archive.key_file)
        return False
    if missing:
        data = ppa.key(archive, system)
        if not system.is_dir(ppa.KEYS):
            system.mkdir(ppa.KEYS, 0o755)
        system.write_atomic(archive.key_file, data, mode=0o644)
    return missing


def _diff(path: str, before: Optional[str], after: Optional[str]) -> Dict[str, str]:
    headers = {
        "before_header": path if before is not None else "/dev/null",
        "after_header": path if after is not None else "/dev/null",
    }
    return dict(headers, before=before or "", after=after or "")


def _write(changes: Dict[str, Optional[str]], args: Dict[str, Any], system: Any) -> None:
    for path, text in changes.items():
        if text is None:
            if system.exists(path):
                system.remove(path)
            continue
        folder = os.path.dirname(path)
        if not system.is_dir(folder):
            system.mkdir(folder, 0o755)
        mode: List[Optional[int]] = [None if system.exists(path) else 0o644]
        if args["mode"] is not None:
            mode = [int(str(args["mode"]), 8) if not isinstance(args["mode"], int) else args["mode"]]
        system.write_atomic(path, text.encode("utf-8", "surrogateescape"), mode=mode[0])
