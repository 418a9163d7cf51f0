"""Finding a Python and hearing its first word, whatever stands before it."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from runner.connect.loader import start_line
from runner.connect.start import NoPython, _TooOld, _until_ready, start_agent
from runner.errors import TaskError, Unreachable
from runner.model.address import Address
from runner.model.request import Become
from tests.connect.test_become import TOKEN, Transcript

ADDRESS = Address(name="h")


@pytest.mark.parametrize(
    "pieces",
    [
        [f"{TOKEN}\0rest"],
        ["Welcome to h\n", TOKEN[:5], TOKEN[5:] + "\0rest"],
        [f"{TOKEN}IN;", f"noise {TOKEN}nothing {TOKEN}\0rest"],
    ],
)
async def test_frames_begin_after_the_token(pieces: list[str]) -> None:
    stream = Transcript(*[("out", piece) for piece in pieces])
    assert await _until_ready(stream, b"", TOKEN.encode(), ADDRESS) == b"\0rest"


async def test_what_can_be_wrong() -> None:
    with pytest.raises(TaskError, match="h has no Python that we can use"):
        await _until_ready(Transcript(("out", f"hello {TOKEN}NONE;")), b"", TOKEN.encode(), ADDRESS)
    with pytest.raises(_TooOld) as old:
        await _until_ready(Transcript(("out", f"{TOKEN}OLD 3.5 /usr/bin/python3;")), b"", TOKEN.encode(), ADDRESS)
    assert (old.value.version, old.value.path) == ("3.5", "/usr/bin/python3")
    closed = Transcript(("err", "This account is currently not available.\n"), ("exit", "1"))
    with pytest.raises(Unreachable, match=r"h: the agent did not start \(exit status 1\)") as caught:
        await _until_ready(closed, b"", TOKEN.encode(), ADDRESS)
    assert caught.value.found == "This account is currently not available."


def found_in(path: Path, names: dict[str, str], **options: tuple[str, ...]) -> str:
    """Return what the start line says on a host that has only these programs (name -> shell script)."""
    for name, script in names.items():
        (path / name).write_text(f"#!/bin/sh\n{script}\n")
        (path / name).chmod(0o755)
    line = start_line(TOKEN, "auto", ("/usr/bin/python3", "/usr/local/bin/python3", "/usr/libexec/platform-python"))
    done = subprocess.run(["/bin/sh", "-c", line], env={"PATH": str(path)}, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.stdout


TALKS = 'case "$*" in *sys.exit*) exit 0;; esac; echo "this is $0"'


def test_the_newest_python_that_works_is_taken(tmp_path: Path) -> None:
    # a wrapper that is on PATH but does not run (as pyenv's), an old one, and one that works
    names = {
        "python3.13": "echo no such version >&2; exit 127",
        "python3.9": "exit 1",
        "env": 'shift; exec "$@"',
        "python3.8": TALKS,
        "python3": TALKS,
    }
    assert found_in(tmp_path, names) == f"this is {tmp_path}/python3.8\n"


def test_no_python_is_said(tmp_path: Path) -> None:
    assert found_in(tmp_path, {"python": "exit 1"}) == f"{TOKEN}NONE;"


@pytest.mark.parametrize("shell", ["bash", "dash", "csh", "tcsh", "fish", "zsh"])
def test_the_line_passes_any_login_shell(shell: str) -> None:
    path = Path("/bin") / shell
    if not path.exists():
        pytest.skip(f"{shell} is not here")
    line = start_line(TOKEN, "/no/python")
    done = subprocess.run([str(path), "-c", f"exec /bin/sh -c {shlex.quote(line)}"], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (f"{TOKEN}NONE;", "")


@pytest.mark.parametrize(
    ("kind", "python", "again"),
    [("local", sys.executable, True), ("local", "/other/python", False), ("ssh", sys.executable, False)],
)
async def test_another_python_is_looked_for_when_the_other_user_cannot_reach_ours(kind: str, python: str, again: bool) -> None:
    asked: list[str] = []

    class Closed:
        """A host on which the other user sees no Python."""

        async def spawn(self, command: str, *, pty: bool = False) -> Transcript:
            asked.append(command)
            token = re.search(r"muster-[0-9a-f]+-", command)
            assert token
            return Transcript(("out", f"{token[0]}IN;"), ("out", f"{token[0]}NONE;"))

    with pytest.raises(NoPython):
        await start_agent(Closed(), Address(name="h", kind=kind), Become("other", "sudo", None, None, None), python)  # type: ignore[arg-type]
    assert len(asked) == (2 if again else 1)
    assert python in asked[0]
    assert ("/usr/libexec/platform-python" in asked[-1]) is again
