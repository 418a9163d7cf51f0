"""Cuts: what is dropped where; and, where this machine allows network namespaces, what a sender notices of it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runner.drill import arming
from runner.drill.deed import Deed
from runner.drill.fault_cut import FALLBACK
from runner.drill.faults import deed
from runner.drill.model import Fault

# Sends a datagram to the other end from a socket that asks for errors, waits for one of its own, and tells both.
ASK = """
import socket
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.setsockopt(socket.SOL_IP, 11, 1)
try:
    said = link.sendto(b"x", ("10.99.0.2", 9))
except OSError as error:
    said = error.strerror
print(said)
"""
# Without IPv6, which sends when it likes.
WORLD = """
echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6
ip link set lo up
ip link add eth0 type veth peer name eth1
ip link add bridge type dummy 2>/dev/null || true
ip address add 10.99.0.1/24 dev eth0
ip link set eth0 up
ip link set eth1 up
ip neigh replace 10.99.0.2 lladdr 02:00:00:00:00:02 dev eth0
sent() { cat /sys/class/net/eth0/statistics/tx_packets; }
"""


def cut(direction: str, peers: tuple[str, ...] = ()) -> Deed:
    return deed(Fault("x", "cut", {"from": "y", "direction": direction}, 5), 2, peers)


@pytest.mark.parametrize(("direction", "chains"), [("both", ["go_in", "go_out"]), ("in", ["go_in"]), ("out", ["go_out"])])
def test_a_cut_drops_only_what_it_says(direction: str, chains: list[str]) -> None:
    wanted = cut(direction, ("10.0.0.2", "fd00::2"))
    assert [word for word in ("go_in", "go_out") if f"chain {word} {{" in wanted.set] == chains
    for rule, way in (
        ("ip saddr { 10.0.0.2 } drop; ip6 saddr { fd00::2 } drop; arp saddr ip { 10.0.0.2 } drop", "go_in"),
        ('ip daddr { 10.0.0.2 } fwd to "mdrill2"; ip6 daddr { fd00::2 } fwd to "mdrill2"; arp daddr ip', "go_out"),
        ("hook output priority -300; policy accept; ip daddr { 10.0.0.2 } drop; ip6 daddr { fd00::2 } drop", "go_out"),
    ):
        assert (rule in wanted.set) == (way in chains), rule
    for mended in ("delete table inet muster_drill_2", "delete table netdev muster_drill_2", "ip link delete mdrill2"):
        assert mended in wanted.undo


def test_a_cut_from_everyone_leaves_the_host_to_itself() -> None:
    wanted = cut("both")
    assert '[ "$name" != lo ]' in wanted.set
    for rule in ('iifname != "lo" drop', 'oifname != "lo" drop', "policy accept; drop;", 'policy accept; fwd to "mdrill2";'):
        assert rule in wanted.set


def in_namespace(script: str, path: str = "") -> "subprocess.CompletedProcess[str]":
    """Run shell in a network namespace of its own."""
    env = {"PATH": f"{path}:/usr/sbin:/usr/bin:/sbin:/bin", "python": sys.executable}
    argv = ["unshare", "--net", "--mount", "sh", "-c", f"mount -t sysfs none /sys\n{script}"]
    return subprocess.run(argv, capture_output=True, text=True, timeout=30, env=env)


@pytest.fixture(scope="module")
def egress() -> None:
    """Skip where there are no namespaces, no nft or no egress hook."""
    if not shutil.which("nft") or in_namespace("true").returncode or FALLBACK in in_namespace(cut("both").ready).stdout:
        pytest.skip("no network namespaces, nft or egress hook here")


def test_a_sender_notices_nothing_of_a_cut(egress: None) -> None:
    wanted = cut("out")
    ask = f"\"$python\" -c '{ASK}'"
    done = in_namespace(f"{WORLD}\n{ask}\nsent\n{wanted.set}\n{ask}\nsent\n{wanted.undo}\n{ask}\nsent\nnft list tables\nls /sys/class/net")
    before, one, during, two, after, three, *left = done.stdout.split("\n")
    assert (before, during, after) == ("1", "1", "1"), done.stdout + done.stderr
    assert int(one) == int(two) < int(three), done.stdout
    assert "muster" not in "".join(left)
    assert "mdrill" not in "".join(left)


def test_an_nft_without_that_hook_drops_where_the_sender_is_told(egress: None, tmp_path: Path) -> None:
    old = tmp_path / "nft"
    # as nft before 1.0.1, which does not know the word
    old.write_text(f'#!/bin/sh\ncase "$*" in "-f -") text=$(cat);; *) text="$*";; esac\n'
                   f'case "$text" in *egress*) echo "syntax error" >&2; exit 1;; esac\n'
                   f'case "$*" in "-f -") echo "$text" | {shutil.which("nft")} -f -;; *) exec {shutil.which("nft")} "$@";; esac\n')
    old.chmod(0o755)
    wanted = cut("out")
    done = in_namespace(f"{WORLD}\n{wanted.ready}\n{wanted.set}\n\"$python\" -c '{ASK}'\n{wanted.undo}\nnft list tables", str(tmp_path))
    told, sent, *left = done.stdout.split("\n")
    assert told == FALLBACK, done.stdout + done.stderr
    assert sent == "Operation not permitted"
    assert left == [""]


def test_what_a_broken_undo_leaves_is_healed(egress: None, tmp_path: Path) -> None:
    heal = arming.heal().replace(arming.GUARD, str(tmp_path / "guard")).replace(arming.FOLDER, str(tmp_path / "drill"))
    done = in_namespace(f"{WORLD}\n{cut('both').set}\nnft list tables\n({heal})\nnft list tables\nls /sys/class/net | grep mdrill")
    assert done.stdout.splitlines() == ["table netdev muster_drill_2", "undone: muster_drill_2"], done.stdout + done.stderr
