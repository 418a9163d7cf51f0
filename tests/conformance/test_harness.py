"""The harness itself: its list, its scratch folders, what it reads out of an output, its table."""

import os
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml

from tests.conformance import outcome, table
from tests.conformance.listed import LEVELS, LIST, Listed, helpers, listed
from tests.conformance.outcome import Outcome, first_failure
from tests.conformance.scratch import NotHere, Runner, Scratch, make, needed
from tests.conformance.source import Suite


def test_every_target_is_listed_once_and_has_a_reason_where_it_is_not_run() -> None:
    words = [word for line in LIST.read_text().splitlines() if line.startswith("  ") and ":" not in line for word in line.split()]
    known = listed(LIST)
    assert sum(each.level == "core" for each in known.values()) == 94
    assert all(each.reason for each in known.values() if not each.level)
    again = [word for word in set(words) if words.count(word) > 1]
    assert all(known[word].destructive for word in again), again
    assert not set(helpers(LIST)) & known.keys()
    told = yaml.safe_load(LIST.read_text())["deviations"]
    assert all(known[name].level for name in told)


def suite_of(folder: Path) -> Suite:
    """Return a suite of two small targets."""
    for name, text in {
        "one/tasks/main.yml": "- include_role:\n    name: two\n- debug: {msg: '{{ output_dir }}'}\n",
        "one/aliases": "shippable/posix\ngather_facts/no\n",
        "two/tasks/main.yml": "- debug:\n",
        "three/runme.sh": "#!/bin/sh\nset -eu\ntest -f ../two/tasks/main.yml\ntest -n \"$OUTPUT_DIR\"\n"
        "ansible-playbook --version\nexit 3\n",
        "four/tasks/main.yml": "- debug:\n",
        "five/tasks/main.yml": "- debug:\n",
        "five/aliases": "destructive\n",
        "six/meta/main.yml": "dependencies:\n  - setup_test_user\n",
        "setup_test_user/tasks/main.yml": "- user: {name: someone}\n",
    }.items():
        path = folder / "targets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    return Suite(folder / "targets", folder / "reference", folder / "locales")


def scratch_of(name: str, folder: Path) -> Scratch:
    """Return the scratch folder of a target with a runner that only echoes its words."""
    runner = Runner("echo", {"ansible-playbook": "/bin/echo played"}, sys.executable, {"MUSTER_EXPLAIN": "0"})
    return make(name, suite_of(folder), (), runner)


def test_only_what_a_target_leans_on_is_copied(tmp_path: Path) -> None:
    folder = suite_of(tmp_path).targets
    assert needed("one", folder) == {"one", "two"}
    assert needed("three", folder) == {"three", "two"}
    assert needed("four", folder) == {"four"}


def test_a_role_is_run_through_a_play(tmp_path: Path) -> None:
    place = scratch_of("one", tmp_path)
    play = (place.cwd / "play.yml").read_text()
    assert "gather_facts: False" in play
    assert "ansible_connection=local" in (place.cwd / "inventory").read_text()
    assert place.environ["MUSTER_EXPLAIN"] == "0"
    found = outcome.run("one", place, 20, tmp_path / "log")
    assert found.status == "passed"
    assert (tmp_path / "log").read_text() == "played play.yml -i inventory\n"
    assert not place.folder.exists()


@pytest.mark.parametrize(("name", "listed"), [("five", False), ("six", False), ("one", True)])
def test_what_changes_its_host_is_never_made_on_this_machine(name: str, listed: bool, tmp_path: Path) -> None:
    runner = Runner("echo", {"ansible-playbook": "/bin/echo played"}, sys.executable, {})
    with pytest.raises(NotHere, match=f"{name} changes the host it runs on; it is run with --lab only"):
        make(name, suite_of(tmp_path), (), runner, listed)


def test_a_script_runs_with_the_runner_on_its_path(tmp_path: Path) -> None:
    found = outcome.run("three", scratch_of("three", tmp_path), 20, tmp_path / "log")
    assert (found.status, found.where) == ("failed", "played --version")


def test_a_deadline_ends_the_target_and_its_children(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    place = Scratch(tmp_path / "scratch", ["sh", "-c", "sleep 50 & echo $! > pid; wait"], tmp_path, dict(os.environ))
    assert outcome.run("slow", place, 0.5, tmp_path / "log").status == "timeout"
    stat = Path("/proc", (tmp_path / "pid").read_text().strip(), "stat")
    assert not stat.exists() or stat.read_text().split()[2] == "Z"


def test_first_failure_is_the_one_that_nothing_ignored() -> None:
    text = (
        "TASK [a : one] ***\nfatal: [h]: FAILED! => {}\n...ignoring\n"
        'TASK [a : two] ***\nfatal: [h]: FAILED! => {\n    "assertion": "x",\n    "changed": false\n}\nPLAY RECAP ***\n'
    )
    assert first_failure(text) == 'a : two: fatal: [h]: FAILED! => { "assertion": "x", "changed": false'
    assert first_failure("+ grep foo\nlast words\n") == "last words"


def test_table() -> None:
    known = {name: each for name, each in listed(LIST).items() if name in ("ping", "loops", "stat", "pyyaml", "copy")}
    failed = Outcome("loops", "failed", 2.0, "a | b")
    ours = {"ping": Outcome("ping", "passed", 1.0, at="2026-01-02T03:04"), "loops": failed, "stat": Outcome("stat", "failed", 1.0, "x")}
    real = {"ping": Outcome("ping", "passed", 8.0), "loops": Outcome("loops", "passed", 9.0), "stat": Outcome("stat", "failed", 1.0, "y")}
    text = table.page(known, ours, real, table.Versions("2.18.19", "0.1", date(2026, 1, 2)), {"ping": (1.0, 8.0), "stat": (3, 4)})
    assert "| core | 2 | 1 | 0 | 2 | 4 | 12 |" in text
    assert "those of muster are of 2026-01-02 03:04 to 2026-01-02 03:04" in text
    assert "| jinja2_native_types | wants a value's" not in text
    assert "| ping | passed (1 s) |  |" in text
    assert "| loops | failed (2 s) | a \\| b |" in text
    assert "| stat | does not count | the real one fails too: y |" in text
    on_purpose = Listed("loops", "core", deviation="for a reason")
    assert table.line(on_purpose, failed, None)[2] == "on purpose: for a reason"
    assert "| copy | not run | changes its host: only with --lab |" in text
    assert "pyyaml" in text
    assert all(f"## {level}" in text for level in LEVELS)
