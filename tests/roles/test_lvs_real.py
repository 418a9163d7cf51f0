"""The script that makes a host a real server of LVS: in what order it works, what it leaves alone, and that it takes everything back."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "roles" / "lvs" / "files" / "lvs-real.sh"
DIRECT = "direct 10.0.0.100\n"
TUNNEL = "tunnel 10.0.0.101\n"
REPLY = "reply 10.0.0.21 tcp 8080 10.0.0.102 2600\ndirector 10.0.0.11\n"
# A stand-in writes its words down; sysctl also knows the value that it was given last.
STAND_IN = """#!/bin/sh
echo "$(basename "$0") $*" >> {log}
[ "$(basename "$0")" = sysctl ] || exit 0
case $1 in
-n) cat {values}/"$2" 2>/dev/null || echo 0 ;;
-q) shift; case $1 in
    -w) shift; echo "${{1#*=}}" > {values}/"${{1%%=*}}" ;;
    -p) while IFS='=' read -r key value; do echo "$value" > {values}/"$key"; done < "$2" ;;
    esac ;;
esac
"""

Does = Callable[..., list[str]]


@pytest.fixture
def real(tmp_path: Path) -> Does:
    """Run the script with a list and stand-ins for ip, sysctl and modprobe; return what these were told."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "values").mkdir()
    log = tmp_path / "log"
    for name in ("ip", "sysctl", "modprobe"):
        path = tmp_path / "bin" / name
        path.write_text(STAND_IN.format(log=log, values=tmp_path / "values"))
        path.chmod(0o755)
    text = SCRIPT.read_text().replace("/run/lvs-real", f"{tmp_path}/run").replace("/etc/lvs-real.conf", f"{tmp_path}/list")
    assert text.count(str(tmp_path)) >= 2

    def run(verb: str, content: str, status: int = 0) -> list[str]:
        (tmp_path / "list").write_text(content)
        log.write_text("")
        env = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
        done = subprocess.run(["sh", "-c", text, "lvs-real", verb], env=env, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == status, done.stderr
        return log.read_text().splitlines()

    return run


def test_the_kernel_is_quiet_before_there_is_an_address(real: Does) -> None:
    told = real("up", DIRECT)
    address = told.index("ip address replace 10.0.0.100/32 dev lo")
    for where in ("all", "lo"):
        assert told.index(f"sysctl -q -w net.ipv4.conf.{where}.arp_ignore=1") < address
        assert told.index(f"sysctl -q -w net.ipv4.conf.{where}.arp_announce=2") < address


def test_the_address_goes_before_the_kernel_speaks_again(real: Does, tmp_path: Path) -> None:
    (tmp_path / "values/net.ipv4.conf.all.arp_announce").write_text("1\n")
    real("up", DIRECT)
    told = real("down", DIRECT)
    gone = told.index("ip address del 10.0.0.100/32 dev lo")
    assert gone < next(index for index, line in enumerate(told) if line.startswith("sysctl -q -p"))
    assert (tmp_path / "values/net.ipv4.conf.all.arp_announce").read_text() == "1\n"
    assert (tmp_path / "values/net.ipv4.conf.all.arp_ignore").read_text() == "0\n"
    assert not (tmp_path / "run").exists()
    assert real("down", DIRECT) == []


def test_what_was_before_is_remembered_over_changes(real: Does, tmp_path: Path) -> None:
    real("up", DIRECT)
    real("up", DIRECT + TUNNEL)
    real("down", "")
    assert (tmp_path / "values/net.ipv4.conf.all.arp_ignore").read_text() == "0\n"


def test_a_tunnel_takes_what_comes_out_of_it(real: Does) -> None:
    told = real("up", TUNNEL)
    assert told.index("modprobe ipip") < told.index("ip link set tunl0 up")
    assert "sysctl -q -w net.ipv4.conf.tunl0.rp_filter=0" in told
    assert told.index("sysctl -q -w net.ipv4.conf.all.arp_ignore=1") < told.index("ip address replace 10.0.0.101/32 dev tunl0")
    assert "ip link set tunl0 down" in real("down", TUNNEL)


def test_only_the_replies_of_the_service_go_by_the_director(real: Does) -> None:
    told = real("up", REPLY)
    assert "ip route replace default via 10.0.0.102 table 2600" in told
    assert "ip route replace throw 10.0.0.11/32 table 2600" in told
    assert "ip rule add from 10.0.0.21 ipproto tcp sport 8080 priority 6100 lookup 2600" in told
    assert not [line for line in told if line.startswith(("sysctl", "ip address", "modprobe"))]


def test_a_changed_list_leaves_the_rest_alone(real: Does) -> None:
    real("up", DIRECT + "direct 10.0.0.105\n" + REPLY)
    told = real("up", "direct 10.0.0.105\n")
    assert "ip address del 10.0.0.100/32 dev lo" in told
    assert "ip address del 10.0.0.105/32 dev lo" not in told
    assert "ip rule del from 10.0.0.21 ipproto tcp sport 8080 priority 6100 lookup 2600" in told
    assert "ip route del default via 10.0.0.102 table 2600" in told
    assert not [line for line in told if line.startswith("sysctl -q -p")]
    last = real("up", "director 10.0.0.11\n")
    assert last[-1].startswith("sysctl -q -p")


@pytest.mark.parametrize("line", ["direct", "reply 10.0.0.21 tcp 80", "direct 10.0.0.1 10.0.0.2", "tunel 10.0.0.1"])
def test_a_list_that_is_not_understood_changes_nothing(real: Does, line: str) -> None:
    assert real("up", f"{DIRECT}{line}\n", status=1) == []
    real("check", f"{DIRECT}{line}\n", status=1)


def test_comments_are_no_entries(real: Does) -> None:
    assert real("check", "# written by a role\n\ndirect 10.0.0.100 # the shop\n") == []
