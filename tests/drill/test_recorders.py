"""What runs on the hosts: the observer and the prober, here on this machine and its loopback interface."""

import contextlib
import json
import os
import signal
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

from runner.drill.clock import Offset
from runner.drill.records import broken_in, holding_in, requests_in, units_in
from runner.target import drill_probe, drill_watch


def message(family: int, *fields: tuple[int, bytes]) -> bytes:
    body = struct.pack("=BBBBI", family, 24, 0, 0, 2)
    for kind, value in fields:
        body += struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)
    return body


def test_addresses_in_netlink_messages() -> None:
    four = message(socket.AF_INET, (1, b"\x0a\0\0\1"), (2, b"\x0a\0\0\2"), (3, b"eth0\0"))
    assert drill_watch.address_in(four) == "10.0.0.2"  # the local one, where the other is a peer's
    assert drill_watch.address_in(message(socket.AF_INET6, (1, b"\xfd" + b"\0" * 14 + b"\2"))) == "fd00::2"
    assert drill_watch.address_in(message(socket.AF_PACKET)) is None
    both = b"".join(struct.pack("=IHHII", 16 + len(four), 20, 0, 1, 0) + four for _ in range(2))
    assert [kind for kind, _ in drill_watch.messages(both)] == [20, 20]


def test_the_kernel_is_asked_for_the_addresses() -> None:
    assert "127.0.0.1" in drill_watch.held()


def test_a_stopped_process_is_seen_as_frozen() -> None:
    child = subprocess.Popen(["sleep", "30"])
    try:
        assert drill_watch.unit_state(f"ActiveState=active\nMainPID={child.pid}\n") == "active"
        child.send_signal(19)
        time.sleep(0.1)
        assert drill_watch.unit_state(f"ActiveState=active\nMainPID={child.pid}\n") == "frozen"
        assert drill_watch.unit_state("ActiveState=inactive\nMainPID=0\n") == "inactive"
    finally:
        child.kill()
        child.wait()


def recorded(tmp_path: Path, script: Any, settings: dict[str, Any], enough: Callable[[str], bool]) -> str:
    """Return what a recorder writes until that is enough, however long it takes on a busy machine."""
    file, out = tmp_path / "settings.json", tmp_path / "out"
    file.write_text(json.dumps({**settings, "out": str(out)}))
    child = subprocess.Popen([sys.executable, "-I", "-S", str(script.__file__), str(file)])
    until = time.monotonic() + 60
    while time.monotonic() < until and not enough(out.read_text() if out.exists() else ""):
        time.sleep(0.1)
    child.kill()
    child.wait()
    return out.read_text()


def test_the_observer_looks_at_its_period(tmp_path: Path) -> None:
    begun = time.monotonic()
    settings = {"addresses": ["127.0.0.1"], "units": [], "period": 0.05, "ahead": 1e6}
    text = recorded(tmp_path, drill_watch, settings, lambda text: text.count("\n") > 20)
    samples = holding_in(text, Offset(0, 0))
    assert all(held for _, held in samples)
    # a host whose clock began anew goes on with the time that it had
    assert all(begun < when - 1e6 < begun + 70 for when, _ in samples)
    # each change is looked at as well, and others may change something on this machine
    assert statistics.median(after - before for (before, _), (after, _) in pairwise(samples)) >= 0.04


class Answers(BaseHTTPRequestHandler):
    """Says yes, no or nothing, by the path."""

    def do_GET(self) -> None:
        if self.path == "/slow":
            time.sleep(1.0)
        self.send_response(503 if self.path == "/busy" else 200)
        self.end_headers()
        self.wfile.write(b"served by one")

    def log_message(self, *words: Any) -> None:
        """Nothing is logged."""


def test_the_prober_keeps_its_rate_and_tells_outcomes_apart(tmp_path: Path) -> None:
    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    closed = socket.create_server(("127.0.0.1", 0))
    port, no_port = server.server_address[1], closed.getsockname()[1]
    closed.close()
    http = {"kind": "http", "status": 200, "text": "served", "check_certificate": True, "rate": 10, "timeout": 20}
    asked = [
        {**http, "name": "well", "url": f"http://127.0.0.1:{port}/"},
        {**http, "name": "busy", "url": f"http://127.0.0.1:{port}/busy"},
        {**http, "name": "text", "url": f"http://127.0.0.1:{port}/", "text": "other"},
        {"kind": "tcp", "name": "refused", "host": "127.0.0.1", "port": no_port, "rate": 10, "timeout": 20},
        {"kind": "command", "name": "exit", "command": "exit $((DRILL_SEQUENCE % 2 * 3))", "rate": 5, "timeout": 20},
        {"kind": "command", "name": "hangs", "command": "sleep 9", "rate": 5, "timeout": 0.2},
    ]
    try:
        probes = [{**each, "number": number} for number, each in enumerate(asked)]
        settings = {"probes": probes, "ahead": 1e6}
        text = recorded(tmp_path, drill_probe, settings, lambda text: all(text.count(f"p {number} ") > 5 for number in range(6)))
    finally:
        server.shutdown()
        server.server_close()
    well, busy, other, refused, exits, hangs = requests_in(text, Offset(0, 0), 6)
    assert {each.outcome for each in well} == {"ok"}
    assert all(1e6 < each.due <= each.begun <= each.ended for each in well)
    assert {each.outcome for each in busy} == {"status-503"}
    assert {each.outcome for each in other} == {"other-text"}
    assert {each.outcome for each in refused} == {"refused"}
    assert [each.outcome for each in exits][:4] == ["ok", "exit-3", "ok", "exit-3"]
    assert {each.outcome for each in hangs} == {"timeout"}
    assert [each.sequence for each in well] == list(range(len(well)))


def runs(pid: int) -> bool:
    """Whether a process runs, and is no zombie that only waits to be asked for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_nothing_of_a_late_command_is_left(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    late = {"kind": "command", "name": "late", "command": f"sleep 300 & echo $DRILL_SEQUENCE $! >> {begun}; wait", "rate": 2, "timeout": 5}
    text = recorded(tmp_path, drill_probe, {"probes": [{**late, "number": 0}]}, lambda text: text.count("\n") > 2)
    started = dict(line.split() for line in begun.read_text().splitlines())
    answered = [started[str(each.sequence)] for each in requests_in(text, Offset(0, 0), 1)[0] if str(each.sequence) in started]
    try:
        assert answered
        until = time.monotonic() + 60
        while [pid for pid in answered if runs(int(pid))]:
            assert time.monotonic() < until, "what a late command started goes on"
            time.sleep(0.1)
    finally:
        for pid in started.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)


def test_records_are_put_on_one_clock() -> None:
    offset = Offset(1000.0, 0.01)
    units = units_in("u 1001.0 0 active\nu 1002.0 0 active\nu 1003.0 0 failed\nu 1003.5 0 fai", offset, ["a"], 9.0)
    assert [(span.begin, span.end, span.value) for span in units["a"]] == [(1.0, 3.0, "active"), (3.0, 9.0, "failed")]
    broken, complaints = broken_in("set 1002.5 0\nwas-set 1002.6 0 0\nundo 1004.0 0\nundone 1004.1 0 1\n", offset, "one", {0: "x", 1: "y"})
    assert [(each.set_at, each.undone_at) for each in broken] == [(2.5, 4.0), (None, None)]
    assert complaints == [
        "one: x: could not be undone (exit status 1)",
        "one: y: was never set",
        "one: y: the host does not say that it was undone",
    ]
    # begun, and never through with it: nobody knows what was broken
    _, complaints = broken_in("set 1002.5 0\nundo 1004.0 0\nundone 1004.1 0 0\n", offset, "one", {0: "x"})
    assert complaints == ["one: x: the host does not say that it was set: it was ended, or did not come to its end in time"]
