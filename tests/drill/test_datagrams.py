"""The prober of single packets: pings and DNS queries, here on this machine's loopback interface."""

import json
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from runner.drill.clock import Offset
from runner.drill.records import duplicates_in, requests_in, silent_in
from runner.target import drill_probe_datagram as program


def asked(tmp_path: Path, *probes: dict[str, Any], until: int = 4) -> str:
    """Let the prober ask until each probe has ended so many requests; return what it wrote."""
    base = {"rate": 20, "timeout": 5.0, "size": 56, "type": "A"}
    numbered = [{**base, **each, "number": number} for number, each in enumerate(probes)]
    settings = {"out": str(tmp_path / "out"), "ahead": 1e6, "probes": numbered}
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    child = subprocess.Popen([sys.executable, "-I", "-S", program.__file__, str(tmp_path / "settings.json")])
    try:
        for _ in range(200):
            try:
                child.wait(0.1)
            except subprocess.TimeoutExpired:
                text = (tmp_path / "out").read_text() if (tmp_path / "out").exists() else ""
                lines = text.splitlines()
                if all(sum(line.startswith(f"p {number} ") for line in lines) >= until for number in range(len(probes))):
                    break
            else:
                break
    finally:
        child.kill()
        child.wait()
    return (tmp_path / "out").read_text()


def record(kind: int, body: bytes) -> bytes:
    """A record about the name in the question."""
    return b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(body)) + body


class Server(threading.Thread):
    """Answers queries on a port of its own; `answers` makes what is sent back of (query, its number)."""

    def __init__(self, answers: Any) -> None:
        super().__init__(daemon=True)
        self.link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.link.bind(("127.0.0.1", 0))
        self.port = self.link.getsockname()[1]
        self.answers = answers

    def run(self) -> None:
        number = 0
        while True:
            query, where = self.link.recvfrom(4096)
            if query == b"end":
                return
            for each in self.answers(query, number):
                self.link.sendto(each, where)
            number += 1


@contextmanager
def serving(answers: Any) -> Iterator[int]:
    server = Server(answers)
    server.start()
    try:
        yield server.port
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
            link.sendto(b"end", ("127.0.0.1", server.port))
        server.join()
        server.link.close()


def reply(query: bytes, *records: bytes, flags: int = 0x8180) -> bytes:
    return query[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0) + query[12:] + b"".join(records)


ADDRESS = record(1, bytes([10, 0, 0, 1]))


def test_queries_are_answered_and_an_answer_may_be_wanted(tmp_path: Path) -> None:
    questions: list[bytes] = []

    def answers(query: bytes, number: int) -> list[bytes]:
        questions.append(query)
        return [reply(query, record(1, bytes([10, 0, 0, 2])), ADDRESS)]

    with serving(answers) as port:
        where = {"kind": "dns", "server": "127.0.0.1", "port": port, "name": "www.example.org."}
        text = asked(tmp_path, where, {**where, "answer": "10.0.0.1"}, {**where, "answer": "10.0.0.3"})
    some, right, wrong = requests_in(text, Offset(0, 0), 3)
    assert {each.outcome for each in some} == {each.outcome for each in right} == {"ok"}
    assert {each.outcome for each in wrong} == {"other-answer"}
    assert [each.sequence for each in some] == list(range(len(some)))
    assert all(each[12:] == b"\3www\7example\3org\0\0\1\0\1" for each in questions)
    assert len({each[:2] for each in questions}) > 3
    assert duplicates_in(text, Offset(0, 0), 3) == [[], [], []]


class StreamServer(threading.Thread):
    """Answers each connection over TCP with `pieces` made of its query, one after the other, and hangs up."""

    def __init__(self, pieces: Any) -> None:
        super().__init__(daemon=True)
        self.link = socket.create_server(("127.0.0.1", 0))
        self.port = self.link.getsockname()[1]
        self.pieces = pieces
        self.over = False

    def run(self) -> None:
        number = 0
        while True:
            one, _ = self.link.accept()
            with one:
                if self.over:
                    return
                length = struct.unpack("!H", one.recv(2, socket.MSG_WAITALL))[0]
                for piece in self.pieces(one.recv(length, socket.MSG_WAITALL), number):
                    one.sendall(piece)
                    time.sleep(0.01)
            number += 1

    def __enter__(self) -> int:
        self.start()
        return self.port

    def __exit__(self, *_: object) -> None:
        self.over = True
        socket.create_connection(("127.0.0.1", self.port)).close()
        self.join()
        self.link.close()


def sized(message: bytes) -> bytes:
    return struct.pack("!H", len(message)) + message


def test_queries_over_tcp_are_answered_in_pieces_or_not_at_all(tmp_path: Path) -> None:
    def pieces(query: bytes, number: int) -> list[bytes]:
        whole = sized(reply(query, ADDRESS))
        forged = sized(bytes([query[0] ^ 1]) + reply(query, ADDRESS)[1:])
        return [[whole], [whole[:1], whole[1:7], whole[7:]], [], [whole[:9]], [sized(reply(query, flags=0x8183))], [forged]][number % 6]

    closed = socket.create_server(("127.0.0.1", 0))
    nobody = closed.getsockname()[1]
    closed.close()
    where = {"kind": "dns", "over": "tcp", "server": "127.0.0.1", "name": "a.b"}
    with StreamServer(pieces) as port:
        text = asked(tmp_path, {**where, "port": port}, {**where, "port": nobody}, until=12)
    answered, refused = requests_in(text, Offset(0, 0), 2)
    # on a busy machine some are not sent, as their time is over
    found = [each.outcome for each in answered if each.outcome != "unsent"][:12]
    assert len(found) >= 6
    assert found == (["ok", "ok", "closed", "closed", "no-such-name", "no-answer"] * 2)[: len(found)]
    assert {each.outcome for each in refused} - {"unsent"} == {"refused"}
    assert duplicates_in(text, Offset(0, 0), 2) == [[], []]


def test_a_query_over_tcp_waits_no_longer_than_it_may(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = {"kind": "dns", "over": "tcp", "server": "127.0.0.1", "port": silent.getsockname()[1], "name": "a.b", "timeout": 0.2}
        text = asked(tmp_path, where)
    (unheard,) = requests_in(text, Offset(0, 0), 1)
    assert {each.outcome for each in unheard} == {"timeout"}


def test_second_answers_are_counted_and_foreign_ones_are_not_heard(tmp_path: Path) -> None:
    def answers(query: bytes, number: int) -> list[bytes]:
        forged = bytes([query[0] ^ 1]) + reply(query, ADDRESS)[1:]
        return [forged, reply(query, ADDRESS), reply(query, ADDRESS)][: 3 if number % 2 else 2]

    with serving(answers) as port:
        text = asked(tmp_path, {"kind": "dns", "server": "127.0.0.1", "port": port, "name": "a.b"}, until=6)
    (requests,), (twice,) = requests_in(text, Offset(0, 0), 1), duplicates_in(text, Offset(0, 0), 1)
    assert {each.outcome for each in requests} == {"ok"}
    assert [line.split()[2] for line in text.splitlines() if line.startswith("d ")][:2] == ["1", "3"]
    assert len(twice) >= 2
    assert all(when > 1e6 for when in (*twice, *(each.due for each in requests)))


@pytest.mark.parametrize(
    ("made", "outcome"),
    [
        (lambda query: reply(query, flags=0x8183), "no-such-name"),
        (lambda query: reply(query, flags=0x8182), "server-failure"),
        (reply, "no-record"),
        (lambda query: reply(query, flags=0x8380), "truncated"),
        (lambda query: query, "no-answer"),
        (lambda query: reply(query, ADDRESS)[:-2], "no-message"),
        (lambda query: query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + query[12:] + b"\xc0\x1d\0\1", "no-message"),
    ],
)
def test_answers_are_told_apart(made: Any, outcome: str) -> None:
    queries = program.Queries.__new__(program.Queries)
    query = b"\1\2\1\0\0\1\0\0\0\0\0\0\1a\1b\0\0\1\0\1"
    queries._kind, queries._answer, queries._question = 1, None, query[12:]
    assert queries.outcome(made(query)) == outcome


def test_records_say_what_a_zone_file_says() -> None:
    query = b"\1\2\1\0\0\1\0\0\0\0\0\0\1a\1b\0\0\1\0\1"
    name = b"\4Mail\xc0\x0c"
    said = {
        "AAAA": (bytes(15) + b"\1", "::1"),
        "MX": (struct.pack("!H", 10) + name, "10 mail.a.b"),
        "SRV": (struct.pack("!HHH", 1, 2, 443) + name, "1 2 443 mail.a.b"),
        "CNAME": (name, "mail.a.b"),
        "TXT": (b"\2v=\1x", "v=x"),
    }
    for kind, (body, text) in said.items():
        number = program.TYPES[kind]
        assert program.answers_in(reply(query, record(number, body), ADDRESS), number) == [text]


def test_nobody_there_is_refused_or_unheard(tmp_path: Path) -> None:
    closed = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    closed.bind(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()
    with serving(lambda query, number: []) as silent:
        text = asked(
            tmp_path,
            {"kind": "dns", "server": "127.0.0.1", "port": port, "name": "a.b"},
            {"kind": "dns", "server": "127.0.0.1", "port": silent, "name": "a.b", "timeout": 0.2},
        )
    refused, unheard = requests_in(text, Offset(0, 0), 2)
    assert {each.outcome for each in refused} == {"refused"}
    assert {each.outcome for each in unheard} == {"timeout"}
    assert all(each.ended - each.begun >= 0.2 for each in unheard)


def may_ping() -> bool:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()
    except PermissionError:
        return False
    return True


def has_ipv6() -> bool:
    """Whether the loopback interface has its address of version 6."""
    file = Path("/proc/net/if_inet6")
    return file.exists() and any(line.split()[-1] == "lo" for line in file.read_text().splitlines())


@pytest.mark.skipif(not may_ping() or not has_ipv6(), reason="no raw sockets, or no IPv6, here")
def test_pings_of_version_6_are_answered(tmp_path: Path) -> None:
    text = asked(tmp_path, {"kind": "icmp", "host": "::1", "size": 1000}, until=6)
    (requests,) = requests_in(text, Offset(0, 0), 1)
    assert {each.outcome for each in requests} == {"ok"}
    assert duplicates_in(text, Offset(0, 0), 1) == [[]]


@pytest.mark.skipif(not may_ping(), reason="no raw sockets here")
def test_pings_are_answered_and_second_answers_are_counted(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as link:
        link.settimeout(0.2)
        over = threading.Event()

        def answer_again() -> None:
            """Each request to the second address gets another answer, as from a second host that holds it."""
            while not over.is_set():
                try:
                    data, where = link.recvfrom(4096)
                except TimeoutError:
                    continue
                if data[20] == 8 and where[0] == "127.0.0.1" and data[16:20] == bytes([127, 0, 0, 7]):
                    body = b"\0\0\0\0" + data[24:]
                    link.sendto(body[:2] + struct.pack("!H", program.checksum(body)) + body[4:], ("127.0.0.1", 0))

        thread = threading.Thread(target=answer_again)
        thread.start()
        try:
            text = asked(tmp_path, {"kind": "icmp", "host": "127.0.0.1"}, {"kind": "icmp", "host": "127.0.0.7", "size": 1000}, until=6)
        finally:
            over.set()
            thread.join()
    plain, doubled = requests_in(text, Offset(0, 0), 2)
    assert {each.outcome for each in (*plain, *doubled)} == {"ok"}
    once, twice = duplicates_in(text, Offset(0, 0), 2)
    assert once == []
    assert len(twice) >= 4


class Poll:
    """Stands for select.poll() where nothing is waited for."""

    def register(self, link: Any, events: int) -> None:
        """Nothing is watched."""


@pytest.mark.skipif(not may_ping(), reason="no raw sockets here")
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_a_router_that_says_no_is_heard(family: socket.AddressFamily) -> None:
    if family == socket.AF_INET6 and not has_ipv6():
        pytest.skip("no IPv6 here")
    pings = program.Pings({"host": "127.0.0.1" if family == socket.AF_INET else "::1", "size": 56}, Poll())
    try:
        pings._last = 70000
        _, request, reply_kind, quoted, ill = program.ICMP[family]
        header = bytes([0x45]) + bytes(19) if family == socket.AF_INET else b""
        sent = struct.pack("!BBHHH", request, 0, 0, pings._identifier, 69999 & 0xFFFF) + pings._token + struct.pack("!Q", 69999)
        for kind, word in ill.items():
            told = header + struct.pack("!BBHI", kind, 1, 0, 0) + bytes(quoted) + sent
            assert pings.read(told) == (69999, word)
        assert pings.read(header + struct.pack("!BBHHH", reply_kind, 0, 0, 1, 1) + sent[8:]) == (69999, "ok")
        other = header + struct.pack("!BBHI", next(iter(ill)), 1, 0, 0) + bytes(quoted) + sent[:4] + b"\0\0" + sent[6:]
        assert pings.read(other) is None or pings._identifier == 0
        assert pings.read(header + struct.pack("!BBHHH", reply_kind, 0, 0, 1, 1) + b"a stranger's data") is None
    finally:
        pings._link.close()


def test_why_a_probe_cannot_ask(tmp_path: Path) -> None:
    text = asked(tmp_path, {"kind": "icmp", "host": "no host"}, until=1)
    assert list(silent_in(text)) == [0]
    assert requests_in(text, Offset(0, 0), 1) == [[]]
