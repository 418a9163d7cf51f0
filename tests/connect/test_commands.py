"""A host reached by single commands: what goes on there is started apart, and leaves nothing behind."""

import subprocess
from pathlib import Path

import pytest

from runner.connect.commands import CommandsConnection
from runner.connect.link import HostLink
from runner.errors import Unreachable
from runner.model.address import Address
from runner.model.request import Request

HERE = Address("here", kind="plugin")


class Shell:
    """Runs commands on this machine, with its temporary folder in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.refuses = ""

    def __call__(self, command: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        if self.refuses:
            raise Unreachable(self.refuses)
        environment = {"PATH": "/usr/bin:/bin", "TMPDIR": str(self.folder)}
        done = subprocess.run(["/bin/sh", "-c", command], input=stdin, capture_output=True, env=environment)
        return done.returncode, done.stdout, done.stderr


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "remote").mkdir()
    return Shell(tmp_path / "remote")


async def test_modules_commands_and_files(shell: Shell, tmp_path: Path) -> None:
    link = HostLink(HERE, CommandsConnection(HERE, shell))
    try:
        assert (await link.call(Request("ping", {"data": "ä"}))).result == {"ping": "ä", "changed": False}
        answer = await link.shell("cat; echo bad >&2; exit 3", stdin=b"given " * 40_000)
        assert (answer.rc, answer.stdout, answer.stderr) == (3, b"given " * 40_000, b"bad\n")
        await link.put(b"text", str(tmp_path / "file"))
        assert await link.get(str(tmp_path / "file")) == b"text"
    finally:
        await link.close()
    assert list(shell.folder.iterdir()) == []


async def test_what_is_said_is_for_nobody_else(shell: Shell) -> None:
    connection = CommandsConnection(HERE, shell)
    stream = await connection.spawn("umask; echo said; cat")
    heard = b""
    while b"said" not in heard:
        heard += (await stream.read())[1]
    assert heard.split() == [f"{_umask():04o}".encode(), b"said"]
    folder = next(shell.folder.iterdir())
    assert folder.stat().st_mode & 0o077 == 0
    stream.close_input()
    while (piece := await stream.read())[0] != "exit":
        pass
    assert piece == ("exit", b"0")
    await connection.close()


def _umask() -> int:
    return int(subprocess.run(["sh", "-c", "umask"], capture_output=True, text=True).stdout, 8)


async def test_a_host_that_cannot_be_reached(shell: Shell) -> None:
    shell.refuses = "no way there"
    link = HostLink(HERE, CommandsConnection(HERE, shell))
    with pytest.raises(Unreachable, match="no way there"):
        await link.call(Request("ping", {}))
    await link.close()


async def test_a_command_that_fails_at_once_is_told(tmp_path: Path) -> None:
    connection = CommandsConnection(HERE, lambda command, stdin: (127, b"", b"sh: not found"))
    with pytest.raises(Unreachable, match="here: sh: not found"):
        await connection.open()
