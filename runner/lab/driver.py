"""What a lab needs from the thing that makes its hosts: containers today, virtual machines behind the same verbs."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from runner.lab.description import LabHost
from runner.lab.program import Finished
from runner.record import dataclass

ABSENT, RUNNING, PAUSED, STOPPED = "absent", "running", "paused", "stopped"


@dataclass(frozen=True, slots=True)
class HostState:
    """What the driver sees of a host. state: absent, running, paused or stopped. fits: it is made as the description says now."""

    name: str
    state: str
    fits: bool = True


class Driver(Protocol):
    """Makes, breaks and removes the hosts of one lab. Every verb returns when it is done, or raises RunnerError."""

    patience: float
    """How many times longer than a container its hosts may take to start and to answer."""

    def prepare(self) -> None:
        """Have all that hosts are made with: engine, images, network."""

    def states(self) -> Mapping[str, HostState]:
        """Return the state of every described host, and of hosts left over from an older description."""

    def create(self, host: LabHost) -> None:
        """Make and start a host that is absent."""

    def remove(self, name: str) -> None:
        """Take a host away with all its data; nothing happens if there is none."""

    def dismantle(self) -> int:
        """Take away all hosts with their data and what `prepare` made for this lab alone; return how many hosts there were."""

    def execute(self, name: str, argv: Sequence[str], *, stdin: str = "", timeout: float = 60) -> Finished:
        """Run a program as root on a running host, not by way of its network."""

    def start(self, name: str) -> None:
        """Switch a stopped host on."""

    def power_off(self, name: str) -> None:
        """Shut a host down in order, its services are stopped one by one."""

    def kill(self, name: str) -> None:
        """Take the power away: nothing on the host gets to finish."""

    def panic(self, name: str) -> None:
        """Stop a host as a kernel panic does, seen from its network: from one moment to the next it says nothing more, not even that its
        connections end, and no address of it answers. `start` is the reset."""

    def pause(self, name: str) -> None:
        """Freeze every process of a host; its network stays up and silent."""

    def unpause(self, name: str) -> None:
        """Let a paused host go on."""
