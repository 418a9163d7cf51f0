"""The observer of what services say of themselves: entries of the journal, haproxy's socket, etcd's answers."""

import itertools
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runner.target import drill_watch_events as program

EXITED = "98e322203f7a4ed290d09fe03c09fe15"


def entry(said: Any, **more: str) -> dict[str, Any]:
    return {"MESSAGE": said, "__MONOTONIC_TIMESTAMP": "29164216563", "__REALTIME_TIMESTAMP": "1795596135119615", **more}


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ("(front) Entering BACKUP STATE (init)", ["k front BACKUP"]),
        ("(front) Entering MASTER STATE", ["k front MASTER", "s keepalived (front) Entering MASTER STATE"]),
        ("VRRP_Instance(VI 1) Entering FAULT STATE", ["k VI_1 FAULT", "s keepalived VRRP_Instance(VI 1) Entering FAULT STATE"]),
        ("Stopped - used (self/children) 0.01/0.00 user time", ["k * DOWN"]),
        ("Stopped", ["k * DOWN"]),
        ("Stopping", ["k * STOPPING"]),
        ("Stopping keepalived.service - Keepalive Daemon (LVS and VRRP)...", []),
        ("VRRP child process(603) died: Respawning", ["k * DOWN"]),
        ("Script `haproxy` now returning 7", ["s keepalived Script `haproxy` now returning 7"]),
        ("Script `haproxy` now returning 0", []),
        ("VRRP_Script(haproxy) failed (exited with status 7)", ["s keepalived VRRP_Script(haproxy) failed (exited with status 7)"]),
        ("VRRP_Script(haproxy) succeeded", []),
        ("(a) Changing effective priority from 200 to 150", ["s keepalived (a) Changing effective priority from 200 to 150"]),
        ("(a) Changing effective priority from 150 to 200", []),
        ("(a) Backup received priority 0 advertisement", ["s keepalived (a) Backup received priority 0 advertisement"]),
        ([40, 97, 41, 32, 255], []),
        ("Startup complete", []),
    ],
)
def test_what_keepalived_says(said: Any, lines: list[str]) -> None:
    assert program.lines_of(entry(said)) == lines


def test_what_systemd_says_of_it() -> None:
    main = entry("keepalived.service: Main process exited, code=killed, status=9/KILL", MESSAGE_ID=EXITED)
    control = entry("keepalived.service: Control process exited, code=exited, status=2", MESSAGE_ID=EXITED)
    assert (program.lines_of(main), program.lines_of(control)) == (["k * DOWN"], [])


def test_a_message_that_had_to_wait_has_the_time_of_its_sending() -> None:
    assert program.time_of(entry("x")) == 29164.216563
    late = entry("x", _SOURCE_REALTIME_TIMESTAMP="1795596134919615")
    assert program.time_of(late) == pytest.approx(29164.016563)
    # a clock that was put back in between says nothing
    odd = entry("x", _SOURCE_REALTIME_TIMESTAMP="1795596235119615")
    assert program.time_of(odd) == 29164.216563


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A journal of one file: what is sent to its socket comes last, unless it is lost."""
    file, path = tmp_path / "entries", str(tmp_path / "journal")
    link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    link.bind(path)
    program_file = tmp_path / "journalctl"
    program_file.write_text(f"#!/bin/sh\ncat {file}\n")
    program_file.chmod(0o755)
    file.write_text(json.dumps(entry("(a) Entering MASTER STATE")) + "\nno json\n")
    monkeypatch.setattr(program, "JOURNAL", path)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def take() -> None:
        while (data := link.recv(4096)) != b"over":
            said = data.decode().split("\n")[0].partition("=")[2]
            if not (tmp_path / "lost").exists():
                with file.open("a") as more:
                    more.write(json.dumps(entry(said)) + "\n")

    thread = threading.Thread(target=take)
    thread.start()
    yield tmp_path
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.sendto(b"over", path)
    thread.join()
    link.close()


def heard(monkeypatch: pytest.MonkeyPatch, patience: float) -> list[str]:
    monkeypatch.setattr(program, "PATIENCE", patience)
    lines: list[str] = []
    program.Keepalived("keepalived", lambda kind, when, rest: lines.append(f"{kind} {when:.3f} {rest}")).whole()
    return list(dict.fromkeys(lines))


def test_the_journal_is_whole_when_the_mark_has_come(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = heard(monkeypatch, 20)
    assert lines == ["k 29164.217 a MASTER", "s 29164.217 keepalived (a) Entering MASTER STATE", "K 29164.217 whole"]


def test_a_journal_that_loses_something_is_not_called_whole(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (journal / "lost").touch()
    assert not [line for line in heard(monkeypatch, 0.3) if line.startswith("K")]


@pytest.mark.parametrize(
    ("unit", "when", "whole"),
    [("keepalived.service", "29164216563", False), ("nginx.service", "29164216563", True), ("keepalived.service", "1", True)],
)
def test_a_journal_that_left_something_out_is_not_called_whole(
    journal: Path, monkeypatch: pytest.MonkeyPatch, unit: str, when: str, whole: bool
) -> None:
    monkeypatch.setattr(program, "time", SimpleNamespace(monotonic=itertools.count(100.0, 0.01).__next__, sleep=time.sleep))
    said = entry(f"Suppressed 12 messages from {unit}", MESSAGE_ID=program.SUPPRESSED)
    with (journal / "entries").open("a") as more:
        more.write(json.dumps({**said, "__MONOTONIC_TIMESTAMP": when}) + "\n")
    assert any(line.startswith("K") for line in heard(monkeypatch, 20)) is whole


def test_the_servers_of_haproxy(tmp_path: Path) -> None:
    text = "# pxname,svname,status,weight,\nweb,web1,UP 1/3,1,\nweb,web2,no check,1,\nweb,web3,DOWN,1,\n\n"
    assert program.servers_in(text) == ["web/web1=UP", "web/web2=no", "web/web3=DOWN"]
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(path)
        server.listen(1)

        def answer() -> None:
            link, _ = server.accept()
            with link:
                assert link.recv(100) == b"show stat -1 4 -1\n"
                link.sendall(text.encode())

        thread = threading.Thread(target=answer)
        thread.start()
        assert program.Haproxy({"socket": path}).look() == "web/web1=UP web/web2=no web/web3=DOWN"
        thread.join()


class Member(BaseHTTPRequestHandler):
    """A member of etcd: of the second answer on half is missing, as of one that dies."""

    said: dict[str, Any] = {"header": {"member_id": "7", "raft_term": "3"}, "leader": "7"}
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        assert (self.path, self.rfile.read(int(self.headers["Content-Length"]))) == ("/v3/maintenance/status", b"{}")
        body = json.dumps(self.said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: Any) -> None:
        """Nothing is logged."""


def test_the_word_of_a_member_of_etcd(monkeypatch: pytest.MonkeyPatch) -> None:
    server = HTTPServer(("127.0.0.1", 0), Member)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    looker = program.Etcd({"port": server.server_address[1]})
    try:
        assert looker.look() == "3 7 7"
        looker._link.close()
        monkeypatch.setattr(Member, "said", {"header": {"member_id": "7", "raft_term": "4"}})
        assert looker.look() == "4 7 0"
        looker._link.close()
        monkeypatch.setattr(Member, "said", {"error": "etcdserver: no leader"})
        with pytest.raises(KeyError):
            looker.look()
    finally:
        looker._link.close()
        server.shutdown()
        thread.join()
        server.server_close()


def test_what_cannot_be_looked_at_is_written_down_as_that() -> None:
    lines: list[tuple[str, str]] = []

    class Over(Exception):
        """Ends the watching."""

    def write(kind: str, when: float, rest: str) -> None:
        lines.append((kind, rest))
        if len(lines) == 3:
            raise Over

    answers: list[Any] = [OSError("away"), "a=UP", KeyError("header")]

    class Looker:
        def look(self) -> Any:
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

    with pytest.raises(Over):
        program.watch("h", Looker, write)
    assert lines == [("h", "-"), ("h", "a=UP"), ("h", "-")]
