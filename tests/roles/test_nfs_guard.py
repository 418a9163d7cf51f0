"""The program that takes away a mount whose server is lost: whom it calls lost, how long it waits, and what it leaves alone."""

import importlib.util
import socket
import struct
import subprocess
import threading
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / "roles" / "nfs" / "files" / "nfs-guard.py"


@pytest.fixture
def guard(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("nfs_guard", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "PLACE", str(tmp_path))
    return module


@pytest.fixture
def ended(guard, monkeypatch):
    """A mounted share of a server that is silent; returns the list of programs that were run, and the clock."""
    ran, clock = [], [100.0]

    def run(argv, **_options):
        ran.append(argv)
        return subprocess.CompletedProcess(argv, 0)

    monkeypatch.setattr(guard, "mounted", lambda address, path: True)
    monkeypatch.setattr(guard, "answers", lambda address: False)
    monkeypatch.setattr(guard.subprocess, "run", run)
    monkeypatch.setattr(guard.time, "monotonic", lambda: clock[0])
    return ran, clock


def serve(reply):
    """Listen on a port of loopback, answer the first call by what `reply` makes of it; returns the port and the thread."""
    listener = socket.create_server(("127.0.0.1", 0))

    def once():
        with listener:
            link, _peer = listener.accept()
        with link:
            call = link.recv(44)
            link.sendall(reply(call))

    thread = threading.Thread(target=once)
    thread.start()
    return listener.getsockname()[1], thread


@pytest.mark.parametrize(
    ("reply", "well"),
    [
        (lambda call: struct.pack("!I", 0x80000018) + call[4:8] + struct.pack("!5I", 1, 0, 0, 0, 0), True),
        (lambda call: struct.pack("!I", 0x80000018) + b"othr" + struct.pack("!5I", 1, 0, 0, 0, 0), False),
        (lambda call: b"SSH-2.0-OpenSSH_9.2\r\n", False),
        (lambda call: b"", False),
    ],
    ids=["nfs", "another call's answer", "something else", "closes"],
)
def test_only_the_answer_to_its_call_is_a_sign_of_life(guard, reply, well):
    port, thread = serve(reply)
    try:
        assert guard.answers("127.0.0.1", port) is well
    finally:
        thread.join(10)


def test_a_port_that_nobody_listens_on_is_silent(guard):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        assert guard.answers("127.0.0.1", held.getsockname()[1]) is False


def test_a_mount_is_known_by_its_server_and_place(guard, tmp_path):
    table = tmp_path / "mounts"
    table.write_text("systemd-1 /srv/a autofs rw 0 0\n10.0.0.1:/x /srv/a nfs4 rw 0 0\n/dev/sda /srv/b ext4 rw 0 0\n")
    assert guard.mounted("10.0.0.1", "/srv/a", str(table))
    assert not guard.mounted("10.0.0.2", "/srv/a", str(table))
    assert not guard.mounted("10.0.0.1", "/srv/b", str(table))


def test_a_silent_server_is_waited_for_and_then_given_up(guard, ended):
    ran, clock = ended
    assert guard.look(60, "10.0.0.1", "/srv/a") == "/srv/a: 10.0.0.1 does not answer"
    clock[0] += 59
    assert guard.look(60, "10.0.0.1", "/srv/a") is None
    assert ran == []
    clock[0] += 2
    assert "was silent for 61 s" in guard.look(60, "10.0.0.1", "/srv/a")
    assert ran == [["umount", "--force", "--lazy", "/srv/a"]]


def test_a_server_that_answers_again_begins_a_new_count(guard, ended, monkeypatch):
    ran, clock = ended
    guard.look(60, "10.0.0.1", "/srv/a")
    clock[0] += 50
    with monkeypatch.context() as well:
        well.setattr(guard, "answers", lambda address: True)
        assert guard.look(60, "10.0.0.1", "/srv/a") is None
    guard.look(60, "10.0.0.1", "/srv/a")
    clock[0] += 50
    assert guard.look(60, "10.0.0.1", "/srv/a") is None
    assert ran == []
