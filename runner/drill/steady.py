"""The steady state: testinfra checks and tasks that must hold before and after; each gives sentences about what does not."""

import asyncio
import contextlib
import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from runner.drill.model import Steady
from runner.execute.run import run_playbooks
from runner.execute.session import Run
from runner.model.event import Event, HostFinished
from runner.model.play import Playbook
from runner.model.text import Map, Seq, Text
from runner.parse.place import Place
from runner.parse.place import Settings as ParseSettings
from runner.parse.playbook import read_playbook
from runner.record import replace
from runner.verify.link_shells import LinkShells
from runner.verify.run_hosts import RunHosts
from runner.verify.suite import Suite, run_suite

Make = Callable[[Callable[[Event], None]], Run]


def checks_hold(steady: Steady, run: Run, hosts: RunHosts) -> list[str]:
    """Run testinfra checks; return a sentence for each that failed."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = run_suite(Suite([Path(steady.checks)], keyword=steady.only), hosts, LinkShells(run, hosts))
    if code == 0:
        return []
    lines = [line.split(" ", 1)[1] for line in plain(said.getvalue()).splitlines() if line.startswith(("FAILED ", "ERROR "))]
    if not lines and (none := re.search(r"(\d+) deselected", said.getvalue())) and " passed" not in said.getvalue():
        return [f"{steady.checks}: none of its {none[1]} checks has a name that `only` means: {steady.only}"]
    return lines or [f"{steady.checks}: the checks ended with {code}: {plain(said.getvalue()).strip()[-300:]}"]


def plain(text: str) -> str:
    """Return a text without colors."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def tasks_hold(playbook: Playbook, make: Make) -> list[str]:
    """Run tasks; return a sentence for each that failed or did not reach its host. Raises RunnerError for a mistake in them."""
    return asyncio.run(_run(playbook, make))


async def _run(playbook: Playbook, make: Make) -> list[str]:
    return [
        f"{event.host}: {event.task.name}: {reason(event.result, event.status)}"
        async for event in run_playbooks(make, [playbook])
        if isinstance(event, HostFinished) and event.status in ("failed", "unreachable") and not (event.ignored or event.rescued)
    ]


def reason(result: Mapping[str, Any], status: str) -> str:
    """Return why a task failed, with the end of what its command wrote to say so (at most 300 characters)."""
    said = str(result.get("msg") or status)
    written = str(result.get("stderr") or result.get("stdout") or "").strip()[-300:]
    return f"{said}: {written}" if written and written not in said else said


def playbook_of(steady: Steady, file: str, parse: ParseSettings, name: str = "Steady state") -> Playbook:
    """Return the playbook that runs tasks. file: the drill's, beside which the tasks find their files. name: of its play."""
    at = steady.position
    words = {"name": Text(name, at), "hosts": Text(steady.on, at), "gather_facts": False, "tasks": Seq(steady.tasks, position=at)}
    play = Map({Text(key, at): value for key, value in words.items()}, position=at)
    folder = str(Path(file).resolve().parent)
    return read_playbook(file, Place(folder, folder), replace(parse, read=lambda path: Seq([play], position=at)))
