"""Faults of what a host has to give: a full disk, memory and processors that others use, and a clock that is wrong. Pure."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from runner.drill.deed import FOLDER, SECOND_DEFENCE, Deed, Wanted, program

MIB = 1 << 20
# What a disk is filled with at most, and what is left free, unless the drill says otherwise.
MOST, LEAVE = 2048 * MIB, 16 * MIB
MEMORY_LEAVE = 64 * MIB


def size(text: str) -> int:
    """Return the bytes of a size as `512k`, `64m` or `2g`."""
    return int(text[:-1]) << {"k": 10, "m": 20, "g": 30}[text[-1]]


def held(wanted: Wanted, settings: Mapping[str, Any], after: str = "true") -> Deed:
    """Return a deed that takes something up by a process of its own, which gives it back however it ends.

    So nothing is left after a reboot, nor after the loss of every record. settings: of drill_hold.py. after: shell once it is taken.
    """
    argv = f"-I -S {FOLDER}/hold.py %s {shlex.quote(json.dumps(dict(settings)))}"
    start = (
        f"systemd-run --quiet --collect --unit={wanted.hold_unit} --service-type=notify --property=TimeoutStartSec=infinity "
        f"--property=RuntimeMaxSec={round(wanted.seconds) + SECOND_DEFENCE} --property=OOMScoreAdjust=1000 "
        f'"$python" {argv % "take"}'
    )
    return Deed(
        f"{start} && {after}",
        f"systemctl stop {wanted.hold_unit} 2>/dev/null || true\n! systemctl is-active --quiet {wanted.hold_unit}",
        f'"$python" {argv % "check"}',
        ("systemctl",),
        {"hold.py": program("hold")},
    )


def disk(wanted: Wanted) -> Deed:
    """Return how a file system is filled up to a margin, by a file without a name."""
    said = wanted.settings
    bounds = {"leave": size(said["leave"]) if "leave" in said else LEAVE, "most": size(said["most"]) if "most" in said else MOST}
    return held(wanted, {"kind": "disk", "path": said["path"], **bounds})


def memory(wanted: Wanted) -> Deed:
    """Return how memory is taken; the process that has it is the first that the kernel kills when none is left."""
    said = wanted.settings
    leave = size(said["leave"]) if "leave" in said else MEMORY_LEAVE
    return held(wanted, {"kind": "memory", "take": size(said["take"]), "leave": leave})


def cpu(wanted: Wanted) -> Deed:
    """Return how processors are kept busy."""
    said = wanted.settings
    return held(wanted, {"kind": "cpu", "workers": said.get("workers", 0), "load": said.get("load", 100)})


def clock(wanted: Wanted) -> Deed:
    """Return how the clock of the day is put wrong; services that would put it right are stopped meanwhile.

    The undo goes by the monotonic clock, which nobody can set: it knows how late it has become.
    """
    kept, skew = f"clock-{wanted.number}", f'"$python" -I -S {FOLDER}/skew.py'
    return Deed(
        f"{skew} set {FOLDER}/{kept} {float(wanted.settings['by']):g}",
        f"{skew} undo {FOLDER}/{kept}",
        f"{skew} check",
        ("systemctl",),
        {"skew.py": program("skew")},
    )
