"""SSH against a real server on loopback: logins, host keys, jumps, many sessions, drops; each refusal says what to do."""

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from runner.connect.open import connection_for
from runner.errors import RunnerError, Unreachable
from runner.model.request import Request
from tests.connect.conftest import Linked, Server, free_port, make_key

PING = Request("ping", {})
HOME_RULES = ("-F", "none")


def shell(text: str, **more: Any) -> Request:
    return Request("shell", {"cmd": text}, **more)


@asynccontextmanager
async def refused(linked: Linked, address: Any) -> AsyncIterator[list[RunnerError]]:
    found: list[RunnerError] = []
    async with linked(address) as link:
        with pytest.raises(Unreachable) as caught:
            await link.call(PING)
        found.append(caught.value)
        yield found


async def test_one_connection_carries_everything(linked: Linked, sshd: Server) -> None:
    async with linked(sshd.address) as link:
        answers = await asyncio.gather(*(link.call(shell("sleep 0.1; echo $SSH_CONNECTION")) for _ in range(6)))
        plain = await link.shell("echo $SSH_CONNECTION; exit 3", stdin=b"")
        assert {answer.result["stdout"] for answer in answers} == {plain.stdout.decode().strip()}
        assert plain.rc == 3


async def test_much_goes_both_ways(linked: Linked, sshd: Server, tmp_path: Path) -> None:
    content = os.urandom(6_000_000)
    async with linked(sshd.address) as link:
        await link.put(content, str(tmp_path / "put"), 0o600)
        assert await link.get(str(tmp_path / "put")) == content
        answer = await link.call(Request("fetch", {"src": str(tmp_path / "put")}, receive_to=tmp_path / "back"))
        assert not answer.result.get("failed")
        assert (tmp_path / "back").read_bytes() == content
        copied = await link.call(Request("copy", {"dest": str(tmp_path / "copy")}, blob=tmp_path / "back"))
        assert not copied.result.get("failed")
        assert (tmp_path / "copy").read_bytes() == content
        noisy = await link.call(shell("head -c 3000000 /dev/zero | tr '\\0' x", stream=True), lambda *_: None)
        assert len(noisy.result["stdout"]) == 3_000_000


async def test_output_is_streamed_and_no_byte_is_lost(linked: Linked, sshd: Server) -> None:
    heard: list[bytes] = []
    async with linked(sshd.address) as link:
        answer = await link.shell(
            "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done", on_output=lambda _, data: heard.append(data)
        )
    assert answer.stdout == b"".join(heard) == b"".join(b"line %d\n" % number for number in range(3000))


async def test_a_terminal_when_asked_for(linked: Linked, sshd: Server) -> None:
    async with linked(sshd.address) as link:
        assert (await link.shell("test -t 0 && echo yes", pty=True)).stdout == b"yes\r\n"
        assert (await link.shell("test -t 0 || echo no")).stdout == b"no\n"


async def test_an_unknown_host_key(linked: Linked, sshd: Server, tmp_path: Path) -> None:
    file = tmp_path / "known"
    async with refused(linked, sshd.with_options(f"UserKnownHostsFile={file}")) as found:
        error = found[0]
    printed = subprocess.run(["ssh-keygen", "-lf", f"{sshd.folder}/host_key.pub"], capture_output=True, text=True).stdout.split()[1]
    assert error.message == "the host key of loop (127.0.0.1) is not known"
    assert error.found == f"ssh-ed25519 {printed}"
    assert f"ssh-keyscan -p {sshd.port} -t ed25519 127.0.0.1 >> {file}" in error.remedy


async def test_the_remedy_for_an_unknown_host_key_works(linked: Linked, sshd: Server, tmp_path: Path) -> None:
    file = tmp_path / "known"
    with file.open("wb") as target:
        subprocess.run(["ssh-keyscan", "-p", str(sshd.port), "-t", "ed25519", "127.0.0.1"], stdout=target, stderr=subprocess.DEVNULL)
    async with linked(sshd.with_options(f"UserKnownHostsFile={file}")) as link:
        assert (await link.call(PING)).result["ping"] == "pong"
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(file)], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    assert file.read_text().startswith("|1|")
    async with linked(sshd.with_options(f"UserKnownHostsFile={file}")) as link:
        assert (await link.call(PING)).result["ping"] == "pong"


async def test_a_changed_host_key(linked: Linked, sshd: Server, tmp_path: Path) -> None:
    other = make_key(tmp_path / "other")
    file = tmp_path / "known"
    file.write_text(f"# comment\n[127.0.0.1]:{sshd.port} {Path(f'{other}.pub').read_text()}")
    async with refused(linked, sshd.with_options(f"UserKnownHostsFile={file}")) as found:
        error = found[0]
    assert error.message == "the host key of loop (127.0.0.1) has changed"
    assert str(error.position) == f"{file}:2"
    assert f"ssh-keygen -f {file} -R '[127.0.0.1]:{sshd.port}'" in error.remedy


async def test_accept_new_learns_a_key_once_and_no_takes_any(linked: Linked, sshd: Server, tmp_path: Path) -> None:
    file = tmp_path / "folder" / "known"
    options = (f"UserKnownHostsFile={file}", "StrictHostKeyChecking=accept-new")
    for _ in range(2):
        async with linked(sshd.with_options(*options)) as link:
            await link.call(PING)
    assert file.read_text() == (sshd.folder / "known_hosts").read_text()
    wrong = tmp_path / "wrong"
    wrong.write_text(f"[127.0.0.1]:{sshd.port} {(sshd.folder / 'user_key.pub').read_text()}")
    async with linked(sshd.with_options(f"UserKnownHostsFile={wrong}", host_key_checking=False)) as link:
        await link.call(PING)
    async with refused(linked, sshd.with_options(f"UserKnownHostsFile={wrong}", "StrictHostKeyChecking=accept-new")) as found:
        assert "has changed" in found[0].message


async def test_keys_that_do_not_do(linked: Linked, sshd: Server, tmp_path: Path) -> None:
    locked, other, text = make_key(tmp_path / "locked", "secret"), make_key(tmp_path / "other"), tmp_path / "text"
    text.write_text("no key\n")
    cases = [
        (tmp_path / "missing", "the key file .*missing does not exist"),
        (locked, "the key .*locked is locked with a passphrase"),
        (text, "the file .*text is no key that can be used"),
        (other, "loop refused the login of"),
    ]
    for path, message in cases:
        async with linked(sshd.with_options(private_key_file=str(path))) as link:
            with pytest.raises(Unreachable, match=message) as caught:
                await link.call(PING)
    assert caught.value.found == f"tried: key {other}"
    for kind in ("rsa", "ecdsa"):
        key = make_key(tmp_path / kind, "secret", kind)
        with (sshd.folder / "authorized_keys").open("a") as file:
            file.write(Path(f"{key}.pub").read_text())
        async with linked(sshd.with_options(private_key_file=str(key), key_passphrase="secret")) as link:
            await link.call(PING)


async def test_a_host_that_is_not_there(linked: Linked, sshd: Server) -> None:
    port = free_port()
    async with refused(linked, sshd.with_options(port=port)) as found:
        assert found[0].message == f"loop (127.0.0.1 port {port}): Connection refused"
        assert "ansible_port" in found[0].remedy


async def test_a_host_that_takes_the_call_and_says_nothing(linked: Linked, sshd: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        began = time.monotonic()
        async with refused(linked, sshd.with_options(port=mute.getsockname()[1], timeout=1)) as found:
            assert "did not answer in 1 seconds" in found[0].message
        assert time.monotonic() - began < 3


async def test_words_of_ssh(linked: Linked, sshd: Server) -> None:
    options = (
        f"UserKnownHostsFile={sshd.folder}/known_hosts",
        "ControlMaster=auto",
        "ControlPersist=60s",
        "Bogus=1",
        "ProxyJumpp x",
    )
    async with linked(sshd.with_options(*options)) as link:
        await link.call(PING)
        assert link.warnings == [
            "ssh option 'Bogus' is not understood and has no effect",
            "ssh option 'ProxyJumpp' is not understood and has no effect; did you mean proxyjump?",
        ]


def config_file(sshd: Server, path: Path, more: str = "") -> Path:
    path.write_text(
        f"Include {path}.more\nHost jump\n  HostName 127.0.0.1\n  IdentityFile {sshd.folder}/user_key\n  Port {sshd.port}\n{more}"
    )
    Path(f"{path}.more").write_text(f"Host *\n  UserKnownHostsFile {sshd.folder}/known_hosts\n")
    return path


async def test_everything_from_a_configuration_file(linked: Linked, sshd: Server, tmp_path: Path) -> None:
    file = config_file(sshd, tmp_path / "config")
    address = sshd.with_options(host="jump", port=None, private_key_file=None, common_args=("-F", str(file)))
    async with linked(address) as link:
        assert (await link.call(PING)).result["ping"] == "pong"


async def test_through_jump_hosts(linked: Linked, sshd: Server, start_sshd: Callable[..., Server], tmp_path: Path) -> None:
    file = config_file(sshd, tmp_path / "config")
    known = ("-o", f"UserKnownHostsFile={sshd.folder}/known_hosts")
    for hops in ("jump", "jump,jump"):
        address = sshd.with_options(common_args=("-F", str(file), *known, "-J", hops))
        async with linked(address) as link:
            told = (await link.call(shell("echo $SSH_CONNECTION"))).result["stdout"]
            assert told.startswith("127.0.0.1 ")
            # the jump host's sshd is who we come from, not this process
            assert int(told.split()[1]) not in _ports_of(os.getpid())


async def test_a_jump_host_whose_key_is_not_known(linked: Linked, sshd: Server, tmp_path: Path) -> None:
    file = config_file(sshd, tmp_path / "config")
    Path(f"{file}.more").write_text("")
    options = (f"UserKnownHostsFile={tmp_path}/none", "StrictHostKeyChecking=no", "ProxyJump=jump")
    words = tuple(word for option in options for word in ("-o", option))
    async with refused(linked, sshd.with_options(common_args=("-F", str(file), *words))) as found:
        assert found[0].message == "the host key of jump host jump (127.0.0.1) is not known"


async def test_a_proxy_command(linked: Linked, sshd: Server, tmp_path: Path) -> None:
    relay = tmp_path / "relay.py"
    relay.write_text(
        "import socket,sys,threading,os\ns=socket.create_connection((sys.argv[1],int(sys.argv[2])))\n"
        "def up():\n  while d:=os.read(0,65536): s.sendall(d)\n  os._exit(0)\n"
        "threading.Thread(target=up,daemon=True).start()\nwhile d:=s.recv(65536): os.write(1,d)\n"
    )
    known = f"UserKnownHostsFile={sshd.folder}/known_hosts"
    async with linked(sshd.with_options(known, f"ProxyCommand=/usr/bin/python3 {relay} %h %p")) as link:
        assert (await link.call(PING)).result["ping"] == "pong"
    async with refused(linked, sshd.with_options(known, "ProxyCommand=exit 3")) as found:
        assert "the ProxyCommand gave no connection" in found[0].message


async def test_more_requests_than_sessions(linked: Linked, start_sshd: Callable[..., Server]) -> None:
    server = start_sshd("MaxSessions 2")
    async with linked(server.address, max_agents=6) as link:
        answers = await asyncio.gather(*(link.call(shell("sleep 0.2; echo $PPID")) for _ in range(6)))
        assert len({answer.result["stdout"] for answer in answers}) == 2
        assert (await link.shell("echo plain")).stdout == b"plain\n"


def _stop(server: Server, number: int) -> list[int]:
    """Send a signal to the server's sessions (its children), as a frozen or dead host would look."""
    listener = int((server.folder / "pid").read_text())
    sessions = [int(word) for word in Path(f"/proc/{listener}/task/{listener}/children").read_text().split()]
    for session in sessions:
        os.kill(session, number)
    return sessions


async def test_a_frozen_host_is_unreachable_in_time(linked: Linked, start_sshd: Callable[..., Server], tmp_path: Path) -> None:
    server = start_sshd()
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(2 << 30)
    async with linked(server.address) as link:
        await link.call(PING)
        for work in (
            link.call(shell("sleep 30")),
            link.shell("sleep 30"),
            link.call(Request("ping", {}, blob=large)),
        ):
            task = asyncio.ensure_future(work)
            await asyncio.sleep(0.6)
            _stop(server, signal.SIGSTOP)
            began = time.monotonic()
            ticks = 0
            while not task.done():
                await asyncio.sleep(0.05)
                ticks += 1
            waited = time.monotonic() - began
            _stop(server, signal.SIGKILL)
            with pytest.raises(Unreachable, match="gave no sign of life for 2 seconds"):
                await task
            assert waited < 4.5
            # the loop went on all the while
            assert ticks > waited / 0.05 * 0.5
            assert (await link.call(PING)).result["ping"] == "pong"


async def test_a_broken_connection_is_unreachable_at_once(linked: Linked, start_sshd: Callable[..., Server]) -> None:
    server = start_sshd()
    async with linked(server.address) as link:
        await link.call(PING)
        for work in (link.call(shell("sleep 30")), link.shell("sleep 30")):
            task = asyncio.ensure_future(work)
            await asyncio.sleep(0.3)
            _stop(server, signal.SIGKILL)
            began = time.monotonic()
            with pytest.raises(Unreachable, match="broke"):
                await task
            assert time.monotonic() - began < 1.5
            assert (await link.call(PING)).result["ping"] == "pong"
        _stop(server, signal.SIGKILL)
        await asyncio.sleep(0.3)
        assert (await link.call(PING)).result["ping"] == "pong"


async def test_opening_many_that_do_not_answer_holds_up_nobody(linked: Linked, sshd: Server) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as mute:
        address = sshd.with_options(port=mute.getsockname()[1], timeout=2)
        stuck = [asyncio.create_task(connection_for(address).open()) for _ in range(40)]
        await asyncio.sleep(0.1)
        began = time.monotonic()
        async with linked(sshd.address) as link:
            await link.call(PING)
        assert time.monotonic() - began < 2
        assert all(isinstance(each, Unreachable) for each in await asyncio.gather(*stuck, return_exceptions=True))


def _ports_of(pid: int) -> set[int]:
    inodes = set()
    for path in Path(f"/proc/{pid}/fd").iterdir():
        try:
            link = os.readlink(path)
        except OSError:
            continue
        if link.startswith("socket:["):
            inodes.add(link[8:-1])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {int(row[1].split(":")[1], 16) for row in rows if row[9] in inodes}
