"""The fake host: the real protocol, in memory."""

import asyncio
from pathlib import Path

import pytest

from runner.connect.fake import FakeConnection, FakeHost
from runner.errors import TaskError, Unreachable
from runner.model.address import Address
from runner.model.request import Request
from tests.connect.conftest import Linked
from tests.target.fake_system import FakeSystem

ADDRESS = Address(name="f", kind="fake", drop_after=0.3)
PING = Request("ping", {})


async def test_runs_modules_on_a_system_in_memory(linked: Linked, tmp_path: Path) -> None:
    base = FakeSystem(commands={"echo hi": "hi\n"}, files={"/a": "x"})
    host = FakeHost(system=base.again, answers={"made_up": lambda request: {"got": request["args"], "changed": True}})
    heard: list[bytes] = []
    async with linked(ADDRESS, FakeConnection(ADDRESS, host)) as link:
        assert (await link.call(PING)).result == {"ping": "pong", "changed": False}
        answer = await link.call(Request("command", {"cmd": "echo hi"}, stream=True), lambda _, data: heard.append(data))
        assert answer.result["stdout"] == "hi"
        assert heard[0] == b"hi\n"
        assert (await link.call(Request("copy", {"dest": "/b"}, blob=b"new"))).result["changed"] is True
        assert base.text("/b") == "new"
        await link.call(Request("fetch", {"src": "/a"}, receive_to=tmp_path / "a"))
        assert (tmp_path / "a").read_text() == "x"
    assert [request["module"] for request in host.requests] == ["ping", "command", "copy", "fetch"]
    assert host.opened == 1


async def test_scripted_answers_and_commands(linked: Linked) -> None:
    host = FakeHost(answers={"ping": lambda request: {"got": request["args"]}}, shell=lambda text, stdin: (3, text.encode() + stdin, b""))
    async with linked(ADDRESS, FakeConnection(ADDRESS, host)) as link:
        assert (await link.call(Request("ping", {"data": "x"}))).result == {"got": {"data": "x"}, "changed": False}
        answer = await link.shell("uptime", stdin=b" in", environment={"A": "b"})
        assert (answer.rc, answer.stdout) == (3, b"uptime in")
        await link.put(b"data", "/etc/x", 0o600)
        assert await link.get("/etc/x") == b"data"
        assert host.commands[0] == "uptime"


async def test_drops_delays_and_silence(linked: Linked) -> None:
    host = FakeHost(answers={"ping": {"ping": "pong"}}, drop_at=2)
    async with linked(ADDRESS, FakeConnection(ADDRESS, host)) as link:
        await link.call(PING)
        with pytest.raises(Unreachable, match="the connection to f broke"):
            await link.call(PING)
        assert (await link.call(PING)).result["ping"] == "pong"
        assert host.opened == 2
        host.delay = 1
        assert (await link.call(Request("ping", {}, deadline=0.1))).result["timedout"]["period"] == 0.1
        host.silent = True
        for work in (link.call(PING), link.call(PING)):
            with pytest.raises(Unreachable):
                await work


async def test_a_host_that_refuses_and_one_without_python(linked: Linked) -> None:
    refusing = FakeHost(refuse=Unreachable("no"))
    async with linked(ADDRESS, FakeConnection(ADDRESS, refusing)) as link:
        with pytest.raises(Unreachable, match="no"):
            await link.call(PING)
    async with linked(ADDRESS, FakeConnection(ADDRESS, FakeHost(python=""))) as link:
        with pytest.raises(TaskError, match="no Python"):
            await link.call(PING)


async def test_a_cancelled_call_is_cancelled_on_the_host(linked: Linked) -> None:
    host = FakeHost(answers={"ping": {"ping": "pong"}}, delay=5)
    async with linked(ADDRESS, FakeConnection(ADDRESS, host), max_agents=1) as link:
        task = asyncio.create_task(link.call(PING))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        host.delay = 0
        assert (await asyncio.wait_for(link.call(PING), 1)).result["ping"] == "pong"
