"""Tasks whose module is not ours: where it is looked for, what it is told, how it is run on the host."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from runner.errors import UnknownModule, nearest_names
from runner.execute.context import TaskContext
from runner.execute.session import PlaySession, Run
from runner.foreign.connection import ConnectionPlugins
from runner.foreign.locate import Located
from runner.foreign.places import Near
from runner.model.plan import PlanTask
from runner.position import position_of

SPECIAL_FILE_SYSTEMS = ("fuse", "nfs", "vboxsf", "ramfs", "9p", "vfat")
RUN = "run_foreign"


def near(task: PlanTask, play: PlaySession, render: Callable[[Any], Any]) -> Near:
    """Return the surroundings in which the task's module is looked for. render: fills the templates in `collections`."""
    frame = task.frame
    # as in Ansible, of several roles that bring a module of one name the first of the play gives it to all
    roles = [role.path for role in play.roles]
    roles += [role.path for role in ((frame.role,) if frame.role else ()) + frame.parents + frame.chain]
    words: list[str] = []
    for each in frame.collections:
        rendered = render(each)
        words += [str(word) for word in (rendered if isinstance(rendered, list) else [rendered])]
    if frame.role is not None:
        words += [*frame.role.collections, *([own] if (own := _collection_of(frame.role.path)) else [])]
    return Near(play.playbook_dir, tuple(dict.fromkeys(roles)), tuple(dict.fromkeys(words)))


def _collection_of(role: str) -> str | None:
    """Return the collection that a role's folder belongs to."""
    parts = Path(role).parts
    if "ansible_collections" in parts[:-3]:
        at = len(parts) - 1 - parts[::-1].index("ansible_collections")
        return f"{parts[at + 1]}.{parts[at + 2]}"
    return None


def connections(run: Run) -> ConnectionPlugins | None:
    """Return what finds connection plugins that are not ours."""
    return run.foreign.connections if run.foreign is not None else None


def located(task: PlanTask, play: PlaySession, render: Callable[[Any], Any], name: str) -> Located | None:
    """Return the foreign module of a name, or None. Raises UnknownModule with its collection's names for a wrong name in it."""
    run = play.run
    if run.foreign is None:
        return None
    place = near(task, play, render)
    found = run.foreign.module(name, place)
    if found is not None or name.count(".") < 2:
        return found
    collection = ".".join(name.split(".")[:2])
    there = run.foreign.names(collection, place)
    if collection in ("ansible.builtin", "ansible.legacy"):
        return None
    install = f"install it: `ansible-galaxy collection install {collection}` (or `pip install ansible`)"
    raise UnknownModule(
        f"couldn't resolve module/action '{name}'. This often indicates a misspelling, missing collection, or incorrect module path.",
        position=position_of(task.task.action) or task.position,
        expected="a module of a collection that is installed",
        found=f"no collection {collection}" if there is None else f"no such module in {collection}",
        nearest=nearest_names(name, there or ()),
        remedy="correct the name" if there else f"correct the name, or {install}, or put it under collections/ beside the playbook",
    )


async def request(
    task: PlanTask, context: TaskContext, name: str, args: Mapping[str, Any]
) -> tuple[dict[str, Any], Mapping[str, str]]:
    """Return the arguments of `run_foreign` for a module that was located, and the code that goes with them. Raises TaskError."""
    run = context.play.run
    assert run.foreign is not None
    module = run.foreign.module(name, near(task, context.play, context.render))
    if module is None or module.alone:
        raise UnknownModule(f"couldn't resolve module/action '{name}'", position=task.position, found=name, remedy="install its collection")
    payload = await context.blocking(run.foreign.payload, module, near(task, context.play, context.render))
    given = {
        "kind": payload.kind.kind,
        "name": module.dotted if payload.kind.kind == "python" else module.path.name,
        "main": payload.main,
        "interpreter": list(payload.kind.interpreter),
        "files": [list(each) for each in payload.files],
        "args": dict(args),
        "internal": _internal(context, module, run.foreign.version()),
    }
    return given, payload.code


# Action plugins that only prepare on the control machine what these arguments make needless.
_ALONE = {"ansible.posix.patch": ("remote_src", True)}


def works_alone(module: Located, args: Mapping[str, Any]) -> bool:
    """Tell whether a module that has an action plugin does without it for these arguments."""
    wanted = _ALONE.get(module.name)
    return wanted is not None and str(args.get(wanted[0])).lower() in (str(wanted[1]).lower(), "yes")


def _internal(context: TaskContext, module: Located, version: str) -> dict[str, Any]:
    """Return what Ansible tells every module about the run (the names AnsibleModule reads)."""
    return {
        "_ansible_check_mode": context.check,
        "_ansible_no_log": context.no_log,
        "_ansible_debug": False,
        "_ansible_diff": context.diff,
        "_ansible_verbosity": context.play.run.options.verbosity,
        "_ansible_version": version,
        "_ansible_module_name": module.name,
        "_ansible_syslog_facility": "LOG_USER",
        "_ansible_selinux_special_fs": list(SPECIAL_FILE_SYSTEMS),
        "_ansible_string_conversion_action": "warn",
        "_ansible_socket": None,
        "_ansible_shell_executable": "/bin/sh",
        "_ansible_keep_remote_files": False,
        "_ansible_remote_tmp": "~/.ansible/tmp",
        "_ansible_ignore_unknown_opts": False,
        "_ansible_target_log_info": None,
    }


async def run_module(task: PlanTask, context: TaskContext, name: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """Run a module that was located on the task's host, without any action plugin of its name, and return its result."""
    given, code = await request(task, context, name, args)
    answer = await context.call(RUN, given, code=code)
    return {key: without_internal(value) for key, value in answer.items()}


def without_internal(value: Any) -> Any:
    """Return a value without what Ansible tells a module about the run, which some give back among their arguments."""
    if isinstance(value, dict):
        return {key: without_internal(each) for key, each in value.items() if not str(key).startswith("_ansible_")}
    return [without_internal(each) for each in value] if isinstance(value, list) else value
