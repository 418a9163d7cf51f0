"""The agent as a real process, under every Python that is here."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runner.target import wire
from tests.target.agent_process import OLDEST, PYTHONS, AgentProcess

Start = Callable[..., AgentProcess]
PROBE = """
import os, subprocess, sys
ARGUMENTS = {"properties": {}}
def run(args, system):
    print("noise from the module")
    os.write(1, b"noise on descriptor 1")
    subprocess.call(["echo", "noise from a child"])
    flags = [sys.flags.isolated, sys.flags.no_site]
    return {"stdin": os.read(0, 10), "bytes": b"\\xff", "set": {2, 1}, "path": __file__, "flags": flags}
"""
FINISH = """
import time
ARGUMENTS = {"properties": {}}
INTERRUPT = "finish"
def run(args, system):
    if args.get("path"):
        system.write_atomic(args["path"] + ".begun", b"")
    time.sleep(args["seconds"])
    if args.get("path"):
        system.write_atomic(args["path"], b"done")
    return {"done": True}
"""
ECHO = """
ARGUMENTS = {}
def run(args, system):
    system.send_blob(system.blob.open())
    return {"size": system.blob.size, "sha": system.blob.digest()}
"""
LOOK = """
import os
ARGUMENTS = {}
def run(args, system):
    names = ["/proc/self/fd/%s" % number for number in os.listdir("/proc/self/fd")]
    return {"links": [os.readlink(name) for name in names if os.path.lexists(name)]}
"""
SLEEP = FINISH.replace('INTERRUPT = "finish"\n', "")


@pytest.fixture
def start() -> Iterator[Start]:
    agents: list[AgentProcess] = []

    def make(*args: str, **more: str) -> AgentProcess:
        if args and args[0].startswith("/") and not Path(args[0]).exists():
            pytest.skip(f"{args[0]} is not here")
        agents.append(AgentProcess(*args, **more))
        return agents[-1]

    yield make
    for agent in agents:
        agent.close()


def appears(path: Path, seconds: float = 15) -> None:
    limit = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < limit, path
        time.sleep(0.02)


@pytest.mark.parametrize("python", PYTHONS)
def test_runs_under_each_python(start: Start, python: str) -> None:
    agent = start(python)
    hello = wire.value_of(agent.wait(wire.HELLO))
    assert hello["executable"] == python
    assert agent.ask("ping", args={"data": "\udcffä"}) == {"ping": "\udcffä", "changed": False}
    assert agent.ask("command", args={"cmd": "echo hi"})["stdout"] == "hi"


def test_nothing_corrupts_the_frames(start: Start) -> None:
    agent = start(OLDEST)
    agent.code("probe", PROBE)
    result = agent.ask("probe")
    where = "<muster>/runner/target/modules/probe.py"
    wanted = {"stdin": "", "bytes": "\udcff", "set": [1, 2], "path": where, "flags": [1, 1], "changed": False}
    assert result == wanted
    assert agent.ask("ping")["ping"] == "pong"


def test_noise_before_the_first_frame_is_passed_over(start: Start) -> None:
    agent = start("auto", before="echo Welcome; echo muster-; ")
    assert agent.ask("ping")["ping"] == "pong"
    assert agent.noise.startswith(b"Welcome\nmuster-\n")


def test_a_bug_in_a_module_comes_back_with_its_source_line(start: Start) -> None:
    result = start().ask("ping", args={"data": "crash"})
    assert result["msg"] == "this is a bug in the module: Exception: boom"
    assert 'raise Exception("boom")' in result["exception"]


def test_a_module_that_cannot_be_loaded_says_so(start: Start) -> None:
    agent = start()
    agent.code("bad", "import no_such_thing\n")
    assert "No module named 'no_such_thing'" in agent.ask("bad")["msg"]


def test_pings_are_answered_while_a_module_runs(start: Start) -> None:
    agent = start()
    number = agent.request("command", args={"cmd": "sleep 0.5"})
    agent.send(wire.PING, 7)
    agent.wait(wire.PONG, 7, seconds=0.4)
    assert not any(kind == wire.RESULT for kind, _, _ in agent.got)
    assert agent.result(number)["rc"] == 0


@pytest.mark.parametrize("python", ["/usr/bin/python3", OLDEST])
def test_a_deadline_stops_the_module_and_its_children(start: Start, python: str) -> None:
    agent = start(python)
    began = time.monotonic()
    mine = f"61.{os.getpid()}"
    result = agent.ask("shell", args={"cmd": f"sleep {mine} & sleep {mine}; wait"}, deadline=0.3)
    assert result["timedout"]["period"] == 0.3
    assert result["failed"] is True
    assert time.monotonic() - began < 4
    assert f"sleep\x00{mine}" not in _command_lines()
    assert agent.ask("ping")["ping"] == "pong"


def test_a_child_that_ignores_term_is_killed(start: Start) -> None:
    agent = start()
    agent.ask("shell", args={"cmd": "trap '' TERM; sleep 62.5 & while :; do wait; done"}, deadline=0.3)
    assert "sleep\x0062.5" not in _command_lines()


def test_cancel_stops_the_running_and_the_waiting_request(start: Start) -> None:
    agent = start()
    running = agent.request("command", args={"cmd": "sleep 63.5"})
    waiting = agent.request("command", args={"cmd": "sleep 63.5"})
    after = agent.request("ping")
    time.sleep(0.2)
    agent.send(wire.CANCEL, waiting)
    agent.send(wire.CANCEL, running)
    assert agent.result(running)["cancelled"] is True
    assert agent.result(waiting, 3)["cancelled"] is True
    assert agent.result(after)["ping"] == "pong"
    assert "sleep\x0063.5" not in _command_lines()


def test_a_module_that_must_finish_is_not_cancelled(start: Start) -> None:
    agent = start()
    agent.code("careful", FINISH)
    number = agent.request("careful", args={"seconds": 0.5})
    time.sleep(0.1)
    agent.send(wire.CANCEL, number)
    assert agent.result(number)["done"] is True


def test_a_module_that_must_finish_is_late_but_whole(start: Start) -> None:
    agent = start()
    agent.code("careful", FINISH)
    result = agent.ask("careful", args={"seconds": 0.5}, deadline=0.1)
    assert (result["done"], result["failed"], "let finish" in result["msg"]) == (True, True, True)


@pytest.mark.parametrize("source", [FINISH, SLEEP])
def test_what_runs_when_the_controller_dies_is_finished(start: Start, tmp_path: Path, source: str) -> None:
    agent = start()
    agent.code("work", source)
    agent.request("work", args={"seconds": 0.6, "path": str(tmp_path / "first")})
    agent.request("work", args={"seconds": 0, "path": str(tmp_path / "second")})
    appears(tmp_path / "first.begun")
    agent.hang_up()
    agent.process.wait(15)
    assert (tmp_path / "first").read_bytes() == b"done"
    assert not (tmp_path / "second").exists()


def test_a_command_survives_the_controller_and_the_agent_then_ends(start: Start, tmp_path: Path) -> None:
    agent = start()
    agent.request("shell", args={"cmd": f"touch {tmp_path}/begun; sleep 0.6; echo x; touch {tmp_path}/done"}, stream=True)
    appears(tmp_path / "begun")
    agent.hang_up()
    os.kill(agent.process.pid, signal.SIGHUP)
    assert agent.process.wait(15) == 0
    assert (tmp_path / "done").exists()


@pytest.mark.parametrize("how", ["eof", "quit", "term"])
def test_an_idle_agent_leaves_at_once(start: Start, how: str) -> None:
    agent = start()
    agent.wait(wire.HELLO)
    if how == "quit":
        agent.send(wire.QUIT)
    elif how == "term":
        agent.process.terminate()
    else:
        agent.hang_up()
    assert agent.process.wait(2) == 0


def test_output_is_streamed_while_the_command_runs(start: Start) -> None:
    agent = start()
    number = agent.request("shell", args={"cmd": "echo one; sleep 0.3; echo two >&2"}, stream=True)
    assert agent.wait(wire.OUTPUT, number) == b"oone\n"
    assert not any(kind == wire.RESULT for kind, _, _ in agent.got)
    assert agent.wait(wire.OUTPUT, number) == b"etwo\n"
    assert agent.result(number)["stdout"] == "one"


@pytest.mark.parametrize(("python", "size"), [(OLDEST, 10), ("/usr/bin/python3", 3_000_000)])
def test_a_blob_arrives_whole_and_one_is_sent_back(start: Start, python: str, size: int) -> None:
    agent = start(python)
    agent.code("echo", ECHO)
    content = os.urandom(size)
    number = agent.request("echo", blob=True)
    for start_at in range(0, size, wire.PIECE):
        agent.send(wire.BLOB, number, content[start_at : start_at + wire.PIECE])
    agent.send(wire.BLOB_END, number)
    result = agent.result(number)
    assert result["size"] == size
    assert b"".join(body for kind, each, body in agent.got if (kind, each) == (wire.FILE, number)) == content


def test_a_large_blob_is_kept_in_a_private_file_without_a_name(start: Start) -> None:
    agent = start()
    agent.code("look", LOOK)
    number = agent.request("look", blob=True)
    for _ in range(12):
        agent.send(wire.BLOB, number, b"x" * wire.PIECE)
    agent.send(wire.BLOB_END, number)
    assert any("(deleted)" in link or link.startswith("/tmp/#") for link in agent.result(number)["links"])


def test_after_a_failure_the_rest_of_a_batch_is_not_run(start: Start) -> None:
    agent = start()
    first = agent.request("ping")
    second = agent.request("command", args={"cmd": "false"}, skip_if_failed=first)
    third = agent.request("ping", skip_if_failed=second)
    fourth = agent.request("ping", skip_if_failed=third)
    assert agent.result(first)["ping"] == "pong"
    assert agent.result(second)["failed"] is True
    assert [agent.result(number).get("skipped") for number in (third, fourth)] == [True, True]


def test_environment_is_the_tasks_own(start: Start) -> None:
    agent = start("auto", environ={"PATH": os.environ["PATH"], "HOME": "/", "LC_ALL": "C"})
    told = agent.ask("shell", args={"cmd": "echo $WORD $LC_ALL ${LC_CTYPE-none}"}, environment={"WORD": "here"})
    assert told["stdout"] == "here C none"
    assert agent.ask("shell", args={"cmd": "echo ${WORD-gone}"})["stdout"] == "gone"


@pytest.mark.parametrize("python", ["/usr/bin/python3", OLDEST])
def test_names_that_are_not_ascii_work_in_the_c_locale(start: Start, tmp_path: Path, python: str) -> None:
    agent = start(python, environ={"PATH": os.environ["PATH"], "HOME": "/"})
    path = str(tmp_path / "grüße")
    assert agent.ask("command", args={"argv": ["touch", path]})["rc"] == 0
    assert os.path.exists(path)


@pytest.mark.parametrize("python", ["/usr/bin/python3", OLDEST])
def test_a_file_is_a_url_too(start: Start, tmp_path: Path, python: str) -> None:
    agent = start(python)
    (tmp_path / "from").write_text("content")
    told = agent.ask("get_url", args={"url": f"file://{tmp_path}/from", "dest": str(tmp_path / "to"), "timeout": 10})
    assert (told.get("msg"), told["changed"]) == ("OK (7 bytes)", True)
    assert (tmp_path / "to").read_text() == "content"


def test_nothing_is_written_to_the_hosts_disk(start: Start, tmp_path: Path) -> None:
    agent = start("auto", environ={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)})
    assert agent.ask("command", args={"cmd": "true"})["rc"] == 0
    assert list(tmp_path.rglob("*")) == []


def _command_lines() -> str:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().decode("utf-8", "replace"))
        except OSError:
            continue
    return "\n".join(found)
