"""Faults of the network that are less than a cut: delayed, lost and slow packets, and names that are not resolved. Pure."""

import shlex
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from runner.drill.deed import HANDLE, Deed, Wanted, drop_sink, drop_table, have_sink

NETEM_ALONE = ("delay", "jitter", "reorder", "duplicate", "corrupt")


def traffic(wanted: Wanted) -> Deed:
    """Return how packets that leave by an interface are delayed, lost, put out of order, doubled, damaged or slowed.

    netem (tc-netem(8)) does it where the kernel has it. Without it nftables sends packets into nothing at the egress hook, which senders do
    not notice, and tbf, or htb for some peers only, slows them; the rest is refused.
    """
    said = wanted.settings
    device = shlex.quote(str(said["interface"]))
    by_netem, without = _netem(wanted, device), _without_netem(wanted, device)
    missing = [each for each in NETEM_ALONE if said.get(each)]
    lacks = f"the kernel has no netem, so {' and '.join(missing)} cannot be had here (a lab with `driver: qemu` has it)"
    other = without if not missing else f"echo {shlex.quote(lacks)}; false"
    has = _can(f"{_root('prio bands 4', 'lo')} && {_inner('netem delay 1ms', 'lo')}" if wanted.peers else _root("netem delay 1ms", "lo"))
    own = f'echo "{said["interface"]} has a queueing discipline of its own: $kind $handle"; false'
    free = (
        f"ip link show dev {device} >/dev/null && tc qdisc show dev {device} root | "
        f'{{ read -r _ kind handle _ || true; case "$handle" in ""|0:) ;; *) {own};; esac; }}'
    )
    return Deed(
        f"(set -e\nif {has}; then\n{by_netem}\nelse\n{other}\nfi)",
        f"if tc qdisc show dev {device} root | grep -q ' {HANDLE}: '; then tc qdisc delete dev {device} root; fi\n"
        f"{drop_table(wanted, 'netdev')}\n{drop_sink(wanted)}",
        f"{free} && if {has}; then true; else {_needs(said, wanted) if not missing else other}; fi",
        ("tc", "ip", "unshare", "nft"),
    )


def _needs(said: Mapping[str, Any], wanted: Wanted) -> str:
    """Shell that tells whether the kernel can do without netem what is asked."""
    checks = ["true"]
    if said.get("rate"):
        kind = "htb" if wanted.peers else "tbf"
        can = _can(_root("htb" if wanted.peers else "tbf rate 1mbit burst 32k latency 100ms", "lo"))
        checks.append(f'{{ {can} || {{ echo "the kernel has neither netem nor {kind}, so no bandwidth can be set"; false; }}; }}')
    if said.get("loss"):
        rules = _loss(wanted, "lo").replace("\n", " ")
        checks.append(
            f"{{ unshare --net sh -c {shlex.quote(f'{have_sink(wanted)} && nft {shlex.quote(rules)}')} 2>/dev/null || "
            '{ echo "the kernel has neither netem nor an egress hook of nftables, so no packets can be lost"; false; }; }'
        )
    return " && ".join(checks)


def _can(commands: str) -> str:
    """Shell that tries something in a network namespace of its own, where it hurts nobody."""
    return f"unshare --net sh -c {shlex.quote(commands)} 2>/dev/null"


def _root(words: str, device: str) -> str:
    return f"tc qdisc add dev {device} root handle {HANDLE}: {words}"


def _inner(words: str, device: str) -> str:
    return f"tc qdisc add dev {device} parent {HANDLE}:4 handle 6d65: {words}"


def _netem(wanted: Wanted, device: str) -> str:
    words = netem_words(wanted.settings)
    if not wanted.peers:
        return _root(f"netem {words}", device)
    return "\n".join([_root("prio bands 4", device), _inner(f"netem {words}", device), *_filters(wanted, device)])


def netem_words(said: Mapping[str, Any]) -> str:
    """Return the settings as netem's words. Times are in seconds, parts in percent."""
    words = ["limit 10000"]
    if said.get("delay"):
        words.append(f"delay {_milliseconds(said['delay'])}" + (f" {_milliseconds(said['jitter'])}" if said.get("jitter") else ""))
    words += [f"{name} {float(said[name]):g}%" for name in ("loss", "reorder", "duplicate", "corrupt") if said.get(name)]
    if said.get("rate"):
        words.append(f"rate {said['rate']}")
    return " ".join(words)


def _milliseconds(seconds: Any) -> str:
    return f"{1000 * float(seconds):.3f}ms"


def _filters(wanted: Wanted, device: str) -> list[str]:
    """Send what goes to the peers to the fourth class."""
    found = []
    for each in wanted.peers:
        words = "protocol ipv6 prio 2 u32 match ip6" if ip_address(each).version == 6 else "protocol ip prio 1 u32 match ip"
        bits = ip_address(each).max_prefixlen
        found.append(f"tc filter add dev {device} parent {HANDLE}: {words} dst {each}/{bits} flowid {HANDLE}:4")
    return found


def _without_netem(wanted: Wanted, device: str) -> str:
    said, parts = wanted.settings, []
    if said.get("loss"):
        parts.append(f"{have_sink(wanted)}\nnft -f - <<'RULES'\n{_loss(wanted, str(said['interface']))}\nRULES")
    if said.get("rate"):
        rate = str(said["rate"])
        if wanted.peers:
            # what has no class goes out at once (tc-htb(8))
            parts += [_root("htb", device), f"tc class add dev {device} parent {HANDLE}: classid {HANDLE}:4 htb rate {rate}"]
            parts += _filters(wanted, device)
        else:
            parts.append(_root(f"tbf rate {rate} burst {max(32_768, bits(rate) // 800)} latency 400ms", device))
    return "\n".join(parts) or "true"


def _loss(wanted: Wanted, device: str) -> str:
    # not dropped: that is an error of some senders, and TCP takes it for local congestion
    part = f'numgen random mod 10000 < {round(100 * float(wanted.settings["loss"]))} fwd to "{wanted.sink}"'
    rules = [part]
    if wanted.peers:
        rules = [f"{'ip6' if ip_address(each).version == 6 else 'ip'} daddr {each} {part}" for each in wanted.peers]
    hook = f'type filter hook egress device "{device}" priority 0; policy accept;'
    return f"table netdev {wanted.table} {{ chain lost {{ {hook} {'; '.join(rules)}; }}; }}"


def bits(rate: str) -> int:
    """Return the bits a second of a rate as tc writes it, such as 10mbit."""
    number = rate.removesuffix("bit")
    factor = {"k": 10**3, "m": 10**6, "g": 10**9}.get(number[-1], 1)
    return int(number.rstrip("kmg")) * factor


def dns(wanted: Wanted) -> Deed:
    """Return how names are not resolved: answers are dropped, so that who asks waits in vain, or questions are refused at once.

    Dropped on their way in: a datagram that is dropped on its way out is an error of `send`, which no broken network makes.
    """
    if wanted.settings.get("how", "drop") == "drop":
        chain = "type filter hook input priority -300; policy accept; udp sport 53 drop; tcp sport 53 drop;"
    else:
        chain = "type filter hook output priority -300; policy accept; udp dport 53 reject; tcp dport 53 reject with tcp reset;"
    rules = f"table inet {wanted.table} {{ chain names {{ {chain} }}; }}"
    return Deed(
        f"nft -f - <<'RULES'\n{rules}\nRULES",
        drop_table(wanted),
        f"nft --check {shlex.quote(rules)}",
        ("nft",),
    )
