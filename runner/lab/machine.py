"""The one virtual machine of a lab: its QEMU process, from the command line to its end."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from runner.errors import RunnerError
from runner.lab.machine_image import MachineImage
from runner.lab.program import Runs, need, run
from runner.record import dataclass

PROBE_SECONDS = 15.0
BOOTED = "Unable to mount root fs"
KERNEL_WORDS = "root=/dev/vda rw console=ttyS0 net.ifnames=0 mitigations=off panic=5 systemd.show_status=no"


@dataclass(frozen=True, slots=True)
class MachineFiles:
    """What one machine has in its lab's state folder."""

    folder: Path

    @property
    def disk(self) -> Path:
        return self.folder / "machine.qcow2"

    @property
    def seed(self) -> Path:
        return self.folder / "machine.tar"

    @property
    def log(self) -> Path:
        return self.folder / "machine.log"

    @property
    def pid(self) -> Path:
        return self.folder / "machine.pid"

    @property
    def shape(self) -> Path:
        return self.folder / "machine.shape"


@dataclass(frozen=True, slots=True)
class MachineSize:
    """memory: megabytes. cpus: virtual processors."""

    memory: int = 1536
    cpus: int = 2


def accelerator(image: MachineImage, scratch: Path, runs: Runs = run, device: Path = Path("/dev/kvm")) -> str:
    """Return `kvm` if a kernel really comes up under it here, else `tcg`, QEMU's emulation in software.

    A kernel without a root file system panics once it is through; that text on the serial line (a file in `scratch`) is the proof.
    """
    if not os.access(device, os.R_OK | os.W_OK):
        return "tcg"
    serial = scratch / "probe.log"
    argv = ["qemu-system-x86_64", *_processor("kvm"), "-m", "256", "-nodefaults", "-display", "none", "-no-reboot"]
    argv += ["-serial", f"file:{serial}", "-kernel", str(image.kernel), "-append", "console=ttyS0 panic=-1"]
    runs(argv, timeout=PROBE_SECONDS)
    said = serial.read_text(errors="replace") if serial.exists() else ""
    serial.unlink(missing_ok=True)
    return "kvm" if BOOTED in said else "tcg"


def _processor(kind: str) -> list[str]:
    # Newer machine types and processors hang under software emulation.
    return ["-machine", f"pc,accel={kind}", "-cpu", "host" if kind == "kvm" else "qemu64"]


def arguments(name: str, image: MachineImage, files: MachineFiles, size: MachineSize, tap: str, kind: str) -> list[str]:
    """Return the words that start a machine. tap: its network interface on this machine. kind: kvm or tcg. See qemu(1)."""
    writable = f"file={files.disk},format=qcow2,if=virtio,cache=unsafe"
    fixed = [f"file={path},format=raw,if=virtio,readonly=on" for path in (image.disk, files.seed)]
    return [
        "nice", "-n", "5", "qemu-system-x86_64", "-name", name, *_processor(kind), "-smp", str(size.cpus), "-m", str(size.memory),
        "-nodefaults", "-display", "none", "-no-reboot", "-kernel", str(image.kernel), "-initrd", str(image.initrd),
        "-append", KERNEL_WORDS, *(word for drive in (writable, *fixed) for word in ("-drive", drive)),
        "-netdev", f"tap,id=lab,ifname={tap},script=no,downscript=no", "-device", "virtio-net-pci,netdev=lab,romfile=",
        "-netdev", "user,id=out", "-device", "virtio-net-pci,netdev=out,romfile=",
        "-device", "virtio-rng-pci", "-serial", f"file:{files.log}", "-pidfile", str(files.pid), "-daemonize",
    ]  # fmt: skip


def process_of(files: MachineFiles, processes: Path = Path("/proc")) -> int | None:
    """Return the number of the machine's process, None if it does not run; a number that is another process's by now is none."""
    if not files.pid.exists():
        return None
    number = files.pid.read_text().strip()
    line = processes / number / "cmdline"
    try:
        words = line.read_bytes().split(b"\0") if number else []
    except OSError:
        return None
    return int(number) if os.fsencode(files.pid) in words else None


def start(argv: list[str], image: MachineImage, files: MachineFiles, runs: Runs = run) -> None:
    """Start the machine; its disk is made first if it has none. Returns when the process runs, long before the system is up."""
    if not files.disk.exists():
        make = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", str(image.disk), str(files.disk)]
        need(runs(make, timeout=60), "cannot make the machine's own disk")
    files.pid.unlink(missing_ok=True)
    need(runs(argv, timeout=60), "cannot start the virtual machine", "see what QEMU says above; `muster lab down` begins anew")


def stop(files: MachineFiles, politely: float = 5, seconds: float = 20) -> None:
    """End the machine's process, as if its power went: QEMU is told to, and killed if it is there after `politely` seconds.

    Raises RunnerError if it is there after `seconds`.
    """
    begun = time.monotonic()
    while (number := process_of(files)) is not None:
        passed = time.monotonic() - begun
        if passed > seconds:
            raise RunnerError(f"the virtual machine (process {number}) does not end")
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGTERM if passed < politely else signal.SIGKILL)
        time.sleep(0.3)
    files.pid.unlink(missing_ok=True)
