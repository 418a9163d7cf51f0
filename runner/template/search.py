"""Where files named in expressions are looked for: beside the task, in its role, beside the playbook."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def places(value: Callable[[str, Any], Any], kind: str, name: str) -> list[Path]:
    """Return the paths at which a file is looked for, best first.

    value(name, default) gives a variable: `ansible_search_path` (list of folders), `role_path`, `playbook_dir`. kind: the
    folder that holds such files (files, templates, vars). An absolute name or one with ~ has one place only.
    """
    wanted = Path(os.path.expanduser(name))
    if wanted.is_absolute():
        return [wanted]
    folders: list[str] = list(value("ansible_search_path", None) or [])
    for extra in (value("role_path", None), value("playbook_dir", None)):
        if isinstance(extra, str) and extra not in folders:
            folders.append(extra)
    found: list[Path] = []
    for folder in folders or [os.getcwd()]:
        base = Path(folder)
        if base.parent.name == "tasks":
            found += [base.parent.parent / kind / name, base.parent / name]
        found += [base / kind / name, base / name] if kind else [base / name]
    return list(dict.fromkeys(found))


def find_file(value: Callable[[str, Any], Any], kind: str, name: str) -> Path | None:
    """Return the first existing path of `places`, or None."""
    return next((path for path in places(value, kind, name) if path.exists()), None)
