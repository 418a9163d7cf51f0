"""`muster drill step`: the tasks of one fault, done or undone. A drill's guard calls it; by hand it undoes what a guard could not."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runner.cli.assemble import Kit
from runner.cli.verify import playbook_folder
from runner.drill.description import read
from runner.drill.guarding import Step
from runner.drill.model import Case, Drill, Fault, Steady
from runner.drill.steady import playbook_of, tasks_hold
from runner.errors import InventoryError, UsageError, nearest_names
from runner.execute.session import Run
from runner.parse.place import Place
from runner.parse.place import Settings as ParseSettings
from runner.parse.playbook import read_playbook
from runner.verify.run_hosts import RunHosts

USAGE = "muster drill step FILE CASE NUMBER set|undo HOSTS"
# dest -> option; what may be given several times, what takes a value, and what takes none
MANY = {"inventory": "-i", "extra_vars": "-e", "vault_ids": "--vault-id", "vault_password_files": "--vault-password-file"}
VALUED = {
    "private_key_file": "--private-key",
    "remote_user": "-u",
    "connection": "-c",
    "timeout": "-T",
    "ssh_common_args": "--ssh-common-args",
    "ssh_extra_args": "--ssh-extra-args",
    "connection_password_file": "--connection-password-file",
    "become_method": "--become-method",
    "become_user": "--become-user",
    "become_password_file": "--become-password-file",
}
ASKED = {"ask_pass": "-k", "become_ask_pass": "-K", "ask_vault_pass": "--ask-vault-password"}


def drill_of(engine: Run, hosts: RunHosts, path: Path) -> Drill:
    """Return the drill in a file, its templates filled in for the first of its hosts. Raises InventoryError where there is none."""

    def render(pattern: str, value: Any) -> Any:
        names = hosts.matching(pattern)
        if not names:
            if hosts.partial:
                message = f"--limit leaves none of the hosts of this drill: {pattern}"
                raise InventoryError(message, remedy="widen the limit, or leave it out")
            raise InventoryError(
                f"no host matches `{pattern}`, the hosts of this drill",
                nearest=nearest_names(pattern, hosts.known()),
                remedy="name an inventory that has them: -i FILE",
            )
        return engine.templar.render(value, hosts.view(names[0]))

    return read(path, render)


def option_words(args: argparse.Namespace) -> list[str]:
    """Return the options of this call that decide about hosts and how they are reached, as another one takes them.

    Raises UsageError for passwords that were asked for: nobody can be asked when something is to be undone.
    """
    for name, option in ASKED.items():
        if getattr(args, name, False):
            raise UsageError(f"{option} cannot be had with faults that are tasks or playbooks", remedy="put the password into a file")
    words: list[str] = []
    for name, option in MANY.items():
        words += [word for value in getattr(args, name, None) or [] for word in (option, str(value))]
    for name, option in VALUED.items():
        if (value := getattr(args, name, None)) is not None:
            words.append(f"{option}={value}" if option.startswith("--") else f"{option}{value}")
    return [*words, *(["-b"] if getattr(args, "become", False) else [])]


def steps_of(drill: Drill, args: argparse.Namespace) -> Step:
    """Return how a guard is to do the steps of a drill's faults: calls of muster itself."""

    def step(fault: Fault, number: int, hosts: Sequence[str], which: str) -> list[str]:
        muster, options = [sys.executable, "-m", "runner"], option_words(args)
        name = {"set": fault.kind, "undo": f"undo_{fault.kind}"}[which]
        if name not in fault.settings:
            return []
        if fault.kind == "playbook":
            return [*muster, "play", str(fault.settings[name]), *options, "--limit", ",".join(hosts)]
        case = next(case.name for case in drill.cases if fault in case.faults)
        return [*muster, "drill", *options, "step", drill.file, case, str(number), which, ",".join(hosts)]

    return step


def read_steps(drill: Drill, cases: Sequence[Case], parse: ParseSettings) -> None:
    """Read the tasks and playbooks of a drill's steady states and faults. Raises RunnerError for a mistake in them.

    They are run when something is broken already, or is to be mended; it is no time to learn of a misspelt word.
    """
    for steady in drill.steady:
        if steady.tasks:
            playbook_of(steady, drill.file, parse)
    for fault in (fault for case in cases for fault in case.faults):
        for name in ("tasks", "undo_tasks"):
            if tasks := fault.settings.get(name) if fault.kind == "tasks" else None:
                playbook_of(Steady(tasks=tasks, on=fault.on, position=fault.position), drill.file, parse, fault.title)
        for name in ("playbook", "undo_playbook"):
            if file := fault.settings.get(name) if fault.kind == "playbook" else None:
                folder = str(Path(file).parent)
                read_playbook(str(file), Place(folder, folder), parse)


def run_step(kit: Kit, engine: Run, words: Sequence[str]) -> int:
    """Do or undo the tasks of a fault; return 0 when all went well."""
    if len(words) != 5 or words[3] not in ("set", "undo"):
        raise UsageError("a step needs five words", expected=USAGE, found=" ".join(words))
    file, name, number, which, pattern = words
    drill = drill_of(engine, RunHosts(engine, playbook_folder(Path(file))), Path(file))
    known = {f"{case.name} {index}": fault for case in drill.cases for index, fault in enumerate(case.faults) if fault.kind == "tasks"}
    fault = known.get(f"{name} {number}")
    if fault is None:
        wanted = f"one of {', '.join(known) or 'none'}"
        near = nearest_names(f"{name} {number}", known)
        raise UsageError(f"the drill {drill.name} has no tasks as fault {number} of {name}", expected=wanted, nearest=near)
    tasks = fault.settings.get("tasks" if which == "set" else "undo_tasks", ())
    if not tasks:
        return 0
    wrong = tasks_hold(playbook_of(Steady(tasks=tasks, on=pattern, position=fault.position), drill.file, kit.parse, fault.title), kit.run)
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0
