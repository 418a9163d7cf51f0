"""Manages packages with whichever package manager the host has: hands the task to apt, dnf or another package module."""

from typing import Any

from runner import find
from runner.errors import TaskError
from runner.execute import foreign
from runner.execute.context import TaskContext
from runner.execute.handover import hand_over

ARGUMENTS = {
    "type": "object",
    "properties": {
        "name": {"description": "Package, or list of packages, as the host's package manager names them."},
        "state": {"type": "string", "description": "present, absent, latest, or what else the package manager's module takes."},
        "use": {
            "type": "string",
            "default": "auto",
            "description": "The package module to use; auto takes the one that the fact pkg_mgr names.",
        },
    },
    "additionalProperties": True,
}
RETURNS = {"changed": "as the package manager's module says; its other keys come along"}
EXAMPLES = """
- name: An editor, whatever the distribution
  package:
    name: vim
    state: present
"""


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return the result of the chosen module, which also checks the arguments. Raises TaskError when there is no such module."""
    wanted = str(args["use"] or "auto")
    if wanted == "auto":
        set_by_variable = task.variables.find("ansible_package_use")
        wanted = str(task.render(set_by_variable)) if isinstance(set_by_variable, str) else "auto"
    name = await detected(task) if wanted == "auto" else wanted
    inner = {key: value for key, value in args.items() if key != "use" and value is not None}
    found = find.action(name)
    if found is None or found.kind != "module":
        # zypper, apk and the like: the module of community.general, where it is installed
        other = foreign.located(task.plan, task.play, task.render, name)
        if other is not None and not other.alone:
            return await foreign.run_module(task.plan, task, other.name, inner)
        raise TaskError(
            f'Could not find a matching action for the "{name}" package manager.',
            expected="use: the name of a package module, such as apt or dnf",
            found=name,
            remedy="set `use`, install the collection community.general beside this runner, or call the package manager by command",
        )
    return await hand_over(found.name, inner, task)


async def detected(task: TaskContext) -> str:
    """Return the host's package manager: the fact if it was gathered, else asked for now."""
    known = task.target.facts.plain.get("pkg_mgr")
    if known is None:
        query = {"gather_subset": ["!all", "pkg_mgr"], "filter": ["ansible_pkg_mgr"]}
        result = await task.call("setup", query, check=False)
        known = result.get("ansible_facts", {}).get("ansible_pkg_mgr")
    if not known or known == "unknown":
        raise TaskError(
            'Could not detect which package manager to use. Try gathering facts or setting the "use" option.',
            expected="a package manager that this runner knows",
            found=f"pkg_mgr = {known}",
            remedy="set `use` to a package module",
        )
    return str(known)
