"""wait_for with sockets of the loopback and recorded /proc/net/tcp."""

import socket
import threading
import time

import pytest

from runner.target.modules import wait_for
from runner.target.perform import perform
from runner.target.system import System
from tests.target.fake_system import FakeSystem


def wait(system=None, **args):
    args = {"sleep": 0.02, "timeout": 0.1, **args}
    return perform(wait_for, args, system or System())


@pytest.fixture
def port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def closed_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


def test_open_port(port):
    assert wait(port=port) == {
        "changed": False,
        "elapsed": 0,
        "match_groupdict": {},
        "match_groups": [],
        "path": None,
        "port": port,
        "search_regex": None,
        "state": "started",
    }


def test_closed_port(port):
    closed = closed_port()
    assert wait(port=closed, state="stopped")["state"] == "stopped"
    result = wait(port=closed)
    assert (result["failed"], result["msg"]) == (True, f"Timeout when waiting for 127.0.0.1:{closed}")
    assert "refused" in result["_muster"]["found"]
    assert wait(port=closed, msg="own text")["msg"] == "own text"
    assert wait(port=port, state="stopped")["msg"] == f"Timeout when waiting for 127.0.0.1:{port} to stop."


def test_port_that_opens_later():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        opener = threading.Timer(0.15, server.listen)
        opener.start()
        start = time.monotonic()
        result = wait(port=server.getsockname()[1], timeout=5)
        opener.join()
    assert not result.get("failed")
    assert time.monotonic() - start < 2


def test_what_a_port_sends():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def greet():
            link, _ = server.accept()
            link.sendall(b"SSH-")
            time.sleep(0.05)
            link.sendall(b"2.0-x\n")
            link.close()

        thread = threading.Thread(target=greet)
        thread.start()
        result = wait(port=server.getsockname()[1], search_regex=r"^SSH-(?P<version>\d)", timeout=3)
        thread.join()
    assert (result["match_groups"], result["match_groupdict"]) == (["2"], {"version": "2"})


def test_port_that_sends_something_else(port):
    result = wait(port=port, search_regex="x", connect_timeout=0.05)
    assert result["msg"] == f"Timeout when waiting for search string x in 127.0.0.1:{port}"


def test_paths(tmp_path):
    (tmp_path / "there").write_text("one\ncompleted task7\n")
    result = wait(path=str(tmp_path / "there"), search_regex=r"^completed (?P<task>\w+)")
    assert (result["state"], result["match_groupdict"], result["size"]) == ("file", {"task": "task7"}, 20)
    assert wait(path=str(tmp_path / "there"), state="present")["state"] == "file"
    assert wait(path=str(tmp_path / "gone"), state="absent")["state"] == "absent"
    assert wait(path=str(tmp_path / "gone"))["msg"] == f"Timeout when waiting for file {tmp_path}/gone"
    assert wait(path=str(tmp_path / "there"), state="absent")["msg"].endswith("/there to be absent.")
    assert wait(path=str(tmp_path / "there"), search_regex="zzz")["msg"].startswith(
        "Timeout when waiting for search string zzz in"
    )


def test_timeout_alone_is_a_pause():
    start = time.monotonic()
    assert not wait(timeout=0.1).get("failed")
    assert time.monotonic() - start >= 0.1


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"port": 1, "path": "/x"}, "port and path parameter can not both be passed to wait_for"),
        ({"path": "/x", "state": "drained"}, "state=drained should only be used for checking a port in the wait_for module"),
        ({"path": "/x", "state": "stopped"}, "state=stopped should only be used for checking a port in the wait_for module"),
        ({"port": 1, "exclude_hosts": ["a"]}, "exclude_hosts should only be with state=drained"),
        ({"port": 1, "state": "drained", "active_connection_states": ["BAD"]}, "unknown active_connection_state (BAD) defined"),
        ({"path": "/x", "search_regex": "("}, "Invalid regular expression: missing ), unterminated subpattern at position 0"),
    ],
)
def test_arguments_that_do_not_go_together(args, message):
    assert wait(**args)["msg"] == message


def test_check_mode_does_not_wait():
    assert wait(FakeSystem(check=True), port=1)["skipped"]


TCP = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0
   1: 0100007F:1F90 0200000A:C350 01 00000000:00000000 00:00000000 00000000     0
   2: 0500000A:1F90 0300000A:C351 06 00000000:00000000 00:00000000 00000000     0
"""
TCP6 = """  sl  local_address                         remote_address                        st
   0: 0000000000000000FFFF00000500000A:1F90 0000000000000000FFFF00000400000A:C352 01 0
   1: 00000000000000000000000001000000:1F90 00000000000000000000000001000000:C353 04 0
"""
ALL = set(wait_for.STATES.values())


@pytest.mark.parametrize(
    ("own", "excluded", "states", "count"),
    [
        ({"127.0.0.1"}, set(), ALL, (1, 0)),
        ({"0.0.0.0"}, set(), ALL, (2, 2)),
        ({"10.0.0.5"}, set(), ALL, (1, 1)),
        ({"10.0.0.5"}, {"10.0.0.3", "10.0.0.4"}, ALL, (0, 0)),
        ({"0.0.0.0"}, set(), {"01"}, (1, 1)),
        ({"::1"}, set(), ALL, (0, 1)),
    ],
)
def test_active_connections(own, excluded, states, count):
    assert tuple(len(wait_for.active(each, own, 8080, excluded, states)) for each in (TCP, TCP6)) == count


def test_drained():
    files = {"/proc/net/tcp": TCP, "/proc/net/tcp6": TCP6}
    assert wait(FakeSystem(files), port=8081, state="drained", timeout=5)["state"] == "drained"
    result = wait(FakeSystem(files), host="0.0.0.0", port=8080, state="drained", timeout=1, sleep=1)
    assert result["msg"] == "Timeout when waiting for 0.0.0.0:8080 to drain"
    assert result["_muster"]["found"] == "it has 4 active connections"
