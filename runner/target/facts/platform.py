"""The machine, its kernel and its names."""

import os
import platform
import socket
import threading

from runner.target.facts.source import text

# A resolver that does not answer must not hold up the facts.
NAME_LIMIT = 2.0
ALIASES = {"i386": "i386", "i486": "i386", "i586": "i386", "i686": "i386"}


def collect(system):
    """Return architecture, kernel, hostname, fqdn, domain, machine_id and their kin."""
    uname = system.uname()
    fqdn = full_name(uname.nodename)
    bits = platform.architecture()[0].replace("bit", "")
    facts = {
        "system": uname.sysname,
        "kernel": uname.release,
        "kernel_version": uname.version,
        "machine": uname.machine,
        "nodename": uname.nodename,
        "hostname": uname.nodename.split(".")[0],
        "fqdn": fqdn,
        "domain": ".".join(fqdn.split(".")[1:]),
        "python_version": platform.python_version(),
        "userspace_bits": bits,
    }
    facts.update(architectures(uname.machine, bits))
    machine_id = text(system, "/var/lib/dbus/machine-id") or text(system, "/etc/machine-id")
    if machine_id:
        facts["machine_id"] = machine_id.splitlines()[0]
    return facts


def architectures(machine, bits):
    """Return architecture and userspace_architecture for the kernel's machine name and the width of user programs."""
    if machine == "x86_64":
        return {"architecture": machine, "userspace_architecture": "x86_64" if bits == "64" else "i386"}
    if machine in ALIASES:
        return {"architecture": ALIASES[machine], "userspace_architecture": "x86_64" if bits == "64" else "i386"}
    return {"architecture": machine}


def full_name(nodename):
    """Return the host's full name as its resolver knows it, or its own name when the resolver is silent."""
    answer = []
    worker = threading.Thread(target=lambda: answer.append(socket.getfqdn()), daemon=True)
    worker.start()
    worker.join(NAME_LIMIT)
    return answer[0] if answer else nodename


def processors_usable():
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return os.cpu_count() or 1
