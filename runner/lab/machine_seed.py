"""What makes a machine that of one lab: keys, addresses and the lab's scripts, on a disk that is a tar archive."""

import io
import tarfile
from importlib import resources

from runner.lab import state
from runner.lab.state import StateFolder

SSHD = "MaxSessions 100\nMaxStartups 100\nUseDNS no\n"


def have_host_key(folder: StateFolder) -> tuple[str, str]:
    """Return the private and public key by which the machine proves itself, made at the first call."""
    private = folder.path / "machine_key"
    state.have_key_pair(folder, private, "machine")
    return private.read_text(), private.with_name("machine_key.pub").read_text()


def contents(folder: StateFolder, address: str, prefix: int) -> dict[str, tuple[int, str]]:
    """Return the files of the seed: path to mode and text. address: the machine's own on the lab's network."""
    private, public = have_host_key(folder)
    scripts = resources.files("runner.lab.recipe")
    return {
        "etc/hostname": (0o644, "machine\n"),
        "etc/lab/settings": (0o644, f"ADDRESS={address}\nPREFIX={prefix}\n"),
        "etc/ssh/sshd_config.d/lab.conf": (0o644, SSHD),
        "etc/ssh/ssh_host_ed25519_key": (0o600, private),
        "etc/ssh/ssh_host_ed25519_key.pub": (0o644, public),
        "root/.ssh/authorized_keys": (0o600, folder.public_key.read_text()),
        "usr/local/sbin/lab-machine": (0o755, (scripts / "lab-machine.sh").read_text()),
        "usr/local/sbin/lab-host": (0o755, (scripts / "lab-host.sh").read_text()),
    }


def archive(files: dict[str, tuple[int, str]]) -> bytes:
    """Return the files as a tar archive, the same bytes for the same files."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        for path, (mode, text) in sorted(files.items()):
            entry = tarfile.TarInfo(path)
            entry.mode, entry.size = mode, len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return target.getvalue()


def ssh_config(folder: StateFolder, address: str) -> str:
    """Return the ssh_config by which the machine itself is reached; its key is known before it first starts."""
    rows = [
        "Host machine",
        f"  HostName {address}",
        "  User root",
        f'  IdentityFile "{folder.key}"',
        "  IdentitiesOnly yes",
        f'  UserKnownHostsFile "{folder.path / "machine_known_hosts"}"',
        "  StrictHostKeyChecking yes",
        "  BatchMode yes",
        "  LogLevel ERROR",
        "  ConnectTimeout 10",
    ]
    control = folder.path / "machine_ssh"
    if len(str(control)) < 80:  # a socket's path has at most 107 bytes, and ssh adds to it while it makes one
        rows += ["  ControlMaster auto", f'  ControlPath "{control}"', "  ControlPersist 300"]
    return "\n".join(rows) + "\n"
