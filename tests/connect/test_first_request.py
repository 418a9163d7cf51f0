"""The first request goes out with the agent, is run once and answers whoever asked, whatever comes first."""

import asyncio

import pytest

from runner.connect.fake import FakeConnection, FakeHost
from runner.connect.link import HostLink
from runner.errors import TaskError, Unreachable
from runner.model.address import Address
from runner.model.request import Become, Request
from tests.connect.conftest import Linked

ADDRESS = Address(name="h", kind="fake")


def linked_to(host: FakeHost, *, max_agents: int = 8) -> HostLink:
    return HostLink(ADDRESS, FakeConnection(ADDRESS, host), max_agents=max_agents)


@pytest.mark.parametrize("become", [None, Become("root", "sudo", None, None, "open")])
async def test_it_goes_along_and_runs_once(become: Become | None) -> None:
    host = FakeHost(answers={"ping": {"ping": "pong"}}, become_password="open" if become else None)
    link = linked_to(host, max_agents=1)
    for _ in range(3):
        assert (await link.call(Request("ping", {}, become=become))).result["ping"] == "pong"
    await link.close()
    assert (len(host.requests), host.agents, host.early) == (3, 1, 1)


async def test_several_at_once_over_few_agents() -> None:
    host = FakeHost(answers={"ping": lambda request: {"ping": request["args"]["data"]}})
    link = linked_to(host, max_agents=2)
    answers = await asyncio.gather(*(link.call(Request("ping", {"data": str(at)})) for at in range(9)))
    await link.close()
    assert [answer.result["ping"] for answer in answers] == [str(at) for at in range(9)]
    assert (len(host.requests), host.agents) == (9, 2)


async def test_a_row_of_requests_begins_with_it() -> None:
    host = FakeHost(answers={"ping": lambda request: {"ping": request["args"]["data"]}})
    link = linked_to(host)
    requests = [Request("ping", {"data": str(at)}) for at in range(3)]
    assert [answer.result["ping"] async for answer in link.call_many(requests)] == ["0", "1", "2"]
    await link.close()
    assert (len(host.requests), host.early) == (3, 1)


@pytest.mark.parametrize(
    "request_", [Request("ping", {}, stream=True), Request("ping", {}, blob=b"file")], ids=["streamed output", "a file comes along"]
)
async def test_what_needs_more_waits_for_the_hello(request_: Request) -> None:
    host = FakeHost(answers={"ping": {"ping": "pong"}})
    link = linked_to(host)
    assert (await link.call(request_)).result["ping"] == "pong"
    await link.close()
    assert (len(host.requests), host.early) == (1, 0)


async def test_to_greet_asks_nothing() -> None:
    host = FakeHost(answers={"ping": {"ping": "pong"}})
    link = linked_to(host)
    await link.greet(Request("ping", {}))
    assert host.requests == []
    assert (await link.call(Request("ping", {}))).result["ping"] == "pong"
    await link.close()
    assert (host.agents, host.early) == (1, 0)


async def test_it_is_not_asked_twice_when_the_connection_breaks() -> None:
    host = FakeHost(answers={"ping": {"ping": "pong"}}, drop_at=1)
    link = linked_to(host)
    with pytest.raises(Unreachable):
        await link.call(Request("ping", {}))
    assert len(host.requests) == 1
    await link.close()


async def test_no_python_and_no_such_module_are_told_as_ever() -> None:
    link = linked_to(FakeHost(python=""))
    with pytest.raises(TaskError, match="no Python"):
        await link.call(Request("ping", {}))
    await link.close()
    host = FakeHost()
    link = linked_to(host)
    with pytest.raises(FileNotFoundError):
        await link.call(Request("no_such_module", {}))
    await link.close()
    assert host.requests == []


async def test_its_deadline_counts(linked: Linked) -> None:
    async with linked() as link:
        result = (await link.call(Request("shell", {"cmd": "sleep 30"}, deadline=0.2))).result
        assert result["failed"] is True
        assert (await link.call(Request("ping", {}))).result["ping"] == "pong"
