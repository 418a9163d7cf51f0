"""Loads variables from files, for the host, at this point of the run."""

import re
from pathlib import Path
from typing import Any

from runner.errors import RunnerError, TaskError
from runner.execute.content import VAULT_HEADER
from runner.execute.context import TaskContext
from runner.model.combine import combine
from runner.model.keywords import warn_of_reserved
from runner.parse.yaml_text import load_yaml

ARGUMENTS = {
    "type": "object",
    "properties": {
        "file": {"type": "string", "description": "A file of variables."},
        "dir": {"type": "string", "description": "A folder whose files are all loaded, in order of name."},
        "name": {"type": "string", "description": "Put the variables into this one instead of at top level."},
        "depth": {"type": "integer", "default": 0, "description": "How deep to go into `dir`; 0 for all the way."},
        "files_matching": {"type": "string", "description": "Only files whose name matches this regular expression."},
        "ignore_files": {"type": "array", "items": {"type": "string"}, "description": "Files to leave out."},
        "extensions": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["json", "yaml", "yml"],
            "description": "Extensions of files taken from `dir`.",
        },
        "ignore_unknown_extensions": {"type": "boolean", "default": False, "description": "Leave out other files instead of failing."},
        "hash_behaviour": {"type": "string", "enum": ["replace", "merge"], "description": "How mappings of one name join."},
    },
    "free_form": "file",
}
RETURNS = {"ansible_facts": "the variables", "ansible_included_var_files": "the files read"}
EXAMPLES = """
- include_vars: "{{ ansible_facts.os_family }}.yml"
- include_vars:
    dir: vars/all
    extensions: [yml]
"""


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return the variables as ansible_facts; a file that cannot be read is a failed result."""
    found: dict[str, Any] = {}
    read: list[str] = []
    secret = task.no_log
    try:
        for path in _files(args, task):
            data = _load(path, task)
            read.append(str(path))
            secret = secret or is_vault_file(path)
            found.update(data)
    except RunnerError as error:
        error.result.update(ansible_included_var_files=read, ansible_facts={}, message=error.message)
        raise error.at(task.plan.position) from None
    if args["name"]:
        found = {args["name"]: found}
    if args["hash_behaviour"] == "merge":
        found = {key: _with_known(key, value, task) for key, value in found.items()}
    warn_of_reserved(found, task.play.run.warn)
    task.effects["facts"] = "include_vars"
    return {"changed": False, "ansible_facts": found, "ansible_included_var_files": read, "_ansible_no_log": secret}


def _with_known(key: str, value: Any, task: TaskContext) -> Any:
    known = task.variables.find(key)
    return combine(known, value, deep=True) if isinstance(known, dict) and isinstance(value, dict) else value


def _files(args: dict[str, Any], task: TaskContext) -> list[Path]:
    if args["file"] and args["dir"]:
        raise TaskError("You are mixing file only and dir only arguments, these are incompatible", remedy="give `file` or `dir`")
    if args["file"]:
        return [task.find_file("vars", args["file"])]
    if not args["dir"]:
        raise TaskError("Could not find file: include_vars needs a file or a dir", remedy="name one of them")
    folder = _folder(args["dir"], task)
    return [path for path in _below(folder, folder, args["depth"]) if _wanted(path, args)]


def _folder(name: str, task: TaskContext) -> Path:
    role = task.plan.frame.role
    options = [Path(name)] if Path(name).is_absolute() else []
    if not options:
        roots = [Path(role.path) / "vars", Path(role.path)] if role else []
        options = [root / name for root in (*roots, *(Path(each) for each in task.search_path()))]
    for option in options:
        if option.is_dir():
            return option
        if option.exists():
            raise TaskError(f"{option} is not a directory", remedy="use `file` for a file")
    raise TaskError(f"{options[0]} directory does not exist", expected="a folder", found="nothing", remedy="correct `dir`")


def _below(folder: Path, root: Path, depth: int) -> list[Path]:
    found: list[Path] = []
    entries = sorted(folder.iterdir())
    found += [each for each in entries if each.is_file()]
    for each in entries:
        if each.is_dir() and (depth == 0 or len(each.relative_to(root).parts) < depth):
            found += _below(each, root, depth)
    return found


def _wanted(path: Path, args: dict[str, Any]) -> bool:
    patterns = [each if "*" in each else each.replace(".", r"\.") + "$" for each in args["ignore_files"] or ()]
    if any(re.search(pattern, path.name) for pattern in patterns):
        return False
    if args["files_matching"] and not re.search(args["files_matching"], path.name):
        return False
    extension = path.suffix.lstrip(".")
    if extension in args["extensions"]:
        return True
    if args["ignore_unknown_extensions"]:
        return False
    raise TaskError(
        f"{path} does not have a valid extension: {', '.join(args['extensions'])}",
        remedy="rename the file, or set ignore_unknown_extensions",
    )


def is_vault_file(path: Path) -> bool:
    """Tell whether a file is encrypted as a whole; its variables are not shown."""
    with path.open("rb") as file:
        return file.read(len(VAULT_HEADER)) == VAULT_HEADER


def _load(path: Path, task: TaskContext) -> dict[str, Any]:
    text = task.read_source(path).decode("utf-8")
    data = load_yaml(text, str(path))
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise TaskError(f"{path} must be stored as a dictionary/hash", expected="name: value lines", remedy="write 'name: value' lines")
    return data
