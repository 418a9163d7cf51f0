"""HostLink over this machine: calls, pools, deadlines, cancellations, commands without an agent, files."""

import asyncio
import os
import stat
import time
from pathlib import Path

import pytest

from runner.connect.transfer import Incoming
from runner.errors import BecomeError, TaskError, Unreachable
from runner.model.address import Address
from runner.model.request import Become, Request
from tests.connect.conftest import Linked

OLDEST = str(Path.home() / ".pyenv/versions/3.6.15/bin/python3")
PING = Request("ping", {})


def shell(text: str, **more: object) -> Request:
    return Request("shell", {"cmd": text}, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("interpreter", ["auto", OLDEST])
async def test_calls_a_module(linked: Linked, interpreter: str) -> None:
    if interpreter != "auto" and not Path(interpreter).exists():
        pytest.skip(f"{interpreter} is not here")
    async with linked() as link:
        answer = await link.call(Request("ping", {"data": "ä \udcff"}, interpreter=interpreter))
        assert answer.result == {"ping": "ä \udcff", "changed": False}
        assert link.discovered_interpreter == ("/usr/bin/python3" if interpreter == "auto" else None)


async def test_one_agent_serves_one_after_the_other_and_several_at_once(linked: Linked) -> None:
    async with linked(max_agents=3) as link:
        pids = {(await link.call(shell("echo $PPID"))).result["stdout"] for _ in range(5)}
        assert len(pids) == 1
        began = time.monotonic()
        answers = await asyncio.gather(*(link.call(shell("echo $PPID; sleep 0.3")) for _ in range(6)))
        assert len({answer.result["stdout"] for answer in answers}) == 3
        assert 0.6 <= time.monotonic() - began < 2.5


async def test_output_comes_while_the_module_runs(linked: Linked) -> None:
    heard: list[tuple[float, str, bytes]] = []
    async with linked() as link:
        await link.call(PING)
        request = shell("echo one; sleep 0.4; echo two >&2", stream=True)
        answer = await link.call(request, lambda name, data: heard.append((time.monotonic(), name, data)))
    assert [each[1:] for each in heard] == [("out", b"one\n"), ("err", b"two\n")]
    assert heard[1][0] - heard[0][0] > 0.3
    assert answer.result["stdout"] == "one"


async def test_a_deadline_is_a_failed_result(linked: Linked) -> None:
    async with linked() as link:
        result = (await link.call(shell("sleep 30", deadline=0.2))).result
        assert result["failed"] is True
        assert result["msg"] == "The shell action failed to execute in the expected time frame (0.2) and was terminated"
        assert (await link.call(PING)).result["ping"] == "pong"


async def test_a_cancelled_call_stops_the_module_and_frees_the_agent(linked: Linked, tmp_path: Path) -> None:
    async with linked(max_agents=1) as link:
        task = asyncio.create_task(link.call(shell(f"sleep 1; touch {tmp_path}/late")))
        await asyncio.sleep(0.4)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await asyncio.wait_for(link.call(PING), 2)).result["ping"] == "pong"
        await asyncio.sleep(1)
        assert not (tmp_path / "late").exists()


async def test_a_cancelled_wait_for_an_agent_leaves_the_queue(linked: Linked) -> None:
    async with linked(max_agents=1) as link:
        await link.call(PING)
        running = asyncio.create_task(link.call(shell("sleep 0.4; echo done")))
        await asyncio.sleep(0.1)
        waiting = asyncio.create_task(link.call(PING))
        third = asyncio.create_task(link.call(PING))
        await asyncio.sleep(0.1)
        waiting.cancel()
        assert (await running).result["stdout"] == "done"
        assert (await third).result["ping"] == "pong"
        assert waiting.cancelled()


async def test_requests_sent_ahead_stop_at_a_failure(linked: Linked) -> None:
    async with linked() as link:
        results = [answer.result async for answer in link.call_many([PING, shell("exit 3"), PING])]
        assert [results[0].get("ping"), results[1]["rc"], results[2].get("skipped")] == ["pong", 3, True]
        assert (await link.call(PING)).result["ping"] == "pong"


@pytest.mark.parametrize("size", [0, 5, 3_000_000])
async def test_files_both_ways_with_an_agent(linked: Linked, tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    source, target, back = tmp_path / "source", tmp_path / "target", tmp_path / "back"
    source.write_bytes(content)
    async with linked() as link:
        for blob in (content, source):
            copied = (await link.call(Request("copy", {"dest": str(target), "mode": "0640"}, blob=blob))).result
            assert not copied.get("failed"), copied
            assert target.read_bytes() == content
            target.unlink()
        answer = await link.call(Request("fetch", {"src": str(source)}, receive_to=back))
        assert not answer.result.get("failed"), answer.result
    assert back.read_bytes() == content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["back", "source"]


async def test_a_file_that_cannot_be_read_or_kept_is_a_clear_error(linked: Linked, tmp_path: Path) -> None:
    (tmp_path / "source").write_text("x")
    async with linked(max_agents=1) as link:
        with pytest.raises(TaskError, match=r"cannot read .*missing: No such file"):
            await link.call(Request("copy", {"dest": "/x"}, blob=tmp_path / "missing"))
        with pytest.raises(TaskError, match=r"cannot write .*: No such file or directory"):
            await link.call(Request("fetch", {"src": str(tmp_path / "source")}, receive_to=tmp_path / "no" / "back"))
        assert (await link.call(PING)).result["ping"] == "pong"


async def test_a_command_without_an_agent(linked: Linked) -> None:
    async with linked() as link:
        answer = await link.shell('cat; echo "$SECRET"; echo e >&2; exit 3', stdin=b"in\n", environment={"SECRET": "it's\nso"})
        assert (answer.rc, answer.stdout, answer.stderr) == (3, b"in\nit's\nso\n", b"e\n")
        assert (await link.shell("test -t 0 && test -t 1 && echo terminal", pty=True)).stdout == b"terminal\r\n"
        with pytest.raises(TaskError, match="did not end in the expected time frame") as caught:
            await link.shell("sleep 20", deadline=0.2)
        assert caught.value.result["timedout"]["period"] == 0.2


async def test_secrets_of_the_environment_are_not_in_a_command_line(linked: Linked) -> None:
    async with linked() as link:
        answer = await link.shell("cat /proc/$$/cmdline /proc/$PPID/cmdline", environment={"SECRET": "hunter2"})
        assert b"dd bs=1" in answer.stdout
        assert b"hunter2" not in answer.stdout


async def test_files_both_ways_without_an_agent(linked: Linked, tmp_path: Path) -> None:
    target = tmp_path / "it's a file"
    content = os.urandom(300_000)
    async with linked() as link:
        await link.put(content, str(target), 0o640)
        assert (target.read_bytes(), stat.S_IMODE(target.stat().st_mode)) == (content, 0o640)
        await link.put(target, str(tmp_path / "second"), 0o600)
        assert await link.get(str(tmp_path / "second")) == content
        assert sorted(path.name for path in tmp_path.iterdir()) == ["it's a file", "second"]
        with pytest.raises(TaskError, match=r"cannot write .* on the host: it is a directory"):
            await link.put(b"x", str(tmp_path))
        with pytest.raises(TaskError, match=r"cannot read .*: .*No such file"):
            await link.get(str(tmp_path / "missing"))


def refused(pid: int) -> int:
    raise PermissionError(1, "Operation not permitted")


@pytest.mark.parametrize("there", [False, True])
async def test_without_pidfd_a_thread_sees_the_end(linked: Linked, monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    if there:
        monkeypatch.setattr(os, "pidfd_open", refused, raising=False)
    else:
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    async with linked(max_agents=3) as link:
        assert [(await link.shell(f"echo said; exit {number}")).rc for number in (0, 3)] == [0, 3]
        assert (await link.shell("echo said")).stdout == b"said\n"
        answers = await asyncio.gather(*(link.call(shell("echo $PPID")) for _ in range(6)))
        assert {answer.result["rc"] for answer in answers} == {0}


async def test_what_is_no_python_is_told_without_our_own_program(linked: Linked) -> None:
    async with linked() as link:
        with pytest.raises(Unreachable, match="did not start") as caught:
            await link.call(Request("ping", {}, interpreter="/bin/ls"))
    assert "No such file" in caught.value.found
    assert "import" not in caught.value.found


async def test_a_link_in_the_way_of_a_new_file_is_not_followed(
    linked: Linked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    monkeypatch.setattr("secrets.token_hex", lambda size: "guessed")
    (tmp_path / "new.muster.guessed").symlink_to(victim)
    (tmp_path / ".new.guessed.part").symlink_to(victim)
    async with linked() as link:
        with pytest.raises(TaskError, match="cannot write"):
            await link.put(b"theirs", str(tmp_path / "new"))
    with pytest.raises(FileExistsError):
        Incoming(tmp_path / "new")
    assert victim.read_text() == "mine"


async def test_the_interpreter_is_told_when_it_cannot_be_used(linked: Linked) -> None:
    async with linked() as link:
        with pytest.raises(TaskError, match="here has no Python that we can use") as caught:
            await link.call(Request("ping", {}, interpreter="/no/python"))
        assert "raw" in caught.value.remedy
        assert "ansible_python_interpreter" in caught.value.remedy
        old = str(Path.home() / ".pyenv/versions/2.7.18/bin/python")
        if Path(old).exists():
            with pytest.raises(TaskError, match="too old"):
                await link.call(Request("ping", {}, interpreter=old))


async def test_an_agent_that_was_killed_is_replaced(linked: Linked) -> None:
    async with linked() as link:
        task = asyncio.create_task(link.call(shell("kill -9 $PPID; sleep 5")))
        with pytest.raises(Unreachable, match=r"the agent on here ended \(status -9\)"):
            await task
        assert (await link.call(PING)).result["ping"] == "pong"
        pid = int((await link.call(shell("echo $PPID"))).result["stdout"])
        os.kill(pid, 9)
        await asyncio.sleep(0.2)
        assert (await link.call(PING)).result["ping"] == "pong"


async def test_a_silent_agent_is_unreachable_in_time_and_the_next_call_reconnects(linked: Linked) -> None:
    async with linked(Address(name="here", kind="local", drop_after=1)) as link:
        pid = int((await link.call(shell("echo $PPID"))).result["stdout"])
        began = time.monotonic()
        task = asyncio.create_task(link.call(shell("sleep 1.6; echo long")))
        await asyncio.sleep(0.1)
        assert (await task).result["stdout"] == "long"
        assert time.monotonic() - began > 1.5
        os.kill(pid, 19)
        began = time.monotonic()
        try:
            with pytest.raises(Unreachable, match="here gave no sign of life for 1 seconds"):
                await link.call(PING)
        finally:
            os.kill(pid, 18)
        assert 0.9 < time.monotonic() - began < 2
        assert (await link.call(PING)).result["ping"] == "pong"


async def test_closing_leaves_no_agent(linked: Linked) -> None:
    async with linked() as link:
        pid = int((await link.call(shell("echo $PPID"))).result["stdout"])
    await asyncio.sleep(0.1)
    assert not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes()


async def test_becoming_a_user_who_is_not_there(linked: Linked) -> None:
    async with linked() as link:
        with pytest.raises(BecomeError, match=r"cannot become nosuch with su: there is no such user"):
            await link.call(Request("ping", {}, become=Become("nosuch", "su")))
        with pytest.raises(BecomeError, match="become_method 'magic' is not known"):
            await link.call(Request("ping", {}, become=Become("root", "magic")))
        with pytest.raises(BecomeError, match="is not installed on the host"):
            await link.call(Request("ping", {}, become=Become("root", "sudo", exe="/no/sudo")))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user without a password")
async def test_becoming_another_user(linked: Linked) -> None:
    nobody = Become("nobody", "su", flags="-s /bin/sh")
    async with linked() as link:
        assert (await link.call(Request("command", {"cmd": "id -un"}, become=nobody))).result["stdout"] == "nobody"
        assert (await link.call(Request("command", {"cmd": "id -un"}))).result["stdout"] == "root"
        answer = await link.shell("id -un; cat; echo $A", stdin=b"in\n", become=nobody, environment={"A": "b"})
        assert answer.stdout == b"nobody\nin\nb\n"
        with pytest.raises(BecomeError, match="the login user may not do that") as caught:
            await link.call(Request("ping", {}, become=Become("nobody", "su")))
        assert "-s /bin/sh" in caught.value.remedy
