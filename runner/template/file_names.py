"""The variables that a template file has beside those of the host: where it is from, and the sentence that says who manages its result."""

import datetime
import os
import pwd
import time
from pathlib import Path
from typing import Any

from runner.model.text import trusted

DEFAULT = "Ansible managed"
WORDS = {"host": "host", "uid": "uid", "file": "path"}


def names_of_template(path: Path, named: str, managed: str = DEFAULT, dest: str | None = None) -> dict[str, Any]:
    """Return the variables of the file at `path`. named: as the task or lookup names it; managed: the setting ansible_managed."""
    status = path.stat()
    try:
        user = pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        user = str(status.st_uid)
    names: dict[str, Any] = {
        "template_host": os.uname().nodename,
        "template_path": named,
        "template_mtime": datetime.datetime.fromtimestamp(status.st_mtime),
        "template_uid": user,
        "template_run_date": datetime.datetime.now(),
        "template_fullpath": str(path.absolute()),
    }
    if dest is not None:
        names["template_destpath"] = dest
    return {"ansible_managed": _sentence(managed, names, status.st_mtime), **names}


def _sentence(managed: str, names: dict[str, Any], changed: float) -> str:
    when = time.localtime(changed)
    if "{{" not in managed:
        # the name of a file is no date
        return time.strftime(managed, when).format(**{word: names[f"template_{name}"] for word, name in WORDS.items()})
    # the setting is a template; what it names goes in as variables, since the name of a file is none
    sentence = managed.format(**{word: f"{{{{ template_{name} }}}}" for word, name in WORDS.items()})
    return trusted(time.strftime(sentence, when))
