"""Coroutine tests run in a fresh loop; links that close themselves; an SSH server on loopback."""

import asyncio
import contextlib
import inspect
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.connect.base import Connection
from runner.connect.link import HostLink
from runner.connect.open import connection_for
from runner.model.address import Address
from runner.record import dataclass, replace

LIMIT = 40.0


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run coroutine tests, each in a loop of its own and within a time."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    asyncio.run(asyncio.wait_for(pyfuncitem.obj(**wanted), LIMIT))
    return True


Linked = Callable[..., contextlib.AbstractAsyncContextManager[HostLink]]


@pytest.fixture
def linked() -> Linked:
    """Return what makes a link to an address (default: this machine) and closes it."""

    @contextlib.asynccontextmanager
    async def make(address: Address | None = None, connection: Connection | None = None, **options: Any) -> AsyncIterator[HostLink]:
        address = address or Address(name="here", kind="local", drop_after=3)
        link = HostLink(address, connection or connection_for(address), **options)
        try:
            yield link
        finally:
            await link.close()

    return make


@dataclass
class Server:
    """A running sshd. address: reaches it as the user who runs the tests, host key known."""

    folder: Path
    port: int
    address: Address

    def with_options(self, *options: str, **changes: Any) -> Address:
        """Return the address with other -o options and values."""
        words = tuple(word for option in options for word in ("-o", option))
        return replace(self.address, **({"common_args": words} if options else {}), **changes)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_key(path: Path, passphrase: str = "", kind: str = "ed25519") -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-f", str(path)], check=True)
    return path


@pytest.fixture(scope="session")
def start_sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Return what starts an SSH server of its own on loopback, with further lines of configuration."""
    program = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin")
    if program is None:
        pytest.skip("openssh-server is not installed")
    Path("/run/sshd").mkdir(exist_ok=True)
    running: list[subprocess.Popen[bytes]] = []

    def start(*lines: str) -> Server:
        folder = tmp_path_factory.mktemp("sshd")
        port = free_port()
        host_key, user_key = make_key(folder / "host_key"), make_key(folder / "user_key")
        shutil.copy(f"{user_key}.pub", folder / "authorized_keys")
        public = " ".join(Path(f"{host_key}.pub").read_text().split()[:2])
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {public}\n")
        own = [f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {host_key}", f"PidFile {folder}/pid", "StrictModes no"]
        keys = [f"AuthorizedKeysFile {folder}/authorized_keys", "PermitRootLogin yes", "PasswordAuthentication no"]
        (folder / "config").write_text("\n".join([*lines, *own, *keys, "UsePAM no", ""]))
        log = (folder / "log").open("wb")
        running.append(subprocess.Popen([program, "-D", "-e", "-f", str(folder / "config")], stderr=log, start_new_session=True))
        log.close()
        _wait_for(port)
        address = Address(
            name="loop", host="127.0.0.1", port=port, private_key_file=str(user_key), timeout=5, drop_after=2, keepalive=0.3,
            common_args=("-F", "none", "-o", f"UserKnownHostsFile={folder}/known_hosts"),
        )  # fmt: skip
        return Server(folder, port, address)

    yield start
    for process in running:
        process.terminate()
        process.wait(5)


def _wait_for(port: int) -> None:
    limit = time.monotonic() + 5
    while time.monotonic() < limit:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError("sshd did not start")


@pytest.fixture(scope="session")
def sshd(start_sshd: Callable[..., Server]) -> Server:
    """An SSH server that takes the test's key."""
    return start_sshd()
