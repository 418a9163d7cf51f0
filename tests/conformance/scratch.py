"""The folder in which one target runs: a copy of it and of what it leans on, an inventory, and programs of the runner's names."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.source import Suite, for_everyone

# Only the harness's own containers have this file (container.py); elsewhere no target that changes its host is made.
THROW_AWAY = "/etc/muster-conformance-throw-away"
# How a target that asks for ssh reaches the container that it is in.
BY_SSH = "ansible_host=127.0.0.1 ansible_user=root ansible_pipelining=yes ansible_python_interpreter=/usr/bin/python3"
# A target that says this of itself, or leans on one of these, changes its host whatever targets.yml says.
ROUGH = {"destructive", "needs/root", "needs/privileged", "needs/ssh"}
ROUGH_HELPERS = {"setup_test_user", "setup_nobody", "setup_cron", "setup_deb_repo", "setup_rpm_repo", "setup_paramiko", "setup_gnutar"}

# Not ASCII on purpose: it exercises quoting and encoding of paths in the runner.
SUFFIX = "-é"
BESIDE = re.compile(r"\.\./([A-Za-z0-9_.-]+)/")
# Nothing of the user's own, such as shims of other Pythons that interpreter discovery would come upon.
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ROLE = re.compile(r"(?:role|name|dependencies|-)[:\s]+['\"]?([a-z0-9_]+)['\"]?\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Runner:
    """A runner under test. programs: ansible's name of a command -> the program that stands for it. environ: what it needs."""

    name: str
    programs: Mapping[str, str]
    python: str
    environ: Mapping[str, str]


@dataclass(frozen=True)
class Scratch:
    """folder: to be removed afterwards. words: the command. cwd, environ: where and with what it runs."""

    folder: Path
    words: list[str]
    cwd: Path
    environ: dict[str, str]


class NotHere(Exception):
    """A target that changes its host was about to be run on a machine that somebody may need afterwards."""


def changes_host(name: str, suite: Suite) -> bool:
    """Tell whether a target says of itself, or shows by what it leans on, that it changes the host it runs on."""
    return bool(ROUGH.intersection(_aliases(suite.targets / name)) or ROUGH_HELPERS & needed(name, suite.targets))


def make(name: str, suite: Suite, helpers: Iterable[str], runner: Runner, destructive: bool = False) -> Scratch:
    """Return a fresh scratch folder for a target, whose `testhost` is this machine.

    Raises NotHere where the target is destructive, by what the list or it itself says, and this is no throw-away container.
    """
    if (destructive or changes_host(name, suite)) and not Path(THROW_AWAY).exists():
        raise NotHere(f"{name} changes the host it runs on; it is run with --lab only, inside a container")
    folder = Path(tempfile.mkdtemp(prefix="muster-conformance-", suffix=SUFFIX))
    tests = folder / "test"
    root = tests / "integration"
    for each in sorted(needed(name, suite.targets) | set(helpers)):
        shutil.copytree(suite.targets / each, root / "targets" / each, symlinks=True)
    wanted = Path("lib", "ansible_test", "_data", "requirements")
    if (suite.targets.parents[1] / wanted).is_dir():
        # what targets that install with pip keep to
        shutil.copytree(suite.targets.parents[1] / wanted, tests / wanted)
    for each in ("output", "bin", "home"):
        (folder / each).mkdir()
    local = f"ansible_connection=local ansible_pipelining=yes ansible_python_interpreter={for_everyone(runner.python)}"
    ways = BY_SSH if "needs/ssh" in _aliases(suite.targets / name) else local
    (root / "inventory").write_text(f"[testgroup]\ntesthost {ways}\n")
    (folder / "empty.cfg").touch()
    for program, path in {**runner.programs, "python": runner.python, "python.py": runner.python}.items():
        _shim(folder / "bin" / program, path)
    if suite.virtualenv.is_file():
        (folder / "bin" / "virtualenv.sh").symlink_to(suite.virtualenv)
    environ = _environ(folder, root, suite, runner)
    own = root / "targets" / name
    if (own / "runme.sh").is_file():
        return Scratch(folder, ["./runme.sh"], own, {**environ, "ANSIBLE_PLAYBOOK_DIR": str(own)})
    gather = "gather_facts/no" not in _aliases(suite.targets / name)
    play = f"- hosts: testhost\n  gather_facts: {gather}\n  vars:\n    output_dir: {folder}/output\n  roles:\n    - {name}\n"
    (root / "play.yml").write_text(play)
    places = {"ANSIBLE_PLAYBOOK_DIR": str(root), "ANSIBLE_ROLES_PATH": str(root / "targets")}
    return Scratch(folder, ["ansible-playbook", "play.yml", "-i", "inventory"], root, {**environ, **places})


def _aliases(target: Path) -> list[str]:
    file = target / "aliases"
    return file.read_text().split() if file.is_file() else []


def _shim(path: Path, program: str) -> None:
    path.write_text(f'#!/bin/sh\nexec {program} "$@"\n')
    path.chmod(0o755)


def _environ(folder: Path, root: Path, suite: Suite, runner: Runner) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "MUSTER_", "PYTHON"))}
    return {
        **kept,
        "PATH": f"{folder}/bin:{SYSTEM_PATH}",
        "LOCPATH": str(suite.locales),
        "LC_ALL": "C.UTF-8",
        "LANG": "C.UTF-8",
        "ANSIBLE_CONFIG": f"{folder}/empty.cfg",
        "ANSIBLE_HOST_KEY_CHECKING": "False",
        # as ansible-test: a target brings its inventory, a pattern without hosts is no success, what was begun is tidied up
        "ANSIBLE_INVENTORY": "/dev/null",
        "ANSIBLE_HOST_PATTERN_MISMATCH": "error",
        "ANSIBLE_FORCE_HANDLERS": "True",
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        "ANSIBLE_FORCE_COLOR": "0",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_DEPRECATION_WARNINGS": "False",
        "ANSIBLE_LOCAL_TEMP": f"{folder}/home/tmp",
        "ANSIBLE_TEST_PYTHON_INTERPRETER": runner.python,
        "ANSIBLE_TEST_PYTHON_VERSION": "3",
        "OUTPUT_DIR": f"{folder}/output",
        "INVENTORY_PATH": f"{root}/inventory",
        **runner.environ,
    }


def needed(name: str, targets: Path) -> set[str]:
    """Return a target's name and those of the targets that its files lead to: beside it, as roles, as dependencies."""
    there = {path.name for path in targets.iterdir() if path.is_dir()}
    found: set[str] = set()
    todo = [name]
    while todo:
        each = todo.pop()
        if each in found:
            continue
        found.add(each)
        for path in (targets / each).rglob("*"):
            if path.is_file() and path.stat().st_size < 200_000 and not path.is_symlink():
                text = path.read_text(encoding="utf-8", errors="replace")
                todo += [word for word in (*BESIDE.findall(text), *ROLE.findall(text)) if word in there and word not in found]
    return found
