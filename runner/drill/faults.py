"""What is done on a host to break something there, and to mend it: two pieces of shell for each fault. Pure."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from runner.drill.model import Fault
from runner.record import dataclass

EVERYONE = "everyone"


@dataclass(frozen=True, slots=True)
class Deed:
    """set: shell that breaks. undo: shell that mends, harmless when nothing is broken (any more). ready: shell that ends with 0 when
    the fault can be set here, else says why not. programs: what must be installed.
    """

    set: str
    undo: str
    ready: str = "true"
    programs: tuple[str, ...] = ()


def deed(fault: Fault, number: int, peers: Sequence[str] = ()) -> Deed:
    """Return what to do for a fault. number: its place in the case. peers: the addresses that a cut is from, none for everyone."""
    return DEEDS[fault.kind](fault.settings, number, peers)


def _service(said: Mapping[str, Any], number: int, peers: Sequence[str]) -> Deed:
    unit = shlex.quote(str(said["name"]))
    running = f'state=$(systemctl is-active {unit}); [ "$state" = active ] || {{ echo "{said["name"]} is $state, not active"; false; }}'
    send = f"systemctl kill --kill-who=all --signal=%s {unit}"
    # A unit that its own Restart= has started again is left alone by `start`.
    again = f"systemctl reset-failed {unit} 2>/dev/null; systemctl start {unit}"
    done: dict[str, tuple[str, str]] = {
        "stop": (f"systemctl stop {unit}", again),
        "kill": (send % "SIGKILL", again),
        "freeze": (send % "SIGSTOP", send % "SIGCONT"),
        "reload": (f"systemctl reload {unit}", again),
        "restart": (f"systemctl restart {unit}", again),
    }
    breaks, mends = done[str(said["action"])]
    return Deed(breaks, mends, running, ("systemctl",))


def _cut(said: Mapping[str, Any], number: int, peers: Sequence[str]) -> Deed:
    table = f"muster_drill_{number}"
    direction = str(said.get("direction", "both"))
    chains = []
    for name, hook, word, way in (("from_them", "input", "saddr", "in"), ("to_them", "output", "daddr", "out")):
        if direction in (way, "both"):
            rules = "; ".join(_rules(peers, word, "iifname" if way == "in" else "oifname"))
            chains.append(f"  chain {name} {{ type filter hook {hook} priority -300; policy accept; {rules}; }}")
    lines = [f"table inet {table} {{", *chains, "}"]
    rules_text = "\n".join(lines)
    return Deed(
        f"nft -f - <<'RULES'\n{rules_text}\nRULES",
        f"if nft list table inet {table} >/dev/null 2>&1; then nft delete table inet {table}; fi",
        "nft list tables >/dev/null",
        ("nft",),
    )


def _rules(peers: Sequence[str], word: str, interface: str) -> list[str]:
    if not peers:
        return [f'{interface} != "lo" drop']
    found = []
    for family, version in (("ip", 4), ("ip6", 6)):
        of_family = [each for each in peers if ip_address(each).version == version]
        if of_family:
            found.append(f"{family} {word} {{ {', '.join(of_family)} }} drop")
    return found


def _link(said: Mapping[str, Any], number: int, peers: Sequence[str]) -> Deed:
    device = shlex.quote(str(said["interface"]))
    kept = f"routes-{number}"
    # The kernel forgets the routes over a link that goes down (and keeps its IPv4 addresses), so they are written down before.
    mends = (
        f"if [ -e {kept} ]; then ip link set {device} up; "
        f"while read -r route; do ip route replace $route dev {device}; done < {kept}; rm -f {kept}; fi"
    )
    breaks = f"ip -4 route show dev {device} | grep -v 'proto kernel' > {kept} || true\nip link set {device} down"
    return Deed(breaks, mends, f"ip link show dev {device} >/dev/null", ("ip",))


def _command(said: Mapping[str, Any], number: int, peers: Sequence[str]) -> Deed:
    return Deed(str(said["set"]), str(said["undo"]))


DEEDS: Mapping[str, Callable[[Mapping[str, Any], int, Sequence[str]], Deed]] = {
    "service": _service,
    "cut": _cut,
    "link": _link,
    "command": _command,
}
