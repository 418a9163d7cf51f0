"""Agents forked from a warm process are agents like those started on their own: each a process of its own, and nothing stays."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from runner.connect.link import HostLink
from runner.connect.local import LocalConnection
from runner.connect.nursery import ALONE, Nursery
from runner.errors import RunnerError, Unreachable
from runner.model.address import Address
from runner.model.request import Request

OLDEST = str(Path.home() / ".pyenv/versions/3.6.15/bin/python3")
HOSTS = ALONE + 4


@asynccontextmanager
async def hosts(folder: Path | None = None, count: int = HOSTS) -> AsyncIterator[list[HostLink]]:
    """Links to so many local hosts that share a nursery."""
    nursery = Nursery()
    links = []
    for at in range(count):
        address = Address(f"h{at}", kind="local", host="localhost", folder=str(folder) if folder else None)
        connection = LocalConnection(address)
        connection.share(nursery)
        links.append(HostLink(address, connection))
    try:
        yield links
    finally:
        await asyncio.gather(*(link.close() for link in links))
        await nursery.close()


def shell(text: str, interpreter: str = sys.executable, **more: object) -> Request:
    return Request("shell", {"cmd": text}, interpreter=interpreter, **more)  # type: ignore[arg-type]


async def said(links: list[HostLink], text: str, interpreter: str = sys.executable) -> list[str]:
    return [(await link.call(shell(text, interpreter))).result["stdout"] for link in links]


async def _until_gone(numbers: list[int]) -> None:
    async with asyncio.timeout(20):
        while any(Path(f"/proc/{number}").exists() for number in numbers):
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("interpreter", [sys.executable, OLDEST], ids=["ours", "3.6"])
async def test_each_host_has_a_process_of_its_own_and_none_stays(interpreter: str, tmp_path: Path) -> None:
    if not Path(interpreter).exists():
        pytest.skip(f"{interpreter} is not here")
    (tmp_path / "grüß").mkdir()
    async with hosts(tmp_path / "grüß") as links:
        agents = [int(each) for each in await said(links, "echo $PPID", interpreter)]
        assert len(set(agents)) == HOSTS
        parents = [int(Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()[1]) for each in agents]
        sessions = [os.getsid(each) for each in agents]
        assert parents[:ALONE] == [os.getpid()] * ALONE
        assert len(set(parents[ALONE:])) == 1
        assert parents[-1] != os.getpid()
        assert sessions == agents
        assert set(await said(links, "pwd", interpreter)) == {str(tmp_path / "grüß")}
        # what a command finds: environment (less what the shell makes), open files, signals
        state = "env | grep -v ^_= | sort; ls /proc/self/fd | wc -l; grep ^Sig /proc/self/status | grep -v SigQ; umask; ulimit -a"
        assert len(set(await said(links, state, interpreter))) == 1
    await _until_gone([*agents, parents[-1]])


async def test_deadlines_and_files_are_as_ever(tmp_path: Path) -> None:
    async with hosts() as links:
        await said(links, "true")
        last = links[-1]
        late = await last.call(shell("sleep 30", deadline=0.2))
        assert late.result["failed"] is True
        sent = await last.call(Request("copy", {"dest": str(tmp_path / "f")}, blob=b"x" * 300_000, interpreter=sys.executable))
        assert sent.result["changed"] is True
        assert (tmp_path / "f").stat().st_size == 300_000


async def test_one_that_is_killed_harms_no_other() -> None:
    async with hosts() as links:
        await said(links, "true")
        with pytest.raises(Unreachable):
            await links[-1].call(shell("kill -9 $PPID; sleep 5"))
        assert await said(links, "echo on") == ["on"] * HOSTS


async def test_a_warm_process_that_is_killed_is_replaced_by_starts(tmp_path: Path) -> None:
    async with hosts(count=HOSTS + 2) as links:
        agents = [int(each) for each in await said(links[:HOSTS], "echo $PPID")]
        warm = int(Path(f"/proc/{agents[-1]}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(warm, 9)
        assert await said(links, "echo on") == ["on"] * (HOSTS + 2)


async def test_no_such_interpreter() -> None:
    async with hosts() as links:
        for link in links:
            with pytest.raises(RunnerError, match="no Python"):
                await link.call(shell("true", "/none/python3"))
