"""The fault of a cut: packets from or to some hosts, or all, are lost without a word to whoever sends or waits. Pure."""

import shlex
from collections.abc import Sequence
from ipaddress import ip_address

from runner.drill.deed import Deed, Wanted, drop_sink, drop_table, have_sink

# A bridge or bond stands for its ports; what talks over a bridge inside the host goes on talking.
DEVICES = (
    "devices=; for path in /sys/class/net/*; do\n"
    '  name=${path##*/}; [ "$name" != lo ] && [ -e "$path/address" ] && [ ! -e "$path/master" ] || continue\n'
    '  case "$name" in mdrill*) ;; *) devices="${devices:+$devices, }\\"$name\\"";; esac\n'
    "done"
)
FALLBACK = (
    "no egress hook here (Linux 5.16 and nft 1.0.1 have it), so what goes out is dropped where its sender is told: "
    "a local datagram fails with EPERM, which a broken network does not do"
)


def cut(wanted: Wanted) -> Deed:
    """Return how a host is cut off: at the devices, where a broken network would begin.

    Outgoing packets are forwarded to a device that is down: one that is merely dropped at the egress hook is an error for sockets that
    ask for errors (ENOBUFS), and TCP takes it for local congestion and asks again every half second, as over no broken network.
    Where nft or the kernel lack that hook, rules at the host's own input and output do it, and the sender of a datagram gets EPERM.
    """
    ways = {"in": ["in"], "out": ["out"]}.get(str(wanted.settings.get("direction", "both")), ["in", "out"])
    rules = _at_devices(wanted, ways, "$devices")
    trial = _at_devices(wanted, ways, '"lo"').replace("\n", " ")
    can = f"unshare --net sh -c {shlex.quote(f'{have_sink(wanted)} && nft {shlex.quote(trial)}')} 2>/dev/null"
    other = f"nft -f - <<'RULES'\n{rules}\nRULES\n{_at_sockets(wanted, ways)}\nRULES"
    return Deed(
        f"{DEVICES}\n{have_sink(wanted)}\nnft -f - 2>/dev/null <<RULES || {other}",
        f"{drop_table(wanted, 'netdev')}\n{drop_table(wanted)}\n{drop_sink(wanted)}",
        f"nft list tables >/dev/null && {{ {can} || echo {shlex.quote(FALLBACK)}; }}",
        ("nft", "ip", "unshare"),
    )


def _at_devices(wanted: Wanted, ways: Sequence[str], devices: str) -> str:
    """Return a table at the devices; it sees ARP too."""
    lines = [f"table netdev {wanted.table} {{"]
    for way in ways:
        hook, word, end = ("ingress", "saddr", "drop") if way == "in" else ("egress", "daddr", f'fwd to "{wanted.sink}"')
        rules = [f"{match} {end}" for match in _matches(wanted.peers, word)] or [end]
        if wanted.peers and (four := _of_version(wanted.peers, 4)):
            rules.append(f"arp {word} ip {four} {end}")
        chain = f"type filter hook {hook} devices = {{ {devices} }} priority -300; policy accept;"
        lines.append(f"  chain go_{way} {{ {chain} {'; '.join(rules)}; }};")
    return "\n".join([*lines, "}"])


def _at_sockets(wanted: Wanted, ways: Sequence[str]) -> str:
    """Return a table at the host's own input and output."""
    lines = [f"table inet {wanted.table} {{"]
    for way in ways:
        hook, word, device = ("input", "saddr", "iifname") if way == "in" else ("output", "daddr", "oifname")
        rules = [f"{match} drop" for match in _matches(wanted.peers, word)] or [f'{device} != "lo" drop']
        lines.append(f"  chain go_{way} {{ type filter hook {hook} priority -300; policy accept; {'; '.join(rules)}; }};")
    return "\n".join([*lines, "}"])


def _matches(peers: Sequence[str], word: str) -> list[str]:
    found = [(family, _of_version(peers, version)) for family, version in (("ip", 4), ("ip6", 6))]
    return [f"{family} {word} {those}" for family, those in found if those]


def _of_version(peers: Sequence[str], version: int) -> str:
    """Return the addresses of a version as a set of nftables, nothing for none."""
    those = [each for each in peers if ip_address(each).version == version]
    return f"{{ {', '.join(those)} }}" if those else ""
