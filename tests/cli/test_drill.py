"""What `muster drill` refuses before it asks any host."""

import subprocess
import sys
from pathlib import Path

import pytest

GOOD = """\
name: trial
hosts: one
cases:
  - name: busy
    faults:
      - {hosts: one, for: 1, cpu: {workers: 1}}
"""
TASKS = GOOD.replace("cpu: {workers: 1}", "tasks: [{ping: {}}], undo_tasks: [{comand: 'true'}]")
PLAYED = GOOD.replace("cpu: {workers: 1}", "playbook: play.yml")
# not marked as a drill target, so that the good one is refused as well
THERE = ("-i", "one,other,")


def drill(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "runner", "drill", *words], capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    ("text", "words", "message", "more"),
    [
        (GOOD, [], "breaks things on hosts that are not marked as a drill target: one", "say --allow trial"),
        (GOOD, ["-e", "drill_target=perhaps"], "not marked as a drill target: one", "found: one: perhaps"),
        (GOOD, ["--limit", "other"], "--limit leaves none of the hosts of this drill: one", ":2:8"),
        (GOOD, ["--case", "bussy"], "has no case `bussy`", "did you mean: busy?"),
        (GOOD, ["--repeat", "0"], "a case is run at least once", "--repeat 1 or more"),
        (GOOD, ["--report-dir", "d.yml/there"], "no report can be written to d.yml/there", "name another folder"),
        (GOOD.replace("{hosts: one", "{hosts: onne"), [], "no host matches `onne`", "did you mean: one?"),
        (GOOD.replace("hosts: one", "hosts: onne", 1), [], "no host matches `onne`", "did you mean: one?"),
        (TASKS, ["--allow", "trial"], "comand", ":6:73"),
        (PLAYED, ["--allow", "trial"], "vars_prompts", "play.yml:2:3"),
    ],
)
def test_mistakes_are_told_with_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: list[str], message: str, more: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    (tmp_path / "d.yml").write_text(text)
    (tmp_path / "play.yml").write_text("- hosts: all\n  vars_prompts: []\n  tasks: []\n")
    done = drill("d.yml", *THERE, *words)
    assert message in done.stderr
    assert more in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode in (1, 2, 4)


def test_a_mistake_in_the_second_file_is_told_before_the_first_is_run(tmp_path: Path) -> None:
    (tmp_path / "one.yml").write_text(GOOD)
    (tmp_path / "two.yml").write_text(GOOD.replace("cases:", "casses:"))
    done = drill(str(tmp_path / "one.yml"), str(tmp_path / "two.yml"), *THERE, "--allow", "trial")
    assert "there is no key `casses`" in done.stderr
    assert "recording" not in done.stderr
    assert done.returncode == 4
