"""Plays playbooks against a lab of a test's own, and says what they changed."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.own_lab import OwnLab

ROOT = Path(__file__).parents[2]


def on(lab: OwnLab, host: str, script: str) -> str:
    """Run a script on a host and return what it prints."""
    done = lab.driver.execute(host, ["sh", "-c", script])
    assert done.ok, f"{host}: {script}: {done.err}"
    return str(done.out)


def muster(lab: OwnLab, verb: str, *words: str, code: int = 0, seconds: int = 400) -> str:
    """Run `muster VERB` against the lab and return what it says. code: the exit status that it must have. seconds: how long it may take."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "MUSTER_"))}
    argv = [sys.executable, "-m", "runner", verb, "-i", str(lab.folder.inventory), *words]
    done = subprocess.run(argv, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == code, done.stdout[-6000:] + done.stderr
    return done.stdout


def changed(said: str) -> int:
    """Return how many tasks a run changed, of all hosts."""
    return sum(int(number) for number in re.findall(r"^\S+ +: ok=\d+ +changed=(\d+)", said, re.MULTILINE))


def what_changed(said: str) -> list[str]:
    """Return the tasks that changed something, for the message of a test that wanted none."""
    return re.findall(r"(?m)^(?:TASK|RUNNING HANDLER) .*\n(?:(?!TASK|RUNNING).*\n)*?changed: .*", said)


def plays_again(lab: OwnLab, *words: str) -> None:
    """A run after the first changes nothing, and neither does a dry run foretell any change."""
    for mode in ((), ("--check",)):
        said = muster(lab, "play", *words, *mode)
        assert changed(said) == 0, what_changed(said)


def words(**variables: object) -> tuple[str, str]:
    """Return the words of a command line that give variables."""
    return "-e", json.dumps(variables)


def book(place: Path, part: str, **roles: str) -> str:
    """Return a playbook of this part of roles. roles: name of the role -> hosts."""
    plays = []
    for name, hosts in roles.items():
        tasks = [{"setup": {"gather_subset": ["min", "network"]}}, {"include_role": {"name": name, "tasks_from": part}}]
        plays.append({"hosts": hosts, "gather_facts": False, "tasks": tasks})
    path = place / f"{part}.yml"
    path.write_text(json.dumps(plays))
    return str(path)
