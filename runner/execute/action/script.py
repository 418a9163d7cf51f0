"""Sends a script of the control machine to the host, runs it there and removes it; the host needs no Python."""

import asyncio
import secrets
import shlex
from pathlib import Path
from typing import Any

from runner.errors import ArgumentError, RunnerError, TaskError
from runner.execute.content import local_content
from runner.execute.context import TaskContext
from runner.execute.result import of_shell

ARGUMENTS = {
    "type": "object",
    "properties": {
        "free_form": {"type": "string", "description": "The script and its arguments."},
        "cmd": {"type": "string", "description": "The same, as an argument of its own."},
        "creates": {"type": "string", "description": "Do nothing when this path is on the host."},
        "removes": {"type": "string", "description": "Do nothing when this path is not on the host."},
        "chdir": {"type": "string", "description": "Directory of the host (a whole path) to run in."},
        "executable": {"type": "string", "description": "Program to run the script with."},
        "decrypt": {"type": "boolean", "default": True, "description": "Decrypt a vault file before it is sent."},
    },
    "free_form": "free_form",
    "mutually_exclusive": [["free_form", "cmd"]],
    "required_one_of": [["free_form", "cmd"]],
}
RETURNS = {
    "rc": "exit status",
    "stdout": "standard output",
    "stderr": "standard error",
    "stdout_lines": "the same, a list of lines",
}
EXAMPLES = """
- script: files/join.sh --quiet
  args:
    creates: /etc/kubernetes/kubelet.conf
"""


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return rc, stdout and stderr; failed when rc is not 0. The file is removed from the host whatever happens."""
    line = args["free_form"] or args["cmd"]
    skipped = await _skipped(args, task)
    if skipped:
        return skipped
    chdir = args["chdir"]
    if chdir and not chdir.startswith("/"):
        raise TaskError(f"chdir of script must be a whole path, not {chdir}", position=task.plan.position, remedy="write it from / on")
    name, rest = _words(line, task)
    path = task.find_file("files", name).absolute()
    if task.check and not (args["creates"] or args["removes"]):
        return {"changed": False, "skipped": True, "msg": "Check mode is not supported for this task."}
    if task.check:
        return {"changed": True}
    return await _send_and_run(args, task, path, rest)


def _words(line: str, task: TaskContext) -> tuple[str, str]:
    """Return the script and the rest of the line as written, quoting kept for the host's shell."""
    try:
        name = shlex.split(line)[0]
    except (ValueError, IndexError) as error:
        raise ArgumentError(f"cannot split the line of the script: {error}", position=task.plan.position, found=line) from None
    stripped = line.lstrip()
    for written in (name, f"'{name}'", f'"{name}"', name.replace(" ", "\\ ")):
        if stripped.startswith(written):
            return name, stripped[len(written) :].strip()
    return name, " ".join(shlex.quote(word) for word in shlex.split(line)[1:])


async def _skipped(args: dict[str, Any], task: TaskContext) -> dict[str, Any] | None:
    for word, skip_when_there in (("creates", True), ("removes", False)):
        path = args[word]
        if not path:
            continue
        found = await task.link.shell(f"test -e {_expandable(path)}", become=task.become)
        if (found.rc == 0) == skip_when_there:
            why = "exists" if skip_when_there else "does not exist"
            return {"changed": False, "skipped": True, "msg": f"{path} {why}, matching {word} option"}
    return None


def _expandable(path: str) -> str:
    """Quote a path but leave a ~ at its start to the host's shell."""
    if path.startswith("~"):
        user, slash, rest = path.partition("/")
        return user + slash + (shlex.quote(rest) if rest else "")
    return shlex.quote(path)


async def _send_and_run(args: dict[str, Any], task: TaskContext, path: Path, rest: str) -> dict[str, Any]:
    content = local_content(task, path, decrypt=args["decrypt"])
    remote = f"/tmp/muster-{secrets.token_hex(12)}"  # noqa: S108 - a random name, written by its owner only
    # a script that tells its name or asks for it finds the one it has on the control machine
    named = shlex.quote(f"{remote}.d/{path.name}")
    command = " ".join([*([args["executable"]] if args["executable"] else []), named, rest]).strip()
    if args["chdir"]:
        command = f"cd {shlex.quote(args['chdir'])} && {command}"
    try:
        await task.link.put(content.data, remote, 0o700, task.become)
        text = _removing(remote, f"mkdir -m 700 {remote}.d && mv -- {remote} {named} || exit 1; {command}")
        answer = await task.link.shell(text, become=task.become, deadline=task.deadline, environment=task.environment)
    except BaseException:
        await asyncio.shield(_remove(task, remote))
        raise
    return of_shell(answer)


def _removing(remote: str, command: str) -> str:
    """Return shell text that runs the command and removes the file, whatever happens to us in the meantime."""
    return f"trap {shlex.quote(f'rm -rf -- {remote} {remote}.d')} EXIT; trap 'exit 143' HUP INT TERM; {command}\nexit $?"


async def _remove(task: TaskContext, remote: str) -> None:
    try:
        await task.link.shell(f"rm -rf -- {remote} {remote}.d", become=task.become, deadline=30)
    except RunnerError as error:
        # the error that led here is the one to show; a script left behind is worth a word
        task.warn(f"{remote} may be left on {task.target.host.name}: {error.message}")
