"""How long the host is up, how busy it is, and whether we see it from a chroot."""

import os

from runner.target.facts.source import text


def loadavg(system):
    """Return loadavg."""
    one, five, fifteen = os.getloadavg()
    return {"loadavg": {"1m": one, "5m": five, "15m": fifteen}}


def uptime(system):
    """Return uptime_seconds."""
    seconds = text(system, "/proc/uptime").split()
    return {"uptime_seconds": int(float(seconds[0]))} if seconds else {}


def chroot(system):
    """Return is_chroot: our / is not that of the first process (or, where that cannot be seen, not a top directory)."""
    if system.environ.get("debian_chroot"):
        return {"is_chroot": True}
    own = system.stat("/")
    try:
        first = system.stat("/proc/1/root/.")
    except OSError:
        first = None
    if first is not None:
        return {"is_chroot": (own.st_ino, own.st_dev) != (first.st_ino, first.st_dev)}
    # the number of a top directory: 2 on ext, 128 on xfs, 256 on btrfs
    return {"is_chroot": own.st_ino not in (2, 128, 256)}
