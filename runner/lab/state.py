"""The lab's state folder: its keys, passwords, and the files by which the hosts are reached."""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from runner.errors import RunnerError
from runner.lab.description import Lab
from runner.record import dataclass

ROOT_FOLDER = Path(".lab")
EMULATED_SECONDS = 60  # an emulated processor takes its time for a login
PASSWORD_USERS = ("alice", "root")


@dataclass(frozen=True, slots=True)
class StateFolder:
    """Where everything of one lab is kept: `.lab/NAME`, readable by its owner alone."""

    path: Path

    @property
    def key(self) -> Path:
        return self.path / "id_ed25519"

    @property
    def public_key(self) -> Path:
        return self.path / "id_ed25519.pub"

    @property
    def passwords(self) -> Path:
        return self.path / "passwords.yml"

    @property
    def known_hosts(self) -> Path:
        return self.path / "known_hosts"

    @property
    def inventory(self) -> Path:
        return self.path / "hosts.yml"

    @property
    def ssh_config(self) -> Path:
        return self.path / "ssh_config"

    def write(self, path: Path, text: str) -> None:
        """Put `text` in one of the folder's files at once, readable by its owner alone; an equal file is left alone."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.chmod(0o700)
        if path.exists() and path.read_text() == text:
            return
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(text)
        fresh.replace(path)


def folder_of(lab: Lab, root: Path = ROOT_FOLDER) -> StateFolder:
    """Return the state folder of a lab under `root`, as an absolute path."""
    return StateFolder(root.resolve() / lab.name)


def have_secrets(folder: StateFolder, token: Callable[[], str] = lambda: secrets.token_hex(12)) -> None:
    """Make the key pair and the passwords unless both are there."""
    have_key_pair(folder, folder.key, "muster-lab")
    if not folder.passwords.exists():
        folder.write(folder.passwords, yaml.safe_dump({user: token() for user in PASSWORD_USERS}))


def have_key_pair(folder: StateFolder, private: Path, comment: str) -> None:
    """Have a key pair of the type ed25519 in the folder, in OpenSSH's format: `private`, and the public one beside it with `.pub`."""
    public = private.with_name(f"{private.name}.pub")
    if private.exists() and public.exists():
        return
    key = Ed25519PrivateKey.generate()
    kinds = (serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
    words = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    folder.write(private, key.private_bytes(*kinds).decode())
    folder.write(public, f"{words.decode()} {comment}\n")


def read_passwords(folder: StateFolder) -> dict[str, str]:
    """Return the passwords by user. Raises RunnerError if the lab is not up."""
    if not folder.passwords.exists():
        raise RunnerError("the lab has no passwords yet", remedy="muster lab up")
    loaded = yaml.safe_load(folder.passwords.read_text())
    return {str(user): str(word) for user, word in loaded.items()}


def known_hosts_text(lab: Lab, keys: Mapping[str, list[str]]) -> str:
    """Return known_hosts: keys are the lines of each host's public key files (`type base64 comment`)."""
    rows = ((f"{host.name},{host.address}", key.split()[:2]) for host in lab.hosts for key in sorted(keys.get(host.name, [])))
    return "".join(f"{names} {' '.join(words)}\n" for names, words in rows)


def ssh_words(folder: StateFolder) -> str:
    """Return what the lab's hosts need on the ssh command line, as Ansible's `ansible_ssh_common_args`."""
    return f"-o {_option('UserKnownHostsFile', folder.known_hosts)} -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes"


def _option(name: str, path: Path) -> str:
    """A path with blanks is quoted twice: ssh splits the option's value, and the shell words before it."""
    return f"'{name}=\"{path}\"'" if " " in str(path) else f"{name}={path}"


def inventory_text(lab: Lab, folder: StateFolder) -> str:
    """Return the YAML inventory of the lab."""
    reach = {
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(folder.key),
        "ansible_ssh_common_args": ssh_words(folder),
        **({"ansible_timeout": EMULATED_SECONDS} if lab.driver == "qemu" else {}),
    }
    # by these a drill knows how to pause a host, or take its power away
    origin = {"muster_lab_file": str(Path(lab.file).resolve()), "muster_lab_folder": str(folder.path)}
    everything = {
        "vars": {**reach, **origin, **lab.variables},
        "hosts": {host.name: {"ansible_host": host.address, **host.variables} for host in lab.hosts},
        "children": {group.name: _group(group.hosts, group.children, group.variables) for group in lab.groups},
    }
    head = f"# Written by `muster lab up` from {lab.file}; changed there, not here.\n"
    return head + yaml.safe_dump({"all": everything}, sort_keys=False, width=1000)


def _group(hosts: tuple[str, ...], children: tuple[str, ...], variables: Mapping[str, object]) -> dict[str, object]:
    members: dict[str, object] = {"hosts": {name: {} for name in hosts}, "children": {name: {} for name in children}}
    return {key: value for key, value in {**members, "vars": dict(variables)}.items() if value}


def ssh_config_text(lab: Lab, folder: StateFolder) -> str:
    """Return the ssh_config of the lab, one block a host."""
    blocks = []
    for host in lab.hosts:
        rows = [
            f"Host {host.name}",
            f"  HostName {host.address}",
            "  User root",
            f'  IdentityFile "{folder.key}"',
            "  IdentitiesOnly yes",
            f'  UserKnownHostsFile "{folder.known_hosts}"',
            "  StrictHostKeyChecking yes",
        ]
        blocks.append("\n".join(rows) + "\n")
    return "\n".join(blocks)
