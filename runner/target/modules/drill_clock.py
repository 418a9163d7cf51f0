"""Tells the time of the host's monotonic clock; drills ask many times to learn how far the clocks of hosts are apart."""

ARGUMENTS = {"type": "object", "properties": {}}
RETURNS = {"monotonic": "seconds of CLOCK_MONOTONIC", "boot_id": "which boot of the host this clock belongs to"}
EXAMPLES = """
- name: Read the clock
  drill_clock:
"""


def run(args, system):
    """Read the clock."""
    return {"monotonic": system.monotonic(), "boot_id": system.read("/proc/sys/kernel/random/boot_id").decode("ascii").strip()}
