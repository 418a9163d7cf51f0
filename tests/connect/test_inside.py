"""Hosts reached through a program of this machine: a stand-in for the program notes its words and runs the command."""

import asyncio
from pathlib import Path

import pytest

from runner.connect.inside import WAYS
from runner.connect.kinds import INSIDE, KINDS
from runner.connect.open import connection_for
from runner.errors import Unreachable
from runner.model.address import Address

PROGRAM = """#!/bin/sh
printf '%s\\n' "$@" > "$0.words"
while [ "$1" != /bin/sh ]; do shift; done
exec "$@"
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program"
    path.write_text(PROGRAM)
    path.chmod(0o755)
    return path


async def said(address: Address) -> str:
    connection = connection_for(address)
    try:
        await connection.open()
        stream = await connection.spawn("echo hello; exit 3")
        pieces = []
        while (piece := await stream.read())[0] != "exit":
            pieces.append(piece[1].decode())
        return "".join(pieces) + piece[1].decode()
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("kind", "extra", "words"),
    [
        ("chroot", {}, ["box"]),
        ("lxc", {}, ["--name", "box", "--"]),
        ("lxd", {"remote": "far", "project": "p"}, ["--project", "p", "exec", "far:box", "--"]),
        ("incus", {}, ["exec", "box", "--"]),
        ("jail", {}, ["box"]),
        ("kubectl", {"namespace": "web", "container": "c"}, ["--namespace", "web", "exec", "-i", "box", "-c", "c", "--"]),
        ("oc", {"pod": "p", "extra_args": "--as me"}, ["--as", "me", "exec", "-i", "p", "--"]),
    ],
)
def test_words_in_front_of_the_command(program: Path, kind: str, extra: dict[str, str], words: list[str]) -> None:
    address = Address("host", kind=kind, host="box", extra={**extra, "executable": str(program)})
    assert asyncio.run(said(address)) == "hello\n3"
    assert Path(f"{program}.words").read_text().splitlines() == [*words, "/bin/sh", "-c", "echo hello; exit 3"]


def test_what_cannot_be_entered_is_unreachable(tmp_path: Path) -> None:
    path = tmp_path / "program"
    path.write_text("#!/bin/sh\necho 'no such box' >&2\nexit 1\n")
    path.chmod(0o755)
    with pytest.raises(Unreachable, match="no such box"):
        asyncio.run(said(Address("host", kind="lxc", host="box", extra={"executable": str(path)})))


def test_every_kind_has_a_way_and_a_name() -> None:
    assert set(WAYS) == set(INSIDE)
    assert set(INSIDE) <= set(KINDS)
