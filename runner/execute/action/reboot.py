"""Reboots a host and waits until it is back: another boot id, then a command that succeeds."""

import asyncio
import shlex
import time
from typing import Any

from runner.errors import BecomeError, TaskError, Unreachable
from runner.execute.context import TaskContext
from runner.model.request import ShellAnswer

ARGUMENTS = {
    "type": "object",
    "properties": {
        "msg": {"type": "string", "default": "Reboot initiated by Ansible", "description": "What logged-in users are told."},
        "pre_reboot_delay": {
            "type": "number",
            "default": 0,
            "description": "Seconds before the reboot; shutdown counts in whole minutes.",
        },
        "post_reboot_delay": {
            "type": "number",
            "default": 0,
            "description": "Seconds to wait after it before looking for the host.",
        },
        "reboot_timeout": {
            "type": "number",
            "default": 600,
            "description": "Seconds for the reboot, and again for the test command.",
        },
        "connect_timeout": {"type": "number", "default": 10, "description": "Seconds one try to reach the host may take."},
        "test_command": {"type": "string", "default": "whoami", "description": "Succeeds when the host is ready."},
        "boot_time_command": {
            "type": "string",
            "default": "cat /proc/sys/kernel/random/boot_id",
            "description": "Prints something that differs from boot to boot.",
        },
        "reboot_command": {"type": "string", "description": "Used in place of `shutdown -r`, with its arguments."},
        "search_paths": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["/sbin", "/bin", "/usr/sbin", "/usr/bin", "/usr/local/sbin"],
            "description": "Where shutdown is looked for.",
        },
    },
}
RETURNS = {"rebooted": "whether the host rebooted", "elapsed": "seconds from the command until the host was ready"}
EXAMPLES = """
- name: A kernel that was just installed
  reboot:
    reboot_timeout: 300
"""
FIRST_WAIT, LONGEST_WAIT = 0.5, 3.0


async def run(args: dict[str, Any], task: TaskContext) -> dict[str, Any]:
    """Return rebooted and elapsed. Raises TaskError when the host refuses, or is not back and ready in time."""
    if task.address.kind == "local":
        raise TaskError(
            "Running reboot with local connection would reboot the control node.",
            remedy="reach the host by ssh, or reboot it yourself",
            result={"elapsed": 0, "rebooted": False},
        )
    if task.check:
        return {"changed": True, "elapsed": 0, "rebooted": True}
    before = await boot_mark(args, task)
    start = time.monotonic()
    await order(args, task)
    await asyncio.sleep(max(0.0, args["post_reboot_delay"]))
    limit = float(args["reboot_timeout"])

    async def other_boot() -> bool:
        return await boot_mark(args, task) != before

    async def ready() -> bool:
        return (await shell(task, args["test_command"])).rc == 0

    # a shutdown that was told to wait some minutes is not late while it waits
    await until(other_boot, limit + delay_minutes(args) * 60, "last boot time check", args, task, start, rebooted=False)
    await until(ready, limit, "post-reboot test command", args, task, start, rebooted=True)
    return {"changed": True, "rebooted": True, "elapsed": int(time.monotonic() - start)}


def delay_minutes(args: dict[str, Any]) -> int:
    """Return the delay as shutdown(8) takes it: whole minutes, rounded down."""
    return max(0, int(args["pre_reboot_delay"] // 60))


def command(args: dict[str, Any]) -> str:
    """Return the shell command that reboots: reboot_command as it is, or the first shutdown in the search path."""
    if args["reboot_command"]:
        return str(args["reboot_command"])
    words = f"-r +{delay_minutes(args)} {shlex.quote(args['msg'])}" if delay_minutes(args) else f"-r now {shlex.quote(args['msg'])}"
    places = " ".join(shlex.quote(f"{path.rstrip('/')}/shutdown") for path in args["search_paths"])
    missing = shlex.quote(f'Unable to find command "shutdown" in search paths: {args["search_paths"]}')
    return f'for p in {places}; do [ -x "$p" ] && exec "$p" {words}; done; echo {missing} >&2; exit 127'


async def order(args: dict[str, Any], task: TaskContext) -> None:
    """Give the command. That the connection breaks meanwhile is what is to be expected."""
    try:
        answer = await shell(task, command(args))
    except Unreachable:
        return
    # a shell that the reboot itself ends has no status of its own
    if answer.rc not in (0, 137, 143) and answer.rc > 0:
        said = f"{answer.stdout.decode(errors='replace')}, {answer.stderr.decode(errors='replace')}"
        raise TaskError(f"Reboot command failed. Error was: '{said}'", result={"rebooted": False, "elapsed": 0, "rc": answer.rc})


async def shell(task: TaskContext, text: str) -> ShellAnswer:
    """Run a command on the host without an agent, as the task's user."""
    return await task.link.shell(text, become=task.become, deadline=60)


async def boot_mark(args: dict[str, Any], task: TaskContext) -> str:
    """Return what tells one boot from another. Raises TaskError when the host cannot say."""
    answer = await shell(task, args["boot_time_command"])
    if answer.rc != 0:
        said = f"stdout: {answer.stdout.decode(errors='replace')}, stderr: {answer.stderr.decode(errors='replace')}"
        raise TaskError(f"reboot: failed to get host boot time info, rc: {answer.rc}, {said}", result={"rebooted": False, "elapsed": 0})
    return answer.stdout.decode(errors="replace").strip()


async def until(condition: Any, limit: float, what: str, args: dict[str, Any], task: TaskContext, start: float, *, rebooted: bool) -> None:
    """Try over fresh connections until the condition holds. Raises TaskError with what stood in the way when time is up."""
    end, wait, reason = time.monotonic() + limit, FIRST_WAIT, "the host never went down"
    while time.monotonic() < end:
        try:
            async with asyncio.timeout(min(float(args["connect_timeout"]), max(0.1, end - time.monotonic()))):
                if await condition():
                    return
            reason = "the command failed" if rebooted else "the host has not rebooted yet"
            if rebooted:
                await asyncio.sleep(wait)
                continue
        except TimeoutError:
            reason = "the host did not answer in time"
        except (Unreachable, BecomeError, TaskError) as error:
            reason = error.message
        await task.link.reset()
        await asyncio.sleep(min(wait, max(0.0, end - time.monotonic())))
        wait = min(wait * 1.5, LONGEST_WAIT)
    raise TaskError(
        f"Timed out waiting for {what} (timeout={args['reboot_timeout']:g})",
        expected="the host back and ready",
        found=reason,
        remedy="look at the host's console, or give a longer reboot_timeout",
        result={"changed": True, "rebooted": rebooted, "elapsed": int(time.monotonic() - start)},
    )
