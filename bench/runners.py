"""How each runner is installed, configured by its own advice, and called."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hosts import Hosts, address

ROOT = Path(__file__).parent.parent
PACKAGES = {
    "ansible": ["ansible-core==2.18.19"],
    "mitogen": ["ansible-core==2.18.19", "mitogen==0.3.54"],
    "pyinfra": ["pyinfra==3.10.0"],
}


@dataclass(frozen=True, slots=True)
class Case:
    """What one run is for: which hosts by which port, in which folder with the scenario's files."""

    hosts: Hosts
    folder: Path
    count: int
    port: int
    local: bool = False

    @property
    def names(self) -> list[tuple[str, str, str]]:
        """Name, address and folder of each host."""
        return [(f"h{number}", address(number), str(self.hosts.files / str(number))) for number in range(1, self.count + 1)]


Call = Callable[[Path, Case], tuple[list[str], dict[str, str]]]


def install(name: str, cache: Path) -> Path:
    """Return the folder of a peer's programs, made in an environment of its own under `cache` when it is not there."""
    folder = cache / name
    if not (folder / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "-q", *PACKAGES[name]], check=True, timeout=600)
    return folder / "bin"


def inventory(case: Case) -> Path:
    """Write the inventory that muster, ansible and mitogen share."""
    if case.local:
        lines = [f"{name} root={root} ansible_connection=local" for name, _, root in case.names]
    else:
        lines = [f"{name} ansible_host={where} root={root}" for name, where, root in case.names]
    hosts = case.hosts
    lines += [
        "[all:vars]",
        "ansible_python_interpreter=/usr/bin/python3",
        f"ansible_port={case.port}",
        "ansible_user=root",
        f"ansible_ssh_private_key_file={hosts.key}",
        f"ansible_ssh_common_args='-o UserKnownHostsFile={hosts.known_hosts}'",
        "ansible_timeout=10",
    ]
    path = case.folder / "inventory.ini"
    path.write_text("\n".join(lines) + "\n")
    return path


def plain_environment(case: Case) -> dict[str, str]:
    """Return an environment without settings of the user's."""
    home = case.hosts.folder / "home"
    home.mkdir(exist_ok=True)
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TERM": "dumb"}


def muster(programs: Path, case: Case) -> tuple[list[str], dict[str, str]]:
    """Return muster's argv and environment."""
    argv = [str(programs / "muster"), "play", "-i", str(inventory(case)), "-f", str(case.count), "play.yml"]
    return argv, plain_environment(case)


def ansible(programs: Path, case: Case) -> tuple[list[str], dict[str, str]]:
    """Return ansible-playbook's argv and environment: pipelining, one kept ssh connection a host, a fork a host."""
    sockets = case.hosts.folder / "cp"
    environment = {
        **plain_environment(case),
        "ANSIBLE_PIPELINING": "True",
        "ANSIBLE_SSH_ARGS": "-o ControlMaster=auto -o ControlPersist=60s",
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(sockets),
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
    }
    forks = min(case.count, 50)
    return [str(programs / "ansible-playbook"), "-i", str(inventory(case)), "-f", str(forks), "play.yml"], environment


def mitogen(programs: Path, case: Case) -> tuple[list[str], dict[str, str]]:
    """Return the same with Mitogen's strategy, as its documentation configures it."""
    argv, environment = ansible(programs, case)
    found = next(programs.parent.glob("lib/python3*/site-packages/ansible_mitogen/plugins/strategy"))
    return argv, {**environment, "ANSIBLE_STRATEGY_PLUGINS": str(found), "ANSIBLE_STRATEGY": "mitogen_linear"}


def pyinfra(programs: Path, case: Case) -> tuple[list[str], dict[str, str]]:
    """Return pyinfra's argv and environment. --no-wait: no host waits for the others, its fastest way."""
    hosts = case.hosts
    common = {
        "ssh_user": "root",
        "ssh_port": case.port,
        "ssh_key": str(hosts.key),
        "ssh_known_hosts_file": str(hosts.known_hosts),
        "ssh_strict_host_key_checking": "yes",
    }
    listed = [(name, {**common, "ssh_hostname": where, "root": root}) for name, where, root in case.names]
    (case.folder / "inventory.py").write_text(f"servers = {listed!r}\n")
    inventory = "@local" if case.local else "inventory.py"
    argv = [str(programs / "pyinfra"), "-y", "--no-wait", "--parallel", str(case.count), inventory, "deploy.py"]
    return argv, plain_environment(case)


CALLS: dict[str, Call] = {"muster": muster, "ansible": ansible, "mitogen": mitogen, "pyinfra": pyinfra}
VERSION_WORDS = {"muster": "muster", "ansible": "ansible-playbook", "mitogen": "ansible-playbook", "pyinfra": "pyinfra"}
