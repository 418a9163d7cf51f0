"""Our own agents that run as a user and have nothing to do: they must not keep the user from being changed or removed."""

import signal
from typing import Any, Dict, Iterator, List, Tuple

# In the command line of every agent.
MARK = b"runner.target.memory"
PATIENCE = 5.0


def end_idle_agents(uid, system):
    """End the agents of a user when nothing else runs as that user; tell whether they are gone.

    An agent is told by SIGTERM, at which one that is idle just goes; the control machine starts another when it needs one.
    """
    processes = list(_processes(system))
    own = [pid for pid, _parent, owner in processes if owner == uid]
    parents = {parent for _pid, parent, _owner in processes}
    if not own or any(pid in parents or not _is_agent(pid, system) for pid in own):
        return False
    for pid in own:
        _tell(pid, system)
    until = system.monotonic() + PATIENCE
    while any(system.exists("/proc/%d" % pid) for pid in own):
        if system.monotonic() > until:
            return False
        system.sleep(0.02)
    return True


def _processes(system: Any) -> Iterator[Tuple[int, int, int]]:
    """Yield (pid, pid of the parent, uid) of every process but those that have ended already."""
    for path in system.glob("/proc/[0-9]*/status"):
        try:
            lines: List[str] = system.read_text(path).splitlines()
        except OSError:
            continue
        fields: Dict[str, List[str]] = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
        if fields.get("State", ["Z"])[0] != "Z":
            yield int(path.split("/")[2]), int(fields["PPid"][0]), int(fields["Uid"][0])


def _is_agent(pid, system):
    try:
        return MARK in system.read("/proc/%d/cmdline" % pid)
    except OSError:
        return False


def _tell(pid, system):
    try:
        system.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        pass
