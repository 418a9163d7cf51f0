"""The lab's hosts as Docker containers that run systemd and sshd, by way of the docker command."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from runner.errors import RunnerError
from runner.lab import engine, image
from runner.lab.description import Lab, LabHost
from runner.lab.driver import ABSENT, PAUSED, RUNNING, STOPPED, HostState
from runner.lab.engine import Say
from runner.lab.program import Finished, Runs, need, run
from runner.lab.together import together
from runner.record import dataclass

STATES = {"running": RUNNING, "restarting": RUNNING, "paused": PAUSED, "created": STOPPED, "exited": STOPPED, "dead": STOPPED}
SYS_RESOURCE = 24


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What decides how containers are made. lacks_resource: this machine itself is without CAP_SYS_RESOURCE."""

    lacks_resource: bool
    name_servers: tuple[str, ...] = ()
    mtu: int = 1500


def circumstances(root: Path = Path("/")) -> Circumstances:
    """Look at the machine."""
    status = (root / "proc/self/status").read_text()
    bounding = next((int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapBnd:")), -1)
    servers = [line.split()[1] for line in _lines(root / "etc/resolv.conf") if line.startswith("nameserver ")]
    return Circumstances(
        lacks_resource=not bounding >> SYS_RESOURCE & 1,
        name_servers=tuple(each for each in servers if not each.startswith(("127.", "::1"))),
        mtu=_mtu(root),
    )


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _mtu(root: Path) -> int:
    """Return the packet size of the default route's interface: a bridge with larger packets than the way out loses some."""
    for line in _lines(root / "proc/net/route")[1:]:
        words = line.split()
        if words[1] == "00000000":
            return int((_lines(root / "sys/class/net" / words[0] / "mtu") or ["1500"])[0])
    return 1500


def flags(host: LabHost, given: Circumstances) -> list[str]:
    """Return the flags under which systemd runs as process 1 of this host's container."""
    # `--privileged` fails on a machine that itself lacks a capability, so they are named; /proc/sys must be writable for sysctl.
    argv = ["--cap-add=ALL", *(["--cap-drop=SYS_RESOURCE"] if given.lacks_resource else [])]
    argv += [f"--security-opt={each}" for each in ("seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined")]
    argv += ["--tmpfs=/run", "--tmpfs=/run/lock"]
    # Its own cgroup namespace: with the machine's trees mounted, the hosts' systemds would share one and tidy each other's away.
    argv += ["--cgroupns=private"]
    if host.docker_inside:
        # A privileged container inside asks for all devices, which cgroups of version 1 refuse to one that has not all itself.
        argv += ["--volume=/var/lib/docker", "--device-cgroup-rule=a *:* rwm"]
    if host.memory:
        argv += [f"--memory={host.memory}", f"--memory-swap={host.memory}"]
    return argv


class DockerDriver:
    """Makes the hosts of `lab` with Docker; see `Driver` for the verbs. owner: state folder, a label of the containers."""

    patience = 1.0

    def __init__(self, lab: Lab, owner: Path, say: Say, runs: Runs = run) -> None:
        self.lab = lab
        self.owner = str(owner.resolve())
        self.say = say
        self.runs = runs

    @property
    def network(self) -> str:
        return f"muster-{self.lab.name}"

    def container(self, name: str) -> str:
        """Return the name of a host's container."""
        return f"muster-{self.lab.name}-{name}"

    @cached_property
    def given(self) -> Circumstances:
        return circumstances()

    def prepare(self) -> None:
        engine.ensure(self.say, self.runs)
        self._refuse_foreign()
        for suite, bare in sorted({(host.suite or self.lab.recipe.suite, not host.python) for host in self.lab.hosts}):
            image.ensure(self.lab.recipe.of_suite(suite), self.say, self.runs, bare=bare)
        self._have_network()

    def states(self) -> Mapping[str, HostState]:
        form = '{{.Label "muster.host"}}\t{{.State}}\t{{.Label "muster.shape"}}'
        shown = self._list(form)
        rows = [line.split("\t") for line in shown.splitlines()]
        seen = {name: (state, shape) for name, state, shape in rows}
        shapes = {host.name: self._shape(host) for host in self.lab.hosts}
        found = {name: HostState(name, ABSENT, fits=False) for name in shapes}
        for name, (state, shape) in seen.items():
            found[name] = HostState(name, STATES.get(state, STOPPED), fits=shapes.get(name) == shape)
        return found

    def create(self, host: LabHost) -> None:
        argv = ["run", "--detach", f"--label=muster.shape={self._shape(host)}", *self._argv(host)]
        self._docker(argv, f"cannot make the host {host.name}")

    def remove(self, name: str) -> None:
        done = self.runs(["docker", "rm", "--force", "--volumes", self.container(name)], timeout=60)
        if not done.ok and "No such container" not in done.err:
            need(done, f"cannot remove the host {name}")

    def dismantle(self) -> int:
        names = [each.name for each in self.states().values() if each.state != ABSENT]
        together(names, self.remove)
        if self._subnet() is not None:
            self._docker(["network", "rm", self.network], "cannot remove the lab's network")
        return len(names)

    def execute(self, name: str, argv: Sequence[str], *, stdin: str = "", timeout: float = 60) -> Finished:
        return self.runs(["docker", "exec", "--interactive", self.container(name), *argv], stdin=stdin, timeout=timeout)

    def start(self, name: str) -> None:
        form = "{{len .NetworkSettings.Networks}}"
        if self.runs(["docker", "inspect", "--format", form, self.container(name)], timeout=20).out.strip() == "0":  # after a panic
            words = ["network", "connect", "--ip", self.lab.host(name).address, self.network, self.container(name)]
            self._docker(words, f"cannot give {name} its network back")
        self._docker(["start", self.container(name)], f"cannot start {name}")

    def power_off(self, name: str) -> None:
        self._docker(["stop", "--time", "30", self.container(name)], f"cannot power {name} off")

    def kill(self, name: str) -> None:
        self._docker(["kill", self.container(name)], f"cannot kill {name}")

    def panic(self, name: str) -> None:
        # The network goes first: the end of the processes would close their connections.
        self._docker(["network", "disconnect", self.network, self.container(name)], f"cannot silence {name}")
        self.kill(name)

    def pause(self, name: str) -> None:
        self._docker(["pause", self.container(name)], f"cannot pause {name}")

    def unpause(self, name: str) -> None:
        self._docker(["unpause", self.container(name)], f"cannot let {name} go on")

    def _list(self, form: str) -> str:
        """Return one line a container of this lab, as the Go template `form` says."""
        remedy = "muster lab up   # starts the engine too"
        argv = ["docker", "ps", "--all", "--filter", f"label=muster.lab={self.lab.name}", "--format", form]
        return need(self.runs(argv, timeout=60), "cannot list the lab's hosts", remedy).out

    def _docker(self, words: Sequence[str], what: str) -> Finished:
        return need(self.runs(["docker", *words], timeout=120), what)

    def _argv(self, host: LabHost) -> list[str]:
        """Return all words of `docker run` that make this host what it is."""
        made = self.lab.recipe.of_suite(host.suite).tag
        tag = made if host.python else image.without_python(made)
        labels = {"muster.lab": self.lab.name, "muster.host": host.name, "muster.owner": self.owner}
        return [
            "--name", self.container(host.name), "--hostname", host.name,
            "--network", self.network, "--ip", host.address,
            *(f"--label={key}={value}" for key, value in labels.items()),
            f"--env=LAB_DNS={' '.join(self.given.name_servers)}",
            # A reboot ends process 1, and the machine comes up again; stop and kill stay what they are.
            "--restart=unless-stopped", "--stop-signal=SIGRTMIN+3",
            *flags(host, self.given), tag,
        ]  # fmt: skip

    def _shape(self, host: LabHost) -> str:
        return hashlib.sha256(json.dumps([self._argv(host), self.lab.subnet]).encode()).hexdigest()[:12]

    def _refuse_foreign(self) -> None:
        """Two checkouts with the same lab name would take each other's hosts away."""
        others = {line for line in self._list('{{.Label "muster.owner"}}').splitlines() if line} - {self.owner}
        if others:
            raise RunnerError(
                f"a lab named {self.lab.name} is already up, made from elsewhere",
                found=f"its state folder is {', '.join(sorted(others))}",
                remedy="take that one down there, or give this one another name and subnet",
            )

    def _subnet(self) -> str | None:
        """Return the subnet of the network as it is, None if there is no network."""
        form = "{{(index .IPAM.Config 0).Subnet}}"
        shown = self.runs(["docker", "network", "inspect", "--format", form, self.network], timeout=20)
        return shown.out.strip() if shown.ok else None

    def _have_network(self) -> None:
        there = self._subnet()
        if there == self.lab.subnet:
            return
        if there is not None:
            self.dismantle()
        argv = ["network", "create", "--subnet", self.lab.subnet, "--gateway", self.lab.gateway]
        argv += [
            "--opt",
            f"com.docker.network.driver.mtu={self.given.mtu}",
            "--label",
            f"muster.lab={self.lab.name}",
            self.network,
        ]
        remedy = "another network may use these addresses: see `docker network ls` and `ip route`, choose another subnet"
        need(self.runs(["docker", *argv], timeout=60), f"cannot make the network {self.lab.subnet}", remedy)
