"""Ctrl-C while the program is still being read: one line and exit code 99, as later, and no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

# Presses Ctrl-C when the module named by the first word is about to be imported.
PROGRAM = """
import os, signal, sys
pressed_at, start = sys.argv.pop(1), sys.argv.pop(1)
class Pressing:
    def find_spec(self, name, path, target=None):
        if name == pressed_at:
            os.kill(os.getpid(), signal.SIGINT)
import runner.cli.main
sys.meta_path.insert(0, Pressing())
sys.exit(getattr(runner.cli.main, start)())
"""


def pressed(module: str, start: str, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", PROGRAM, module, start, *words], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("module", ["runner.cli.streams", "runner.errors", "runner.cli.play", "runner.execute.run"])
@pytest.mark.parametrize(("start", "words"), [("playbook", ["p.yml"]), ("main", ["play", "p.yml"])])
def test_one_line_and_its_code(module: str, start: str, words: list[str]) -> None:
    ended = pressed(module, start, *words)
    assert (ended.returncode, ended.stdout, ended.stderr) == (99, "", "[ERROR]: User interrupted execution\n")


def test_from_the_work_on_the_run_itself_answers(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text("[{hosts: localhost, gather_facts: false, tasks: [{debug: {msg: here}}, {command: sleep 50}]}]\n")
    ended = pressed("runner.execute.action.debug", "playbook", str(tmp_path / "p.yml"))
    assert ended.returncode == 99
    assert "Interrupted: what runs on the hosts is being ended" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_signal_that_is_ignored_stays_so(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text("[{hosts: localhost, gather_facts: false, tasks: [{debug: {msg: here}}]}]\n")
    deaf = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh", sys.executable, "-c", PROGRAM]
    ended = subprocess.run([*deaf, "runner.cli.play", "playbook", str(tmp_path / "p.yml")], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert '"msg": "here"' in ended.stdout
