"""What takes a host's disk, memory and processors, lies for haproxy and puts the clock wrong: here, within small bounds."""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.target import drill_haproxy, drill_hold, drill_skew

MIB = 1 << 20


class Holder:
    """drill_hold.py under way: it says by a socket when it has all, as systemd would hear it."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        place = folder / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
            link.bind(str(place))
            link.settimeout(30)
            argv = [sys.executable, "-I", "-S", str(drill_hold.__file__), "take", json.dumps(settings)]
            self.child = subprocess.Popen(argv, env={**os.environ, "NOTIFY_SOCKET": str(place)})
            try:
                self.said = link.recv(99)
            except BaseException:
                self.end()
                raise

    def end(self) -> None:
        self.child.kill()
        self.child.wait()


def check(settings: dict[str, Any]) -> tuple[int, str]:
    argv = [sys.executable, "-I", "-S", str(drill_hold.__file__), "check", json.dumps(settings)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout.strip()


def test_a_disk_is_filled_up_to_the_margin_and_empty_again_when_the_holder_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drill_hold, "room_on_disk", lambda settings: 3 * MIB)
    number = drill_hold.nameless(str(tmp_path))
    try:
        assert list(tmp_path.iterdir()) == []
        monkeypatch.setattr(drill_hold, "nameless", lambda folder: number)
        drill_hold.take_disk({"path": str(tmp_path)})
        assert os.fstat(number).st_size == 3 * MIB
        assert os.fstat(number).st_blocks * 512 >= 3 * MIB
        assert os.fstat(number).st_nlink == 0
    finally:
        os.close(number)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"leave": 0, "most": 1}, "and to fill it takes more than the 0 MiB of `most`"),
        ({"leave": 1 << 60, "most": 1}, "is to be left"),
        ({"leave": 0, "most": 1, "path": "/nowhere"}, "/nowhere: No such file or directory"),
    ],
)
def test_a_disk_that_is_not_to_be_filled(tmp_path: Path, settings: dict[str, Any], words: str) -> None:
    code, said = check({"kind": "disk", "path": str(tmp_path), **settings})
    assert code == 1
    assert words in said


def test_more_memory_than_there_is_is_not_taken() -> None:
    code, said = check({"kind": "memory", "take": 1 << 50, "leave": MIB})
    assert code == 1
    assert "of memory are free" in said
    assert check({"kind": "memory", "take": MIB, "leave": MIB}) == (0, "")


def test_memory_that_is_taken_is_really_there(tmp_path: Path) -> None:
    holder = Holder(tmp_path, {"kind": "memory", "take": 24 * MIB, "leave": MIB})
    try:
        status = Path(f"/proc/{holder.child.pid}/status").read_text()
        kilobytes = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
        assert (holder.said, kilobytes > 24 * 1024) == (b"READY=1", True)
    finally:
        holder.end()


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_those_who_compute_end_with_the_holder(tmp_path: Path) -> None:
    holder = Holder(tmp_path, {"kind": "cpu", "workers": 2, "load": 5})
    try:
        busy = children(holder.child.pid)
    finally:
        holder.end()
    assert len(busy) == 2
    until = time.monotonic() + 20
    while any(alive(pid) for pid in busy):
        assert time.monotonic() < until, "they compute for ever"
        time.sleep(0.05)


def test_a_port_answers_as_told(tmp_path: Path) -> None:
    note = tmp_path / "port"
    holder = Holder(tmp_path, {"kind": "answer", "status": 503, "text": "ill", "note": str(note)})
    try:
        for method in ("GET", "HEAD", "OPTIONS"):
            link = http.client.HTTPConnection("127.0.0.1", int(note.read_text()), timeout=10)
            link.request(method, "/healthz")
            answer = link.getresponse()
            assert (answer.status, answer.read()) == (503, b"" if method == "HEAD" else b"ill")
            link.close()
    finally:
        holder.end()


class FakeHaproxy:
    """Answers commands on an admin socket, one connection each."""

    def __init__(self, place: Path, answers: dict[str, str]) -> None:
        self.asked: list[str] = []
        self.link = socket.socket(socket.AF_UNIX)
        self.link.bind(str(place))
        self.link.listen()
        self.answers = answers
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        while True:
            try:
                one, _ = self.link.accept()
            except OSError:
                return
            with one:
                command = one.recv(999).decode().strip()
                self.asked.append(command)
                one.sendall(self.answers.get(command, "\n").encode())

    def close(self) -> None:
        self.link.shutdown(socket.SHUT_RDWR)
        self.link.close()
        self.thread.join()


STATE = "1\n# be_id be_name srv_id srv_name srv_check_state\n3 web 1 one 6\n3 web 2 two 2\n\n"


@pytest.fixture
def haproxy(tmp_path: Path) -> Iterator[FakeHaproxy]:
    fake = FakeHaproxy(tmp_path / "sock", {"show servers state web": STATE, "show servers state no": "Can't find backend.\n"})
    yield fake
    fake.close()


def test_haproxy_is_told_about_a_server_and_looks_again(haproxy: FakeHaproxy, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = str(tmp_path / "sock")
    assert drill_haproxy.check(place, "web/one") == 0
    assert drill_haproxy.lie(place, "web/one", "down") == 0
    assert drill_haproxy.undo(place, "web/one") == 0
    assert haproxy.asked[1:] == ["disable health web/one", "set server web/one health down", "enable health web/one"]
    assert [drill_haproxy.check(place, each) for each in ("web/two", "web/three", "no/one")] == [1, 1, 1]
    said = capsys.readouterr().out
    assert "haproxy does not check the server web/two" in said
    assert "haproxy has no server web/three" in said


def test_haproxy_that_does_not_run_cannot_be_lied_to_and_needs_no_undo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert drill_haproxy.check(str(tmp_path / "none"), "web/one") == 1
    assert "does not answer" in capsys.readouterr().out
    assert drill_haproxy.undo(str(tmp_path / "none"), "web/one") == 0


def test_the_clock_is_put_right_by_the_monotonic_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_to: list[float] = []
    done: list[tuple[str, ...]] = []

    def systemctl(*words: str) -> bool:
        done.append(words)
        return words[-1] == "chrony" or words[0] != "is-active"

    monkeypatch.setattr(drill_skew, "systemctl", systemctl)
    monkeypatch.setattr(drill_skew.time, "clock_settime", lambda clock, when: set_to.append(when))
    kept = str(tmp_path / "clock-0")
    before = time.time()
    assert drill_skew.skew(kept, 3600.0) == 0
    assert set_to[0] - before == pytest.approx(3600, abs=5)
    assert drill_skew.undo(kept) == 0
    assert set_to[1] == pytest.approx(time.time(), abs=5)
    assert done[-2:] == [("stop", "chrony"), ("start", "chrony")]
    # once more is harmless
    assert drill_skew.undo(kept) == 0
    assert len(set_to) == 2


def test_the_clock_of_a_container_is_left_alone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(drill_skew, "container", lambda: "docker")
    assert drill_skew.check() == 1
    assert "its clock is that of its machine" in capsys.readouterr().out
    monkeypatch.setattr(drill_skew, "container", lambda: "")
    monkeypatch.setattr(drill_skew, "may_set", lambda: True)
    assert drill_skew.check() == 0
