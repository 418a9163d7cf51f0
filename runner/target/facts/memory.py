"""Memory and swap, from /proc/meminfo, in mebibytes."""

from runner.target.facts.source import text


def collect(system):
    """Return memtotal_mb, memfree_mb, swaptotal_mb, swapfree_mb and memory_mb."""
    return parsed(text(system, "/proc/meminfo"))


def parsed(content):
    """Return the facts for the text of /proc/meminfo."""
    lines = (line.partition(":") for line in content.splitlines())
    kilobytes = {key: int(value.split()[0]) for key, _, value in lines if value.split()}
    if "MemTotal" not in kilobytes:
        return {}

    def megabytes(*names):
        return sum(kilobytes.get(name, 0) for name in names) // 1024

    total, free = megabytes("MemTotal"), megabytes("MemFree")
    unused = megabytes("MemFree", "Buffers", "Cached")
    swap_total, swap_free = megabytes("SwapTotal"), megabytes("SwapFree")
    return {
        "memtotal_mb": total,
        "memfree_mb": free,
        "swaptotal_mb": swap_total,
        "swapfree_mb": swap_free,
        "memory_mb": {
            "real": {"total": total, "used": total - free, "free": free},
            "nocache": {"free": unused, "used": total - unused},
            "swap": {
                "total": swap_total,
                "free": swap_free,
                "used": swap_total - swap_free,
                "cached": megabytes("SwapCached"),
            },
        },
    }
