"""The labs of inventory/lvs.yml and inventory/nfs.yml under names and subnets of their own, with words to look at them.

Each is brought up once for the tests of its file and taken away at the end; with MUSTER_KEEP_VM set it stays for the next run.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner.errors import RunnerError
from runner.lab import commands, description, machine_image, state
from runner.lab.description import Lab
from runner.lab.driver import PAUSED
from runner.lab.qemu import QemuDriver
from runner.lab.state import StateFolder
from runner.record import dataclass
from tests.own_lab import of_suite

ROOT = Path(__file__).parents[2]
SUBNET = "172.30.247"
NFS_SUBNET = "172.30.248"


@dataclass(frozen=True)
class Played:
    """A finished `muster play`."""

    code: int
    out: str
    err: str

    def changed(self) -> list[str]:
        """Return the hosts on which something changed."""
        return re.findall(r"(?m)^(\S+) +: ok=\d+ +changed=[1-9]", self.out)

    def hosts(self) -> list[str]:
        return re.findall(r"(?m)^(\S+) +: ok=\d+ ", self.out)


@dataclass(frozen=True)
class Virtual:
    """A lab in a virtual machine that is up."""

    lab: Lab
    folder: StateFolder
    driver: QemuDriver

    def run(self, host: str, command: str, seconds: float = 60) -> str:
        """Return what a shell command on a host writes; an error is a failed test."""
        done = self.driver.execute(host, ["sh", "-s"], stdin=command, timeout=seconds)
        assert done.ok, f"{host}: {command}: {done.err}{done.out}"
        return str(done.out)

    def play(self, playbook: str, *words: str) -> Played:
        return self.muster("play", playbook, *words)

    def muster(self, verb: str, *words: str, seconds: float = 1500) -> Played:
        """Run the command in the project's folder on the inventory of this lab."""
        env = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "MUSTER_"))}
        argv = [sys.executable, "-m", "runner", verb, "-i", str(self.folder.inventory), *words]
        done = subprocess.run(argv, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds)
        return Played(done.returncode, done.stdout, done.stderr)

    def address(self, last: int) -> str:
        return f"{SUBNET}.{last}"

    def servers(self, last: int, requests: int) -> dict[str, int]:
        """Ask the service at a virtual address so many times from the client; return how often each real server answered."""
        url = f"http://{self.address(last)}/"
        loop = f"for i in $(seq {requests}); do curl -s -m 20 {url} | sed -n 's|.*served by \\([a-z0-9]*\\).*|\\1|p'; done"
        found = self.run("client", loop, seconds=requests * 6).split()
        return {name: found.count(name) for name in sorted(set(found))}

    def table(self, director: str, last: int) -> dict[str, int]:
        """Return the real servers of a service in a director's IPVS table: last part of the address to weight."""
        shown = self.run(director, f"ipvsadm -Ln -t {self.address(last)}:80")
        return {row[0]: int(row[1]) for row in re.findall(rf"-> {re.escape(SUBNET)}\.(\d+):\d+ +\w+ +(\d+)", shown)}

    def seconds_until(self, director: str, last: int, wanted: set[str], limit: float) -> float:
        """Wait until the table of a service has just these real servers; return the seconds it took, by our clock."""
        begun = time.monotonic()
        while set(self.table(director, last)) != wanted:
            assert time.monotonic() - begun < limit, f"{self.table(director, last)} after {limit} s, not {wanted}"
            time.sleep(0.5)
        return time.monotonic() - begun

    def holder(self, last: int) -> list[str]:
        """Return the directors that hold a virtual address."""
        return [name for name in ("dir1", "dir2") if self.holds(name, last)]

    def holds(self, director: str, last: int) -> bool:
        """Whether a director holds a virtual address; one that does not run holds none."""
        return f" {self.address(last)}/" in self.driver.execute(director, ["ip", "-o", "-4", "address", "show"]).out


@pytest.fixture(scope="module")
def virtual() -> Iterator[Virtual]:
    with _machine("lvs", "vmtest", SUBNET) as made:
        yield made


@pytest.fixture(scope="module")
def shared() -> Iterator[Virtual]:
    with _machine("nfs", "vmnfstest", NFS_SUBNET) as made:
        yield made


@contextmanager
def _machine(example: str, name: str, subnet: str) -> Iterator[Virtual]:
    """Bring up the lab of an example inventory under another name and subnet."""
    text = re.sub(r"172\.30\.6\d", subnet, (ROOT / f"inventory/{example}.yml").read_text())
    with machine_of(re.sub(r"(?m)^name: \w+$", f"name: {name}", text, count=1), name) as made:
        yield made


@contextmanager
def machine_of(text: str, name: str) -> Iterator[Virtual]:
    """Bring up the lab that `text` describes."""
    try:
        machine_image.have_tools(print)
    except RunnerError as refused:
        pytest.skip(f"{refused.message} {refused.remedy}")
    place = ROOT / ".lab"
    place.mkdir(exist_ok=True)
    path = place / f"{name}.yml"
    path.write_text(text)
    lab = of_suite(description.read(path), os.environ.get("LAB_SUITE", ""))
    folder = state.folder_of(lab, place)
    driver = commands.driver_for(lab, folder, print)
    assert isinstance(driver, QemuDriver)
    try:
        commands.up(lab, folder, driver, print)
        yield Virtual(lab, folder, driver)
    finally:
        if not os.environ.get("MUSTER_KEEP_VM"):
            for host, found in driver.states().items():
                if found.state == PAUSED:
                    driver.unpause(host)
            commands.down(lab, driver, print)
