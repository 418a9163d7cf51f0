"""Processors, from /proc/cpuinfo."""

from runner.target.facts.platform import processors_usable
from runner.target.facts.source import text


def collect(system):
    """Return processor, processor_count, processor_cores, processor_threads_per_core, processor_vcpus, processor_nproc, flags."""
    facts = parsed(text(system, "/proc/cpuinfo"))
    facts["processor_nproc"] = processors_usable()
    return facts


def blocks(content):
    """Return one dictionary for each processor; keys as in the file."""
    found = []
    for part in content.split("\n\n"):
        lines = (line.partition(":") for line in part.splitlines())
        entry = {key.strip(): value.strip() for key, colon, value in lines if colon}
        if "processor" in entry or "vendor_id" in entry:
            found.append(entry)
    return found


def parsed(content):
    """Return the facts for the text of /proc/cpuinfo.

    processor: number, vendor and model of each. count: sockets; without socket numbers (many guests, ARM) each processor is one.
    """
    cpus = blocks(content)
    listed = []
    for cpu in cpus:
        wanted = (cpu.get(key) for key in ("processor", "vendor_id", "model name", "cpu", "Processor"))
        listed += [value for value in wanted if value]
    sockets = {cpu["physical id"] for cpu in cpus if "physical id" in cpu}
    cores = number(cpus, "cpu cores") if sockets else 1
    siblings = number(cpus, "siblings") if sockets else 1
    threads = max(1, siblings // max(1, cores))
    count = len(sockets) or len(cpus) or 1
    facts = {
        "processor": listed,
        "processor_count": count,
        "processor_cores": cores,
        "processor_threads_per_core": threads,
        "processor_vcpus": count * cores * threads,
    }
    flags = next((cpu[key] for cpu in cpus for key in ("flags", "Features") if cpu.get(key)), "")
    if flags:
        facts["flags"] = flags.split()
    return facts


def number(cpus, key):
    """Return the first number of that name, 1 when there is none."""
    return next((int(cpu[key]) for cpu in cpus if cpu.get(key, "").isdigit()), 1)
