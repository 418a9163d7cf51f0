"""Have a Docker engine that answers: find it, or on Debian and Ubuntu as root install and start it."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from runner.errors import RunnerError
from runner.lab.program import Runs, need, run
from runner.record import dataclass

PACKAGES = ("docker.io",)
BY_HAND = Path("/var/lib/muster/docker-engine")
CONTAINERD_PID = Path("/run/docker/containerd/containerd.pid")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Machine:
    """What decides how an engine can be had. systems: ID and ID_LIKE of os-release. init: name of process 1."""

    root: bool
    systems: frozenset[str]
    init: str
    has_daemon: bool

    @property
    def debian_like(self) -> bool:
        return bool(self.systems & {"debian", "ubuntu"})


def this_machine(root: Path = Path("/")) -> Machine:
    """Look at the control machine."""
    words: set[str] = set()
    release = root / "etc/os-release"
    for line in release.read_text().splitlines() if release.exists() else []:
        key, _, value = line.partition("=")
        if key in ("ID", "ID_LIKE"):
            words.update(value.strip("\"'").split())
    init = root / "proc/1/comm"
    places = ("usr/bin/dockerd", "usr/sbin/dockerd", "usr/local/bin/dockerd")
    return Machine(
        root=os.geteuid() == 0,
        systems=frozenset(words),
        init=init.read_text().strip() if init.exists() else "",
        has_daemon=any((root / place).exists() for place in places),
    )


def one_command(machine: Machine) -> str:
    """Return the one command the user has to give so that an engine answers."""
    if machine.has_daemon and machine.init == "systemd":
        return "sudo systemctl enable --now docker && sudo usermod -aG docker $USER   # then log in again"
    if machine.debian_like:
        return "sudo apt-get install --yes docker.io && sudo usermod -aG docker $USER   # then log in again"
    if machine.systems & {"fedora", "rhel", "centos"}:
        return "sudo dnf install --assumeyes moby-engine && sudo systemctl enable --now docker"
    return "curl -fsSL https://get.docker.com | sudo sh   # see https://docs.docker.com/engine/install/"


def answers(runs: Runs = run, timeout: float = 10) -> bool:
    """Tell whether a Docker engine answers this user."""
    done = runs(["docker", "info", "--format", "{{.ServerVersion}}"], timeout=timeout)
    return bool(done.ok and done.out.strip())


def ensure(say: Say, runs: Runs = run, machine: Machine | None = None, wait: float = 60) -> None:
    """Return once a Docker engine answers; install and start one first where that is ours to do.

    say: told in one line each what will be done. wait: seconds a started daemon gets to answer. Raises RunnerError with the one
    command that is needed where we may not (not root) or cannot (not Debian or Ubuntu) install it.
    """
    if answers(runs):
        return
    machine = machine or this_machine()
    if not machine.root or not (machine.has_daemon or machine.debian_like):
        raise RunnerError("No Docker engine answers here, and the lab's hosts are containers.", remedy=one_command(machine))
    if not machine.has_daemon:
        _install(say, runs)
    if machine.init == "systemd":
        say("starting the Docker engine (systemctl enable --now docker)")
        need(runs(["systemctl", "enable", "--now", "docker"]), "cannot start the Docker engine", "journalctl -u docker")
        log = "journalctl -u docker"
    else:
        log = str(_start_by_hand(say))
    _wait_until_it_answers(runs, wait, log)


def apt_install(packages: tuple[str, ...], say: Say, runs: Runs = run) -> None:
    """Install Debian packages, after saying so."""
    say(f"installing with apt-get: {' '.join(packages)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    lock = "DPkg::Lock::Timeout=300"
    # A stale list is no reason to stop: the packages may still be found, and installing says what is wrong if not.
    runs(["apt-get", "-o", lock, "update"], timeout=300, environment=quiet)
    argv = ["apt-get", "-o", lock, "install", "--yes", "--no-install-recommends", *packages]
    need(runs(argv, timeout=900, environment=quiet), f"cannot install {' '.join(packages)}")


def _install(say: Say, runs: Runs) -> None:
    say("no Docker engine is installed on this machine")
    apt_install(PACKAGES, say, runs)
    if runs(["docker", "--version"], timeout=10).code == 127:  # newer Debian ships the client apart
        apt_install(("docker-cli",), say, runs)


def _start_by_hand(say: Say) -> Path:
    """Start dockerd with a log and a pid file, detached from us; return the log's path."""
    BY_HAND.mkdir(parents=True, exist_ok=True, mode=0o700)
    log, pid = BY_HAND / "dockerd.log", BY_HAND / "dockerd.pid"
    say(f"starting dockerd by hand (no systemd here); log {log}, pid file {pid}")
    for file, name in ((pid, "dockerd"), (CONTAINERD_PID, "containerd")):
        _drop_stale(file, name)
    # The shell goes away at once, so that the daemon is init's child and never ours to wait for.
    subprocess.run(
        ["/bin/sh", "-c", 'dockerd --pidfile "$0" </dev/null >>"$1" 2>&1 &', str(pid), str(log)],
        start_new_session=True,
        cwd="/",
        check=True,
    )
    return log


def _drop_stale(file: Path, name: str, processes: Path = Path("/proc")) -> None:
    """Remove a pid file that a killed daemon left: its number may be another process's by now, and the daemon would refuse to start."""
    if file.exists():
        process = processes / file.read_text().strip() / "comm"
        if not process.exists() or process.read_text().strip() != name:
            file.unlink()


def _wait_until_it_answers(runs: Runs, seconds: float, log: str) -> None:
    until = time.monotonic() + seconds
    while not answers(runs, timeout=5):
        if time.monotonic() > until:
            raise RunnerError(f"The Docker engine was started but does not answer within {seconds:g} s.", remedy=f"see {log}")
        time.sleep(0.3)


INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
INOTIFY_WANTED = 1024


def widen_limits(say: Say, setting: Path = INOTIFY) -> None:
    """Let the kernel, which all containers share, give every host's systemd its inotify instances (see inotify(7))."""
    try:
        there = int(setting.read_text())
        if there < INOTIFY_WANTED:
            setting.write_text(str(INOTIFY_WANTED))
            say(f"fs.inotify.max_user_instances raised from {there} to {INOTIFY_WANTED} until the next boot")
    except OSError:
        say(f"{setting} cannot be changed; with many hosts path units on them may fail")
