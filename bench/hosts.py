"""Hosts over real SSH on one machine: a throw-away sshd that answers on 127.0.1.1, 127.0.1.2 ... and a relay that adds delay."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

SSHD = """Port {port}
ListenAddress 0.0.0.0
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/key.pub
PidFile {folder}/sshd.pid
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
StrictModes no
PermitRootLogin yes
MaxStartups 2000:1:3000
MaxSessions 200
LogLevel ERROR
Subsystem sftp internal-sftp
SetEnv HOME={folder}/login
"""


def address(number: int) -> str:
    """Return the address of a host; the first is number 1."""
    return f"127.0.{1 + (number - 1) // 250}.{(number - 1) % 250 + 1}"


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, seconds: float = 10) -> None:
    """Wait until something listens on a port. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.1.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


class Hosts:
    """The sshd, its keys, and the relays; everything ends with `close`."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        self.count = count
        self.key = folder / "key"
        self.known_hosts = folder / "known_hosts"
        self.files = folder / "files"
        self.port = free_port()
        self._relays: dict[tuple[float, str], tuple[int, subprocess.Popen[bytes]]] = {}
        # a home of their own: what this machine's user has in .bashrc would slow down those who open a shell for each command
        (folder / "login").mkdir(parents=True, exist_ok=True)
        for name in ("key", "host_key"):
            if not (folder / name).exists():
                subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        (folder / "sshd_config").write_text(SSHD.format(port=self.port, folder=folder))
        Path("/run/sshd").mkdir(exist_ok=True)
        program = shutil.which("sshd") or "/usr/sbin/sshd"
        self._sshd = subprocess.Popen([program, "-D", "-e", "-f", folder / "sshd_config"], stderr=(folder / "sshd.log").open("w"))
        wait_for(self.port)
        self._known([self.port])

    def _known(self, ports: list[int]) -> None:
        kind, key = (self.folder / "host_key.pub").read_text().split()[:2]
        names = [f"[{address(number)}]:{port} {kind} {key}\n" for port in ports for number in range(1, self.count + 1)]
        with self.known_hosts.open("a") as file:
            file.writelines(names)

    def reached_by(self, delay: float, hung: str = "") -> int:
        """Return the port that reaches the hosts with this round trip in milliseconds. hung: an address that never answers."""
        if not delay and not hung:
            return self.port
        found = self._relays.get((delay, hung))
        if found is None:
            port = free_port()
            argv = [sys.executable, str(Path(__file__).parent / "relay.py"), str(port), str(self.port), str(delay), hung]
            found = self._relays[delay, hung] = port, subprocess.Popen(argv)
            wait_for(port)
            self._known([port])
        return found[0]

    def clean(self) -> None:
        """Remove every file that the runners made on the hosts."""
        shutil.rmtree(self.files, ignore_errors=True)
        for number in range(1, self.count + 1):
            (self.files / str(number)).mkdir(parents=True)

    def cpu_seconds(self) -> float:
        """Return the CPU time of the sessions that have ended so far: sshd's and that of what ran in them."""
        fields = Path(f"/proc/{self._sshd.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    @property
    def pids(self) -> frozenset[int]:
        """The processes to leave alone between runs."""
        return frozenset({self._sshd.pid, *(relay.pid for _, relay in self._relays.values())})

    def close(self) -> None:
        """End the sshd and the relays."""
        for process in (self._sshd, *(relay for _, relay in self._relays.values())):
            process.terminate()
            process.wait(10)
