"""What a fault comes down to on a host: shell that breaks, shell that mends, and what both need. Pure."""

from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from typing import Any

from runner.record import dataclass, field

EVERYONE = "everyone"
FOLDER = "/run/muster-drill"
PREFIX = "muster-drill-"
# The handle of our queueing disciplines, by which they are known for ours: `md` in hexadecimal.
HANDLE = "6d64"
# What is held or answered for a fault ends by itself this much later than its undo should have ended it.
SECOND_DEFENCE = 30


@dataclass(frozen=True, slots=True)
class Deed:
    """What to do on a host. The shell runs in FOLDER and finds the host's Python in $python.

    set: breaks. undo: mends, harmless when nothing is broken (any more). ready: ends with 0 when the fault can be set here, else says
    why not. programs: what must be installed. files: name in FOLDER -> what is in it. made_from: paths on the host whose content `make`
    turns into further files.
    """

    set: str
    undo: str
    ready: str = "true"
    programs: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    made_from: tuple[str, ...] = ()
    make: Callable[[Sequence[bytes]], Mapping[str, bytes]] | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A fault for one host. number: its place in the case. peers: addresses it is about, none for everyone. seconds: how long it lasts.
    given: contents of files on this machine that its settings name, by their keys.
    """

    settings: Mapping[str, Any]
    number: int
    seconds: float
    peers: Sequence[str] = ()
    given: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def table(self) -> str:
        """The nftables table of this fault."""
        return f"muster_drill_{self.number}"

    @property
    def sink(self) -> str:
        """The network device into which packets of this fault vanish."""
        return f"mdrill{self.number}"

    @property
    def hold_unit(self) -> str:
        """The unit of what is held while this fault lasts."""
        return f"{PREFIX}hold-{self.number}"

    @property
    def mask(self) -> str:
        """The file in FOLDER that is put over another."""
        return f"mask-{self.number}"


def program(name: str) -> bytes:
    """Return the text of a program that runs on hosts, `drill_NAME.py`."""
    return (resources.files("runner.target") / f"drill_{name}.py").read_bytes()


def drop_table(wanted: Wanted, family: str = "inet") -> str:
    """Return shell that takes a fault's nftables table away."""
    table = f"{family} {wanted.table}"
    return f"if nft list table {table} >/dev/null 2>&1; then nft delete table {table}; fi"


def have_sink(wanted: Wanted) -> str:
    """Return shell that makes the device of `Wanted.sink`, of whatever kind the kernel has. It is down: what is sent there is lost."""
    kinds = ("dummy", "ifb", f"veth peer name {wanted.sink}x")
    tries = " || ".join(f"ip link add {wanted.sink} type {kind} 2>/dev/null" for kind in kinds)
    return f"{{ {tries}; }}"


def drop_sink(wanted: Wanted) -> str:
    """Return shell that takes that device away."""
    return f"if [ -e /sys/class/net/{wanted.sink} ]; then ip link delete {wanted.sink}; fi"
