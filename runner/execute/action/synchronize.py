"""Brings a directory tree to a host, or from it, with the control machine's rsync over ssh. Source: rsync(1), ssh(1)."""

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
from typing import Any

from runner.errors import TaskError
from runner.execute.context import TaskContext
from runner.execute.reach import address_of
from runner.model.address import Address
from runner.target.option import option

ATTRIBUTES = {"recursive": "-r", "links": "-l", "perms": "-p", "times": "-t", "owner": "-o", "group": "-g"}
SWITCHES = {
    "compress": "--compress",
    "delay_updates": "--delay-updates",
    "checksum": "--checksum",
    "copy_links": "--copy-links",
    "dirs": "--dirs",
    "existing_only": "--existing",
    "partial": "--partial",
}
# rsync prints it before each change, so that a run without any is told from one that was silent
MARK = "<<CHANGED>>"
ARGUMENTS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "src": option("str", "Path at the source; a relative one of the control machine is looked for in `files`."),
        "dest": option("str", "Path at the destination."),
        "mode": option("str", "push: from the control machine (or the delegate) to the host; pull: back.", "push", enum=["pull", "push"]),
        "archive": option("bool", "Recursive, with links, permissions, times, owner, group and special files.", True),
        **{name: option("bool", f"rsync's {flag}; as `archive` says without it.") for name, flag in ATTRIBUTES.items()},
        **{name: option("bool", f"rsync's {flag}.", name in ("compress", "delay_updates")) for name, flag in SWITCHES.items()},
        "delete": option("bool", "Remove at the destination what the source has not; needs recursion.", False),
        "link_dest": option("strs", "Folders of the destination to make hard links into."),
        "rsync_opts": option("strs", "Further words for rsync."),
        "rsync_path": option("str", "The rsync command of the host; with become it is run by it."),
        "rsync_timeout": option("int", "Seconds without a byte after which rsync gives up; 0: never.", 0),
        "dest_port": option("int", "Port of ssh."),
        "private_key": option("str", "Private key for ssh."),
        "set_remote_user": option("bool", "Put the user before the host; False leaves it to ssh's own configuration.", True),
        "use_ssh_args": option("bool", "Accepted for compatibility: ssh gets the arguments of the inventory.", False),
        "ssh_connection_multiplexing": option("bool", "Let ssh share a connection as its configuration says.", False),
        "verify_host": option("bool", "Accepted for compatibility: host keys are checked as for every connection.", False),
    },
    "required": ["src", "dest"],
}
RETURNS = {
    "cmd": "what was run",
    "rc": "rsync's exit status",
    "msg": "rsync's output, one line a change",
    "stdout_lines": "the same as a list",
}
EXAMPLES = """
- name: The site
  synchronize: {src: site/, dest: /srv/site, delete: true}
"""


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Run rsync: here, or on the host the task is delegated to. Raises TaskError when it cannot start or fails."""
    recursive = args["archive"] if args["recursive"] is None else args["recursive"]
    if args["delete"] and not (recursive or args["dirs"]):
        raise TaskError("synchronize: delete needs recursion", remedy="set `recursive: true` (or leave `archive` on)")
    delegated = task.plan.keyword("delegate_to") is not None and task.address.kind != "local"
    ways = flags(args, check=task.check)
    if delegated:
        status, out, err, words = await _elsewhere(args, task, ways)
    else:
        rsync = shutil.which("rsync")
        if rsync is None:
            raise TaskError("The control machine has no rsync", remedy="install the package rsync on the control machine")
        address = task.address if task.target is task.host else _own_address(task)
        words = [rsync, *ways, *remote(args, address, task.become), *_ordered(args, _here(args, task), place(args, address))]
        status, out, err = await _rsync(words, task.deadline)
    result = {"cmd": shlex.join(words), "rc": status}
    if status != 0:
        return {**result, "failed": True, "changed": False, "msg": (err or out).strip(), "stdout": out, "stderr": err}
    lines = [line.replace(MARK, "") for line in out.splitlines() if line]
    answer = {**result, "changed": MARK in out, "msg": "".join(f"{line}\n" for line in lines), "stdout_lines": lines}
    return {**answer, "diff": {"prepared": answer["msg"]}} if task.diff else answer


def _own_address(task: TaskContext) -> Address:
    """Return how the inventory says the task's own host is reached, whatever host the task is delegated to."""
    return address_of(task.host, None, task.play.host_view(task.host), task.templar.render, task.play.run.options)


async def _elsewhere(args: dict[str, Any], task: TaskContext, ways: list[str]) -> tuple[int, str, str, list[str]]:
    """Run rsync on the delegate: within that host, or from it to the task's own host with the delegate's own ssh keys."""
    ends = [args["src"], args["dest"]]
    words = ["rsync", *ways]
    if task.target is not task.host:
        address = _own_address(task)
        port = args["dest_port"] or address.port
        key = ["-i", args["private_key"]] if args["private_key"] else []
        words.append(f"--rsh={shlex.join(['ssh', '-o', 'BatchMode=yes', *(['-p', str(port)] if port else []), *key])}")
        words += [f"--rsync-path={args['rsync_path']}"] if args["rsync_path"] else []
        there = 1 if args["mode"] == "push" else 0
        ends[there] = place(args, address)
    words += ends
    answer = await task.call("command", {"argv": words, "expand_argument_vars": False}, check=False)
    status = answer.get("rc") or (1 if answer.get("failed") else 0)
    return status, answer.get("stdout", ""), answer.get("stderr") or answer.get("msg", ""), words


def flags(args: dict[str, Any], *, check: bool) -> list[str]:
    """Return rsync's flags for these arguments; `archive` stands for what is not said otherwise."""
    # -F: rules in .rsync-filter files of the tree hold, as they do for the reference
    words = ["-F", *(["--dry-run"] if check else [])]
    words += [flag for name, flag in SWITCHES.items() if args[name]]
    if args["archive"]:
        words.append("--archive")
        words += [f"--no-{name}" for name in ATTRIBUTES if args[name] is False]
    else:
        words += [flag for name, flag in ATTRIBUTES.items() if args[name]]
    words += ["--delete-after"] if args["delete"] else []
    words += [f"--timeout={args['rsync_timeout']}"] if args["rsync_timeout"] else []
    words += [f"--link-dest={path}" for path in args["link_dest"] or []]
    return [*words, *(args["rsync_opts"] or []), f"--out-format={MARK}%i %n%L"]


def remote(args: dict[str, Any], address: Address, become: Any) -> list[str]:
    """Return the flags that say how the host is reached: nothing for the control machine itself. Raises TaskError."""
    if address.kind == "local":
        return []
    if address.kind != "ssh":
        raise TaskError(f"synchronize needs a host that is reached by ssh; {address.name} is reached by {address.kind}")
    path = args["rsync_path"]
    if become is not None and not path:
        if become.method != "sudo" or become.password:
            text = "synchronize can become another user by sudo without a password only: rsync itself starts the other side"
            raise TaskError(text, found=become.method, remedy="set rsync_path to a command that starts rsync as that user")
        path = f"sudo -n -u {shlex.quote(become.user)} rsync"
    return [f"--rsh={shlex.join(ssh_words(args, address))}", *([f"--rsync-path={path}"] if path else [])]


def ssh_words(args: dict[str, Any], address: Address) -> list[str]:
    """Return the ssh command for a host: never a question, keys of hosts checked as the inventory says."""
    words = ["ssh", "-o", "BatchMode=yes"]
    if not args["ssh_connection_multiplexing"]:
        words += ["-S", "none"]
    port = args["dest_port"] or address.port
    key = args["private_key"] or address.private_key_file
    words += ["-p", str(port)] if port else []
    words += ["-i", os.path.expanduser(key)] if key else []
    words += [] if address.host_key_checking else ["-o", "StrictHostKeyChecking=no"]
    return [*words, *address.common_args]


def place(args: dict[str, Any], address: Address) -> str:
    """Return the path on the host as rsync takes it."""
    there: str = (args["dest"] if args["mode"] == "push" else args["src"])
    if "://" in there or address.kind == "local":
        return there
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"{address.user}@{host}:{there}" if args["set_remote_user"] and address.user else f"{host}:{there}"


def _here(args: dict[str, Any], task: TaskContext) -> str:
    """Return the path on the control machine."""
    path: str = os.path.expanduser(args["src"] if args["mode"] == "push" else args["dest"])
    if os.path.isabs(path) or "://" in path:
        return path
    found = os.path.abspath(task.find_file("files", path) if args["mode"] == "push" else path)
    # rsync gives a slash at the end a meaning, and a path object loses it
    return found.rstrip("/") + "/" if path.endswith("/") else found


def _ordered(args: dict[str, Any], here: str, there: str) -> list[str]:
    return [here, there] if args["mode"] == "push" else [there, here]


async def _rsync(words: list[str], deadline: float | None) -> tuple[int, str, str]:
    """Run rsync to its end; its process group ends with the task."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *words, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe, start_new_session=True
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), deadline)
    except TimeoutError as error:
        raise TaskError(f"rsync did not end within {deadline or 0:g} seconds") from error
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            await process.wait()
    return process.returncode or 0, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")
