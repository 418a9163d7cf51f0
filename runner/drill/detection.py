"""Who noticed a fault, and when: the signs of keepalived, haproxy and etcd, less those of what is broken itself. Pure."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from runner.drill.heard import HostHeard, MemberLook, Sign
from runner.drill.model import Broken

# Kinds of faults after which the host itself may still notice what is wrong; any other breaks its word as well.
PARTIAL = ("service", "command", "tasks", "check", "certificate", "disk", "memory", "cpu", "clock", "dns")


def signs(heard: Mapping[str, HostHeard]) -> list[Sign]:
    """Return all that was noticed, in order."""
    found = [sign for each in heard.values() for sign in each.signs]
    for host, each in heard.items():
        found += _haproxy(host, each.servers)
        found += _etcd(host, each.members)
    return sorted(found, key=lambda sign: sign.when)


def _haproxy(host: str, looks: Sequence[tuple[float, Mapping[str, str]]]) -> list[Sign]:
    """A server that was up and is down."""
    return [
        Sign(when, host, "haproxy", f"{server} is DOWN")
        for (_, before), (when, now) in pairwise(looks)
        for server, state in now.items()
        if state == "DOWN" and before.get(server) == "UP"
    ]


def _etcd(host: str, looks: Sequence[MemberLook]) -> list[Sign]:
    """A member that loses its leader, or is in a newer term than it was. One that did not answer before may only have begun anew."""
    found: list[Sign] = []
    for before, now in pairwise(looks):
        if before.term is None or now.term is None:
            continue
        if now.term > before.term:
            found.append(Sign(now.when, host, "etcd", f"term {now.term}"))
        elif before.leader != "0" and now.leader == "0":
            found.append(Sign(now.when, host, "etcd", "the leader is lost"))
    return found


def first_sign(found: Sequence[Sign], broken: Sequence[Broken]) -> Sign | None:
    """Return the first that was noticed while something was broken, by anything but what was broken itself.

    A host that is cut off or without power has no say. Where one unit of a host is broken the others on it have.
    """
    begun = [each.set_at for each in broken if each.set_at is not None]
    if not begun:
        return None
    ended = [each.undone_at for each in broken if each.undone_at is not None]
    until = max(ended) if len(ended) == len(broken) else float("inf")
    inside = (sign for sign in found if min(begun) < sign.when <= until)
    return next((sign for sign in inside if not any(_own(sign, each) for each in broken)), None)


def _own(sign: Sign, broken: Broken) -> bool:
    """Tell whether a sign comes from what a fault broke."""
    if sign.host != broken.host or broken.set_at is None or sign.when < broken.set_at:
        return False
    return broken.kind not in PARTIAL or broken.unit.partition(".")[0] == sign.source
