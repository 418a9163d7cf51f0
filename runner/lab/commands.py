"""The lab's verbs: up, status, ssh, reset, down, as plain functions."""

import os
import socket
import time
from collections.abc import Sequence

from runner.errors import RunnerError
from runner.lab import state
from runner.lab.description import Lab, LabHost
from runner.lab.docker import DockerDriver
from runner.lab.driver import ABSENT, PAUSED, RUNNING, STOPPED, Driver
from runner.lab.engine import Say
from runner.lab.program import Runs, run
from runner.lab.qemu import QemuDriver
from runner.lab.state import StateFolder
from runner.lab.together import together
from runner.record import dataclass

BOOT_SECONDS = 90.0
SETTLED = ("running", "degraded")
INSTALL = """
for user in root ops alice; do
    home=$(getent passwd "$user" | cut -d: -f6)
    keys="$home/.ssh/authorized_keys"
    [ "$user" = root ] && grep -qxF "{key}" "$keys" 2>/dev/null && break
    mkdir -p -m 0700 "$home/.ssh"
    printf '%s\\n' "{key}" >> "$keys"
    chmod 0600 "$keys"
    chown -R "$user:" "$home/.ssh"
    [ "$user" = root ] && chpasswd <<'PASSWORDS'
{passwords}
PASSWORDS
done
cat /etc/ssh/ssh_host_*_key.pub
"""


@dataclass(frozen=True, slots=True)
class HostStatus:
    """One row of `status`. systemd: what systemctl is-system-running says. ssh: `ok`, or why it is not."""

    name: str
    address: str
    state: str
    systemd: str
    ssh: str

    @property
    def well(self) -> bool:
        return self.state == RUNNING and self.systemd == "running" and self.ssh == "ok"


def driver_for(lab: Lab, folder: StateFolder, say: Say, runs: Runs = run) -> Driver:
    """Return the driver that makes this lab's hosts."""
    if lab.driver == "qemu":
        return QemuDriver(lab, folder.path, say, runs)
    return DockerDriver(lab, folder.path, say, runs)


def up(lab: Lab, folder: StateFolder, driver: Driver, say: Say) -> None:
    """Have every host of the lab running, reachable over ssh, and the state folder's files written. Does nothing twice."""
    driver.prepare()
    state.have_secrets(folder)
    states = driver.states()
    described = {host.name for host in lab.hosts}
    wrong = [each.name for each in states.values() if each.state != ABSENT and (not each.fits or each.name not in described)]
    for name in wrong:
        say(f"{name}: no longer as described, taken away")
        driver.remove(name)
    begun = time.monotonic()
    together(lab.hosts, lambda host: _bring_up(driver, host, ABSENT if host.name in wrong else states[host.name].state, say))
    words = together(lab.hosts, lambda host: wait_until_settled(driver, host))
    for host, word in zip(lab.hosts, words):
        if word != "running":
            say(f"{host.name}: systemd says {word}; see `muster lab ssh {host.name} systemctl --failed`")
    write_files(lab, folder, driver)
    say(f"{len(lab.hosts)} hosts are up after {time.monotonic() - begun:.1f} s; inventory {folder.inventory}")


def reset(lab: Lab, folder: StateFolder, driver: Driver, say: Say, names: Sequence[str] = ()) -> None:
    """Give every host (or those named) a fresh system, with a fresh host key."""
    hosts = [lab.host(name) for name in names] or list(lab.hosts)
    driver.prepare()
    together(hosts, lambda host: driver.remove(host.name))
    up(lab, folder, driver, say)


def down(lab: Lab, driver: Driver, say: Say) -> None:
    """Take all hosts and their network away; the state folder stays, so that the next `up` has the same keys."""
    count = driver.dismantle()
    say(f"{count} hosts taken away" if count else "there was nothing to take away")


def status(lab: Lab, folder: StateFolder, driver: Driver, runs: Runs = run) -> list[HostStatus]:
    """Look at every host: the driver's state, systemd's, and a real login over ssh."""
    states = driver.states()

    def look(host: LabHost) -> HostStatus:
        there = states[host.name].state
        if there != RUNNING:
            return HostStatus(host.name, host.address, there, "-", "-")
        return HostStatus(host.name, host.address, there, _systemd(driver, host.name), try_ssh(folder, host.name, runs, driver.patience))

    return together(lab.hosts, look)


def ssh_argv(folder: StateFolder, name: str, command: Sequence[str] = (), user: str = "root") -> list[str]:
    """Return the words that open a login, or run a command, on a host."""
    # After `--` ssh takes no word for an option of its own, whatever the command begins with.
    return ["ssh", "-F", str(folder.ssh_config), "-l", user, "--", name, *command]


def ssh(lab: Lab, folder: StateFolder, name: str, command: Sequence[str] = (), user: str = "root") -> None:
    """Become the ssh client, connected to a host. Returns only by raising RunnerError if there is no such host or no ssh."""
    lab.host(name)
    if not folder.ssh_config.exists():
        raise RunnerError(f"the lab {lab.name} is not up", remedy="muster lab up")
    try:
        os.execvp("ssh", ssh_argv(folder, name, command, user))  # noqa: S606 - becoming ssh keeps its terminal and exit code
    except FileNotFoundError as cause:
        raise RunnerError("there is no ssh client on this machine", remedy="install openssh-client") from cause


def try_ssh(folder: StateFolder, name: str, runs: Runs = run, patience: float = 1.0) -> str:
    """Log in on a host and return `ok`, or ssh's last words. patience: see `Driver`."""
    options = ["-o", "BatchMode=yes", "-o", f"ConnectTimeout={5 * patience:.0f}", "-o", "LogLevel=ERROR"]
    argv = ssh_argv(folder, name, ["true"])
    done = runs([argv[0], *options, *argv[1:]], timeout=10 * patience)
    return "ok" if done.ok else (done.err.strip().splitlines() or ["no answer"])[-1]


def wait_until_settled(driver: Driver, host: LabHost, seconds: float | None = None) -> str:
    """Return systemd's word once it has started everything and sshd answers; raise RunnerError after `seconds`."""
    seconds = BOOT_SECONDS * driver.patience if seconds is None else seconds
    until = time.monotonic() + seconds
    said = ""
    while time.monotonic() < until:
        said = _systemd(driver, host.name, until - time.monotonic())
        if said in SETTLED and _sshd_answers(host.address):
            return said
        time.sleep(0.2)
    jobs = driver.execute(host.name, ["systemctl", "list-jobs", "--no-pager", "--no-legend"], timeout=5).out.strip()
    found = f"systemd says `{said}`; sshd {'answers' if _sshd_answers(host.address) else 'does not answer'}"
    raise RunnerError(
        f"{host.name} did not come up within {seconds:g} s",
        found=f"{found}; jobs: {jobs}" if jobs else found,
        remedy=f"muster lab reset {host.name}",
    )


def write_files(lab: Lab, folder: StateFolder, driver: Driver) -> None:
    """Install our key on every host, read the hosts' own keys, and write known_hosts, the inventory and ssh_config."""
    key = folder.public_key.read_text().strip()
    passwords = "\n".join(f"{user}:{word}" for user, word in state.read_passwords(folder).items())
    script = INSTALL.format(key=key, passwords=passwords)

    def install(host: LabHost) -> tuple[str, list[str]]:
        done = driver.execute(host.name, ["sh", "-s"], stdin=script)
        keys = [line for line in done.out.splitlines() if line.strip()]
        if not done.ok or not keys:
            raise RunnerError(f"cannot put the lab's key on {host.name}", found=done.err.strip() or f"exit status {done.code}")
        return host.name, keys

    keys = dict(together(lab.hosts, install))
    folder.write(folder.known_hosts, state.known_hosts_text(lab, keys))
    folder.write(folder.ssh_config, state.ssh_config_text(lab, folder))
    folder.write(folder.inventory, state.inventory_text(lab, folder))


def _bring_up(driver: Driver, host: LabHost, there: str, say: Say) -> None:
    if there == ABSENT:
        say(f"{host.name}: made, {host.address}")
        driver.create(host)
    elif there == PAUSED:
        say(f"{host.name}: was paused, goes on")
        driver.unpause(host.name)
    elif there == STOPPED:
        say(f"{host.name}: was off, started")
        driver.start(host.name)


def _systemd(driver: Driver, name: str, seconds: float = 5) -> str:
    """Return systemd's word for the state of a host; while it boots, wait for it for at most `seconds`."""
    wait = ["--wait"] if seconds > 5 else []
    done = driver.execute(name, ["systemctl", "is-system-running", *wait], timeout=max(seconds, 1))
    return (done.out.strip().splitlines() or ["no answer"])[-1]


def _sshd_answers(address: str) -> bool:
    try:
        with socket.create_connection((address, 22), timeout=2) as link:
            return link.recv(4) == b"SSH-"
    except OSError:
        return False
