"""The virtual machine's process: whether a kernel comes up under KVM, the command line, and the end."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from runner.lab import machine
from runner.lab.machine import MachineFiles, MachineSize
from runner.lab.machine_image import MachineImage
from runner.lab.program import Finished
from tests.lab.conftest import Programs


def made_image(folder: Path) -> MachineImage:
    image = MachineImage(folder / "image")
    image.folder.mkdir(parents=True)
    for path in (image.disk, image.kernel, image.initrd):
        path.touch()
    return image


class Probe(Programs):
    """Stands for QEMU with a serial line: `said` is what comes out of it."""

    said = ""

    def __call__(self, argv: Sequence[str], **options: object) -> Finished:
        serial = next(word for word in argv if word.startswith("file:")).partition(":")[2]
        Path(serial).write_text(self.said)
        return super().__call__(argv, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(("said", "kind"), [("Kernel panic - not syncing: VFS: Unable to mount root fs", "kvm"), ("", "tcg")])
def test_kvm_only_where_a_kernel_comes_up(tmp_path: Path, said: str, kind: str) -> None:
    device = tmp_path / "kvm"
    device.touch()
    programs = Probe()
    programs.said = said
    assert machine.accelerator(made_image(tmp_path), tmp_path, programs, device) == kind
    assert "pc,accel=kvm" in programs.calls[0]


def test_without_kvm_there_is_no_probe(tmp_path: Path) -> None:
    programs = Probe()
    assert machine.accelerator(made_image(tmp_path), tmp_path, programs, tmp_path / "none") == "tcg"
    assert programs.calls == []


def test_the_machine_is_bounded_and_its_system_is_not_written_to(tmp_path: Path) -> None:
    words = machine.arguments("muster-small", made_image(tmp_path), MachineFiles(tmp_path), MachineSize(1024, 1), "mst-1", "tcg")
    line = " ".join(words)
    assert line.startswith("nice ")
    assert "-machine pc,accel=tcg -cpu qemu64 -smp 1 -m 1024" in line
    assert f"file={tmp_path}/image/disk,format=raw,if=virtio,readonly=on" in line
    assert "tap,id=lab,ifname=mst-1,script=no" in line


def test_a_process_of_that_number_is_not_enough(tmp_path: Path) -> None:
    files = MachineFiles(tmp_path)
    (tmp_path / "proc/77").mkdir(parents=True)
    assert machine.process_of(files, tmp_path / "proc") is None
    files.pid.write_text("77\n")
    (tmp_path / "proc/77/cmdline").write_bytes(b"vim\0notes\0")
    assert machine.process_of(files, tmp_path / "proc") is None
    (tmp_path / "proc/77/cmdline").write_bytes(b"qemu-system-x86_64\0-pidfile\0" + os.fsencode(files.pid) + b"\0-daemonize\0")
    assert machine.process_of(files, tmp_path / "proc") == 77
    files.pid.write_text("78\n")
    assert machine.process_of(files, tmp_path / "proc") is None


@pytest.mark.parametrize("stubborn", [False, True])
def test_the_machines_power_goes_whether_it_listens_or_not(tmp_path: Path, stubborn: bool) -> None:
    files = MachineFiles(tmp_path)
    ignore = "signal.signal(signal.SIGTERM, signal.SIG_IGN); " if stubborn else ""
    program = f"import signal, time; {ignore}print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program, files.pid], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        files.pid.write_text(str(process.pid))
        machine.stop(files, politely=0.5 if stubborn else 20)
    assert process.returncode == -(signal.SIGKILL if stubborn else signal.SIGTERM)
    assert not files.pid.exists()
