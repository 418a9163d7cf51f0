"""The lab's hosts inside one virtual machine under QEMU: a kernel of their own, with the modules that containers here lack.

Each host is a systemd-nspawn container of the machine, on a bridge with this machine; it is reached as any other.
"""

import hashlib
import json
import shlex
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import resources
from ipaddress import IPv4Network
from pathlib import Path

from runner.errors import RunnerError
from runner.lab import machine, machine_image, machine_seed, state
from runner.lab.description import Lab, LabHost
from runner.lab.driver import ABSENT, PAUSED, RUNNING, STOPPED, HostState
from runner.lab.engine import Say
from runner.lab.machine import MachineFiles
from runner.lab.machine_image import MachineImage
from runner.lab.program import Finished, Runs, need, run
from runner.lab.state import StateFolder

# Software emulation is ten to twenty times slower than the processor itself.
PATIENCE = 5.0
BOOT_SECONDS = 420.0


class QemuDriver:
    """Makes the hosts of `lab` in a virtual machine; see `Driver` for the verbs. owner: the lab's state folder."""

    patience = PATIENCE

    def __init__(self, lab: Lab, owner: Path, say: Say, runs: Runs = run, cache: Path | None = None) -> None:
        self.lab = lab
        self.folder = StateFolder(owner.resolve())
        self.files = MachineFiles(self.folder.path)
        self.say = say
        self.runs = runs
        self.cache = cache

    @cached_property
    def network(self) -> IPv4Network:
        return IPv4Network(self.lab.subnet)

    @property
    def tap(self) -> str:
        """The network interface of this machine in the lab: at most 15 characters, as the kernel wants it."""
        return f"mst-{hashlib.sha256(self.lab.name.encode()).hexdigest()[:10]}"

    def prepare(self) -> None:
        machine_image.have_tools(self.say, self.runs)
        state.have_secrets(self.folder)
        image = machine_image.ensure(self.lab.recipe, self.say, self.runs, self.cache)
        shape = self._machine_shape(image)
        if self.files.shape.exists() and self.files.shape.read_text() != shape:
            self.say("the machine is no longer as described, taken away with all its hosts")
            self.dismantle()
        if not self._is_on():
            self._start(image)
            self.folder.write(self.files.shape, shape)
        self._wait()

    def states(self) -> Mapping[str, HostState]:
        if not self._is_on():
            there = STOPPED if self.files.disk.exists() else ABSENT
            return {host.name: HostState(host.name, there) for host in self.lab.hosts}
        shapes = {host.name: self._shape(host) for host in self.lab.hosts}
        found = {name: HostState(name, ABSENT, fits=False) for name in shapes}
        shown = need(self.on_machine(["lab-host", "states"]), "cannot list the lab's hosts").out
        for name, words, shape in (line.split("\t") for line in shown.splitlines()):
            found[name] = HostState(name, _state(words.split()), fits=shapes.get(name) == shape)
        return found

    def create(self, host: LabHost) -> None:
        done = self.on_machine(["lab-host", "create", host.name], stdin=self._settings(host), timeout=900)
        need(done, f"cannot make the host {host.name}")

    def remove(self, name: str) -> None:
        if self._is_on():
            self._verb("remove", name, f"cannot remove the host {name}")

    def dismantle(self) -> int:
        # The hosts are not asked: what hangs in the machine, such as a client of a lost NFS server, may hang for ever.
        count = len(self.lab.hosts) if self.files.disk.exists() else 0
        if self._is_on() and (self.folder.path / "machine_ssh").exists():
            self.runs(["ssh", "-F", str(self._ssh_config), "-O", "exit", "machine"], timeout=10)
        machine.stop(self.files)
        for path in (self.files.disk, self.files.seed, self.files.shape):
            path.unlink(missing_ok=True)
        return count

    def execute(self, name: str, argv: Sequence[str], *, stdin: str = "", timeout: float = 60) -> Finished:
        return self.on_machine(["lab-host", "enter", name, *argv], stdin=stdin, timeout=timeout * self.patience)

    def start(self, name: str) -> None:
        self._verb("start", name, f"cannot start {name}")

    def power_off(self, name: str) -> None:
        self._verb("stop", name, f"cannot power {name} off")

    def kill(self, name: str) -> None:
        self._verb("kill", name, f"cannot kill {name}")

    def panic(self, name: str) -> None:
        self._verb("panic", name, f"cannot make {name} panic")

    def pause(self, name: str) -> None:
        self._verb("pause", name, f"cannot pause {name}")

    def unpause(self, name: str) -> None:
        self._verb("unpause", name, f"cannot let {name} go on")

    def on_machine(self, argv: Sequence[str], *, stdin: str = "", timeout: float = 120) -> Finished:
        """Run a program as root on the machine itself, the one that all hosts share."""
        return self.runs(["ssh", "-F", str(self._ssh_config), "--", "machine", shlex.join(argv)], stdin=stdin, timeout=timeout)

    def _verb(self, verb: str, name: str, what: str) -> None:
        need(self.on_machine(["lab-host", verb, name]), what)

    @property
    def _ssh_config(self) -> Path:
        return self.folder.path / "machine_ssh_config"

    def _is_on(self) -> bool:
        return machine.process_of(self.files) is not None

    def _start(self, image: MachineImage) -> None:
        self._refuse_taken()
        address, prefix = str(self.network[-2]), self.network.prefixlen
        _, public = machine_seed.have_host_key(self.folder)
        self.folder.write(self._ssh_config, machine_seed.ssh_config(self.folder, address))
        self.folder.write(self.folder.path / "machine_known_hosts", f"{address} {' '.join(public.split()[:2])}\n")
        self.files.seed.unlink(missing_ok=True)
        self.files.seed.touch(mode=0o600)
        self.files.seed.write_bytes(machine_seed.archive(machine_seed.contents(self.folder, address, prefix)))
        with tempfile.TemporaryDirectory(prefix="muster-probe-") as scratch:
            kind = machine.accelerator(image, Path(scratch), self.runs)
        size = self.lab.machine
        self.say(f"starting the machine: {size.memory} MB, {size.cpus} processors, {'KVM' if kind == 'kvm' else 'software emulation'}")
        name = f"muster-{self.lab.name}"
        machine.start(machine.arguments(name, image, self.files, size, self.tap, kind), image, self.files, self.runs)
        for words in (["address", "replace", f"{self.lab.gateway}/{prefix}", "dev", self.tap], ["link", "set", self.tap, "up"]):
            need(self.runs(["ip", *words], timeout=10), f"cannot give this machine its address {self.lab.gateway} in the lab")

    def _refuse_taken(self) -> None:
        """The lab's addresses must lead nowhere else, and a machine of this name may run from another state folder."""
        shown = need(self.runs(["ip", "-json", "-4", "route", "show"], timeout=10), "cannot see this machine's routes").out
        for row in json.loads(shown or "[]"):
            there = row.get("dst", "default")
            if row.get("dev") == self.tap:
                raise RunnerError(
                    f"a lab named {self.lab.name} is already up, made from elsewhere",
                    remedy="take that one down there, or give this one another name and subnet",
                )
            if there != "default" and IPv4Network(there, strict=False).overlaps(self.network):
                raise RunnerError(
                    f"the network {self.lab.subnet} is in use on this machine",
                    found=f"{there} is on {row.get('dev')}",
                    remedy="choose another subnet",
                )

    def _wait(self) -> None:
        """Return once the machine lets us in and has made the lab's network."""
        until = time.monotonic() + BOOT_SECONDS
        done = self._look()
        while done.out.strip() != "active":
            if not self._is_on():
                last = self.files.log.read_text(errors="replace").splitlines()[-5:] if self.files.log.exists() else []
                raise RunnerError("the virtual machine ended while it started", found="\n".join(last), remedy="muster lab down, then up")
            if time.monotonic() > until or done.out.strip() == "failed":
                said = done.err.strip() or done.out.strip() or "no answer"
                raise RunnerError("the virtual machine does not come up", found=said, remedy=f"see its console: {self.files.log}")
            time.sleep(1)
            done = self._look()

    def _look(self) -> Finished:
        return self.on_machine(["systemctl", "is-active", "lab-machine.service"], timeout=60)

    def _settings(self, host: LabHost) -> str:
        """Return what lab-host.sh reads of one host."""
        rows = {
            "ADDRESS": host.address,
            "PREFIX": str(self.network.prefixlen),
            "GATEWAY": str(self.network[-2]),
            "MEMORY": host.memory.upper(),
            "PYTHON": "yes" if host.python else "no",
        }
        text = "".join(f"{key}={value}\n" for key, value in rows.items())
        return f"{text}SHAPE={hashlib.sha256(text.encode()).hexdigest()[:12]}\n"

    def _shape(self, host: LabHost) -> str:
        return self._settings(host).strip().rpartition("=")[2]

    def _machine_shape(self, image: MachineImage) -> str:
        scripts = [(resources.files("runner.lab.recipe") / name).read_text() for name in ("lab-machine.sh", "lab-host.sh")]
        size = self.lab.machine
        parts = [image.folder.name, self.lab.subnet, self.lab.gateway, size.memory, size.cpus, *scripts]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _state(words: list[str]) -> str:
    """Return our word for systemd's ActiveState and FreezerState."""
    active, freezer = (*words, "", "")[:2]
    if freezer in ("frozen", "freezing"):
        return PAUSED
    return RUNNING if active in ("active", "activating", "reloading") else STOPPED
