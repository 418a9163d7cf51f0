"""Tasks whose action plugin was written for Ansible: what it asks of the host goes through the task's own connection and agent."""

import asyncio
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

from runner import find
from runner.errors import RunnerError, UndefinedVariable, UnknownModule
from runner.execute import foreign
from runner.execute.context import TaskContext
from runner.foreign.action import ActionTask, Calls, run_action
from runner.foreign.installed import Installed
from runner.foreign.locate import Located
from runner.foreign.places import plugin_folders
from runner.model.plan import PlanTask

T = TypeVar("T")
LEGACY = ("ansible.builtin.", "ansible.legacy.")
# Large views of other hosts, which stay as they are: they are never templates.
WHOLE = frozenset({"hostvars", "groups", "vars"})


async def run(task: PlanTask, context: TaskContext, module: Located, args: Mapping[str, Any]) -> dict[str, Any]:
    """Run the action plugin in front of a module, or that stands alone, and return its result. Raises TaskError."""
    room = context.play.run.foreign
    assert room is not None
    loop = asyncio.get_running_loop()
    installed = room.plugins.installed()
    folders = list(plugin_folders("action", room.places, foreign.near(task, context.play, context.render)))
    # loading Ansible takes a while; the other hosts go on meanwhile
    await context.blocking(installed.importable)
    told = described(context, module, args, installed)
    found: dict[str, Any] = await context.blocking(run_action, installed, told, _calls(task, context, loop), folders)
    return {key: value for key, value in found.items() if not key.startswith("_ansible_")}


def described(context: TaskContext, module: Located, args: Mapping[str, Any], installed: Installed) -> ActionTask:
    """Return the task as its plugin sees it."""
    values: dict[str, Any] = {}
    for name in dict.fromkeys(context.variables.names()):
        found = context.variables.find(name)
        try:
            values[name] = found if name in WHOLE else context.render(found)
        except (UndefinedVariable, RunnerError):
            continue  # a variable that cannot be rendered now matters only where it is used
    if installed.importable():
        values = {name: each if name in WHOLE else installed.data(each) for name, each in values.items()}
    become = context.become.user if context.become is not None else None
    return ActionTask(
        name=module.name,
        args=dict(args),
        variables=values,
        search=tuple(context.search_path()),
        playbook_dir=context.play.playbook_dir,
        check=context.check,
        diff=context.diff,
        no_log=context.no_log,
        verbosity=context.play.run.options.verbosity,
        timeout=int(context.play.run.options.timeout),
        remote=(str(context.address.host or context.address.name), context.address.user, become),
    )


def _calls(task: PlanTask, context: TaskContext, loop: asyncio.AbstractEventLoop) -> Calls:
    """Return the calls that a plugin's thread may make into the loop."""

    def wait(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    async def command(text: str, stdin: bytes, sudoable: bool) -> tuple[int, bytes, bytes]:
        become = context.become if sudoable else None
        answer = await context.link.shell(
            text, stdin=stdin, become=become, deadline=context.deadline, environment=context.environment
        )
        return answer.rc, answer.stdout, answer.stderr

    async def get(remote: str, local: str) -> None:
        data = await context.link.get(remote, context.become)
        await context.blocking(Path(local).write_bytes, data)

    return Calls(
        module=lambda name, args: wait(_module(task, context, name, args)),
        command=lambda text, stdin, sudoable: wait(command(text, stdin, sudoable)),
        put=lambda local, remote: wait(context.link.put(Path(local), remote)),
        get=lambda remote, local: wait(get(remote, local)),
    )


async def _module(task: PlanTask, context: TaskContext, name: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """Run a module for a plugin: one of ours that needs no action in front of it, else as found where Ansible looks."""
    short = next((name.removeprefix(prefix) for prefix in LEGACY if name.startswith(prefix)), name)
    try:
        if "." not in short and find.plain_module(short):
            return await context.call(short, args)
        return await foreign.run_module(task, context, short if "." in short else f"ansible.legacy.{short}", args)
    except UnknownModule as error:
        return {"failed": True, "msg": error.message}
    except RunnerError as error:
        return {"failed": True, "msg": error.message, **error.result}
