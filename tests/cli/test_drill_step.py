"""The words by which a guard calls muster again."""

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from runner.cli import drill, drill_step
from runner.drill.model import Case, Drill, Fault
from runner.errors import UsageError

DRILL = """\
name: trial
hosts: one
cases:
  - name: steps
    faults:
      - hosts: one
        for: 1
        tasks:
          - name: Something is broken, by {{ inventory_hostname }}
            file: {path: "{{ place }}/{{ item }}", state: touch, mode: "0600"}
            loop: [a, b]
        undo_tasks:
          - name: It is mended
            file: {path: "{{ place }}/{{ item }}", state: absent}
            loop: [a, b]
"""


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    return drill.add_parser(parser.add_subparsers()).parse_args(words)


def test_options_are_handed_on() -> None:
    args = parsed("d.yml", "-i", "a", "-i", "b,", "-e", "x=1", "-u", "me", "--ssh-common-args=-o X=y", "-b", "--vault-id", "a@f", "-T", "5")
    words = drill_step.option_words(args)
    assert words == ["-i", "a", "-i", "b,", "-e", "x=1", "--vault-id", "a@f", "-ume", "-T5", "--ssh-common-args=-o X=y", "-b"]
    # and are understood as they were meant
    again = parsed(*words, "d.yml")
    assert vars(again) == vars(args)


@pytest.mark.parametrize("option", ["-k", "-K", "--ask-vault-password"])
def test_nobody_is_asked_when_something_is_to_be_undone(option: str) -> None:
    with pytest.raises(UsageError, match="cannot be had with faults that are tasks"):
        drill_step.option_words(parsed("d.yml", option))


def test_a_playbook_is_played_on_the_hosts_of_its_fault() -> None:
    fault = Fault("all", "playbook", {"playbook": "/p.yml"}, 1.0)
    step = drill_step.steps_of(Drill("d.yml", "d", "all", (Case("c", (fault,), {}),)), parsed("d.yml", "-i", "x"))
    assert step(fault, 0, ["a", "b"], "set")[1:] == ["-m", "runner", "play", "/p.yml", "-i", "x", "--limit", "a,b"]
    assert step(fault, 0, ["a", "b"], "undo") == []


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "runner", "drill", *words], capture_output=True, text=True, timeout=120)


def test_tasks_are_done_and_undone(tmp_path: Path) -> None:
    file = tmp_path / "d.yml"
    file.write_text(DRILL)
    there = ("-i", "one,", "-e", f"place={tmp_path} ansible_connection=local ansible_python_interpreter={sys.executable}")
    done = run(*there, "step", str(file), "steps", "0", "set", "one")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a").exists()
    assert (tmp_path / "b").exists()
    assert run(*there, "step", str(file), "steps", "0", "undo", "one").returncode == 0
    assert not (tmp_path / "a").exists()
    wrong = run(*there, "-e", "place=/nowhere/at/all", "step", str(file), "steps", "0", "set", "one")
    assert wrong.returncode == 1
    assert "one: Something is broken" in wrong.stderr
    wrong = run(*there, "step", str(file), "steps", "1", "set", "one")
    assert "has no tasks as fault 1 of steps" in wrong.stderr
    assert "one of steps 0" in wrong.stderr
