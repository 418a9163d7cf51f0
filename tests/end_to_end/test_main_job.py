"""The main job on five hosts: what a dry run predicts, the run, a second run that changes nothing, and the verification.

The lab of inventory/lab.yml is brought up under a name and subnet of its own. MUSTER_TEST_LAB may give the inventory of one that is up; its
hosts should be fresh, for the prediction to mean something.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.conftest import ROOT, Ended
from tests.own_lab import own_lab

pytestmark = [pytest.mark.lab, pytest.mark.slow]
SUBNET = "172.30.72"


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the inventory of the five hosts."""
    given = os.environ.get("MUSTER_TEST_LAB")
    if given:
        yield Path(given)
        return
    folder = tmp_path_factory.mktemp("job")
    text = (ROOT / "inventory/lab.yml").read_text().replace("172.30.50", SUBNET)
    with own_lab(re.sub(r"(?m)^name: \w+$", "name: musterjob", text, count=1), folder) as made:
        yield made.folder.inventory


def command(inventory: Path, verb: str, *words: str, seconds: float = 400) -> Ended:
    """Run `muster VERB -i INVENTORY WORDS` in the project's folder, as its user does."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "MUSTER_"))}
    argv = [sys.executable, "-m", "runner", verb, "-i", str(inventory), *words]
    done = subprocess.run(argv, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds)
    return Ended(done.returncode, done.stdout, done.stderr, 0)


def site(inventory: Path, *words: str) -> Ended:
    ended = command(inventory, "play", "playbooks/site.yml", *words)
    assert ended.code == 0, ended.out[-4000:] + ended.err
    assert len(ended.recap()) == 5
    assert all(not row["failed"] and not row["unreachable"] for row in ended.recap().values())
    return ended


def changes(ended: Ended) -> dict[str, int]:
    """Return host -> number of changed tasks."""
    return {host: row["changed"] for host, row in ended.recap().items()}


def changed_tasks(ended: Ended) -> list[str]:
    """Return `host: task` for everything that changed, in order; for messages of failed tests."""
    found, task = [], ""
    for line in ended.out.splitlines():
        head = re.match(r"(?:TASK|RUNNING HANDLER) \[(.*)\]", line)
        task = head.group(1) if head else task
        changed = re.match(r"changed: \[(\S+)\]", line)
        if changed:
            found.append(f"{changed.group(1)}: {task}")
    return found


def test_the_main_job(inventory: Path) -> None:
    """One test, since each step stands on the one before."""
    predicted = site(inventory, "--check", "--diff")
    assert "+++" in predicted.out, "a dry run shows what would be written"
    ran = site(inventory)
    missing = set(changed_tasks(ran)) ^ set(changed_tasks(predicted))
    assert changes(predicted) == changes(ran), f"predicted or done, but not both: {sorted(missing)}"
    assert sum(changes(ran).values()) > 50
    for words in ((), ("--check",)):
        again = site(inventory, *words)
        assert not any(changes(again).values()), changed_tasks(again)
    verified = command(inventory, "verify")
    assert verified.code == 0, verified.out[-4000:] + verified.err
    assert re.search(r"\d+ passed", verified.out)
