"""Whatever the three standard streams are, muster says what it has to say and never shows a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - debug: {msg: "grüß €"}
    - debug: {msg: last}
"""


@pytest.fixture
def play(tmp_path: Path) -> Path:
    path = tmp_path / "play.yml"
    path.write_text(PLAY, encoding="utf-8")
    return path


def shell(play: Path, tail: str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    """Run `muster play` by a shell, which is given what comes behind it."""
    line = f'{{ "$0" -m runner play -c local "$1"; echo "rc=$?" >&4; }} {tail}'
    settings = {**os.environ, "MUSTER_JOURNAL": "0", **environment}
    redirected = ["sh", "-c", f"exec 4>&1; {line}", sys.executable, str(play)]
    return subprocess.run(redirected, capture_output=True, timeout=60, env=settings, cwd=play.parent)


@pytest.mark.parametrize("closed", ["<&-", "2>&-", "<&- 2>&-"])
def test_a_closed_stream_is_dev_null(play: Path, closed: str) -> None:
    done = shell(play, closed)
    assert b"last" in done.stdout
    assert b"rc=0" in done.stdout
    assert b"Traceback" not in done.stderr


def test_a_closed_output_does_not_stop_the_run(play: Path) -> None:
    done = shell(play, ">&-")
    assert done.stdout == b"rc=0\n"
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has /dev/full")
def test_a_full_disk_behind_the_output_is_told(play: Path) -> None:
    done = shell(play, ">/dev/full")
    assert done.stdout == b"rc=1\n"
    assert b"the output cannot be written: No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_a_reader_that_goes_away_ends_the_run_with_a_word(play: Path) -> None:
    done = shell(play, "| (exec <&-)")
    assert done.stdout == b"rc=1\n"
    assert b"the program that reads the output has ended" in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_character_that_the_encoding_lacks_is_written_as_its_escape(play: Path, encoding: str) -> None:
    done = shell(play, "", PYTHONIOENCODING=encoding)
    assert b"\\u20ac" in done.stdout
    assert b"rc=0" in done.stdout
    assert b"Traceback" not in done.stderr
