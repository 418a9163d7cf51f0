"""Bad playbooks: each `cases/errors/<feature>/<what>.yml` is run as `muster play`; exit code and output stand beside it in a text.

A first line `# args: ...` gives further words of the command line. Files that a case needs lie in folders below its feature.
Hosts are this machine, or one that cannot be reached. `--update-cases` stores what is said now.
"""

import os
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.cli.main import main

CASES = Path(__file__).parent / "cases" / "errors"
BOOKS = sorted(CASES.glob("*/*.yml"))
# settings of who runs the tests must not reach the cases
FOREIGN = ("ANSIBLE_", "MUSTER_")

WIDE = 5000

def words(book: Path) -> list[str]:
    """Return the command line of a case."""
    first = book.read_text(encoding="utf-8").partition("\n")[0]
    further = shlex.split(first.removeprefix("# args:")) if first.startswith("# args:") else []
    inventory = [] if "-i" in further else ["-i", "localhost,"]
    connection = [] if "-c" in further else ["-c", "local"]
    return ["play", *inventory, *connection, book.name, *further]


def run(book: Path, capfd: pytest.CaptureFixture[str]) -> str:
    """Run a case and return its exit code and output as stored."""
    try:
        code = main(words(book))
    except SystemExit as left:
        code = int(left.code or 0)
    out, err = capfd.readouterr()
    return steady(f"exit {code}\n--- stdout\n{out}--- stderr\n{err}")


def steady(text: str) -> str:
    """Take out what differs from machine to machine and from run to run."""
    for path, name in ((str(CASES), "CASES"), (sys.executable, "PYTHON"), (str(Path.home()), "HOME")):
        text = text.replace(path, name)
    # words of other versions of Python, and of machines that ask no name server
    text = text.replace("PatternError", "error").replace("depth exceeded in comparison", "depth exceeded")
    text = text.replace("Temporary failure in name resolution", "Name or service not known")
    text = re.sub(r"\bj\d{6,}\.\d+", "JOB", text)
    text = re.sub(r'"(start|end|delta)": "[^"]*"', r'"\1": "TIME"', text)
    return re.sub(r"\*{3,}", "***", text)


@pytest.mark.parametrize("book", BOOKS, ids=[f"{book.parent.name}/{book.stem}" for book in BOOKS])
def test_error(book: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], stored: Callable[[Path, str], None]) -> None:
    for name in [each for each in os.environ if each.startswith(FOREIGN)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ANSIBLE_GATHERING", "explicit")
    monkeypatch.setenv("ANSIBLE_NOCOLOR", "1")
    # lines are not broken: where would depend on where this checkout lies, and on the version of argparse
    monkeypatch.setenv("COLUMNS", str(WIDE))
    monkeypatch.setattr("runner.cli.options.DEFAULT_COLUMNS", WIDE)
    monkeypatch.chdir(book.parent)
    stored(book.with_suffix(".txt"), run(book, capfd))
