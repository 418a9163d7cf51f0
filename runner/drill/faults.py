"""What is done on a host to break something there, and to mend it: two pieces of shell for each fault. Pure."""

import shlex
from collections.abc import Callable, Mapping, Sequence

from runner.drill.deed import Deed, Wanted
from runner.drill.fault_cut import cut
from runner.drill.fault_lies import certificate, check
from runner.drill.fault_load import clock, cpu, disk, memory
from runner.drill.fault_traffic import dns, traffic
from runner.drill.model import Fault

NO_UNIT = "there is no unit"


def deed(fault: Fault, number: int, peers: Sequence[str] = (), given: Mapping[str, bytes] | None = None) -> Deed:
    """Return what to do for a fault. number: its place in the case. peers: the addresses that it is about, none for everyone.

    given: the contents of files that its settings name.
    """
    return DEEDS[fault.kind](Wanted(fault.settings, number, fault.seconds, peers, given or {}))


def _service(wanted: Wanted) -> Deed:
    said = wanted.settings
    unit = shlex.quote(str(said["name"]))
    # systemd calls a unit inactive that there is none of
    there = (
        f'[ "$(systemctl show --property=LoadState --value {unit})" != not-found ] || '
        f'{{ echo "{NO_UNIT} {said["name"]}"; exit 1; }}'
    )
    running = f'state=$(systemctl is-active {unit}); [ "$state" = active ] || {{ echo "{said["name"]} is $state, not active"; false; }}'
    send = f"systemctl kill --kill-who=all --signal=%s {unit}"
    # A unit that its own Restart= has started again is left alone by `start`.
    again = f"systemctl reset-failed {unit} 2>/dev/null; systemctl start {unit}"
    done: dict[str, tuple[str, str]] = {
        "stop": (f"systemctl stop {unit}", again),
        "kill": (send % "SIGKILL", again),
        # a watchdog may have ended it meanwhile
        "freeze": (send % "SIGSTOP", f"{send % 'SIGCONT'} 2>/dev/null; {again}"),
        "reload": (f"systemctl reload {unit}", again),
        "restart": (f"systemctl restart {unit}", again),
    }
    breaks, mends = done[str(said["action"])]
    return Deed(breaks, mends, f"{there}\n{running}", ("systemctl",))


def _link(wanted: Wanted) -> Deed:
    device = shlex.quote(str(wanted.settings["interface"]))
    kept = f"routes-{wanted.number}"
    # The kernel forgets the routes over a link that goes down (and keeps its IPv4 addresses), so they are written down before.
    mends = (
        f"if [ -e {kept} ]; then ip link set {device} up; "
        f"while read -r route; do ip route replace $route dev {device}; done < {kept}; rm -f {kept}; fi"
    )
    breaks = f"ip -4 route show dev {device} | grep -v 'proto kernel' > {kept} || true\nip link set {device} down"
    return Deed(breaks, mends, f"ip link show dev {device} >/dev/null", ("ip",))


def _command(wanted: Wanted) -> Deed:
    texts = {name: str(wanted.settings[name]) for name in ("set", "undo")}
    # a mistake in the undo must not come out when it is needed
    checks = [f"sh -n -c {shlex.quote(text)} 2>&1 || {{ echo 'in `{name}`'; false; }}" for name, text in texts.items()]
    return Deed(texts["set"], texts["undo"], " && ".join(f"{{ {each}; }}" for each in checks))


DEEDS: Mapping[str, Callable[[Wanted], Deed]] = {
    "service": _service,
    "cut": cut,
    "link": _link,
    "traffic": traffic,
    "dns": dns,
    "disk": disk,
    "memory": memory,
    "cpu": cpu,
    "clock": clock,
    "certificate": certificate,
    "check": check,
    "command": _command,
}
