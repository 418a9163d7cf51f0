"""The script in the machine that makes and breaks hosts: what it tells ip, systemctl and mount, and in which order."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "runner" / "lab" / "recipe" / "lab-host.sh"
SETTINGS = "ADDRESS=10.0.0.11\nPREFIX=24\nGATEWAY=10.0.0.254\nMEMORY=512M\nPYTHON=yes\nSHAPE=abc\n"
STAND_IN = """#!/bin/sh
echo "$(basename "$0") $*" >> {log}
case "$(basename "$0") $1" in
"systemctl show") printf 'active\\nfrozen\\n' ;;
mountpoint*) exit 1 ;;
mount*) mkdir -p {home}/one/root/etc/pam.d {home}/one/root/etc/ssh && touch {home}/one/root/etc/pam.d/common-session ;;
esac
"""

Tells = Callable[..., list[str]]


@pytest.fixture
def told(tmp_path: Path) -> Tells:
    """Run a verb with stand-ins for the programs; return what these were told."""
    home, log = tmp_path / "hosts", tmp_path / "log"
    (tmp_path / "bin").mkdir()
    for name in ("ip", "systemctl", "mount", "umount", "mountpoint", "ssh-keygen", "systemd-nspawn"):
        path = tmp_path / "bin" / name
        path.write_text(STAND_IN.format(log=log, home=home))
        path.chmod(0o755)
    text = SCRIPT.read_text().replace("/srv/lab/hosts", str(home)).replace("/run/systemd/system", f"{tmp_path}/units")
    assert text.count(str(tmp_path)) >= 3

    def run(*words: str, stdin: str = "") -> list[str]:
        log.write_text("")
        env = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
        argv = ["sh", "-c", text, "lab-host", *words]
        done = subprocess.run(argv, env=env, input=stdin, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        return [*log.read_text().splitlines(), *done.stdout.splitlines()]

    return run


def test_a_host_is_made_of_its_settings(told: Tells, tmp_path: Path) -> None:
    lines = told("create", "one", stdin=SETTINGS)
    etc = tmp_path / "hosts/one/upper/etc"
    assert (etc / "hostname").read_text() == "one\n"
    assert "10.0.0.11\tone" in (etc / "hosts").read_text()
    assert (etc / "systemd/system/lab-machine.service").is_symlink()
    assert "MemoryMax=512M" in (tmp_path / "units/lab-host@one.service.d/limits.conf").read_text()
    assert lines[-1] == "systemctl start --no-block lab-host@one.service"
    assert not [line for line in lines if line.startswith("systemd-nspawn")]


def test_a_host_without_python_loses_it_before_it_starts(told: Tells) -> None:
    lines = told("create", "one", stdin=SETTINGS.replace("PYTHON=yes", "PYTHON=no"))
    purge = next(index for index, line in enumerate(lines) if line.startswith("systemd-nspawn"))
    assert "apt-get purge" in lines[purge]
    assert purge < lines.index("systemctl start --no-block lab-host@one.service")


def test_each_start_has_a_network_that_is_new(told: Tells) -> None:
    told("create", "one", stdin=SETTINGS)
    lines = told("prepare", "one")
    assert lines.index("ip netns delete one") < lines.index("ip netns add one")
    assert "ip link add h0a00000b type veth peer name eth0 address 02:42:0a:00:00:0b netns one" in lines
    assert lines.index("ip link set h0a00000b master lab0 up") < lines.index("ip -n one route add default via 10.0.0.254")


@pytest.mark.parametrize("verb", ["kill", "panic"])
def test_the_network_is_silent_before_anything_ends(told: Tells, verb: str) -> None:
    told("create", "one", stdin=SETTINGS)
    lines = told(verb, "one")
    assert lines[0] == "ip link set h0a00000b down"
    assert lines[1] == "systemctl kill --kill-whom=all --signal=KILL lab-host@one.service"
    assert "systemctl stop lab-host@one.service" in lines


def test_states(told: Tells) -> None:
    assert told("states") == []
    told("create", "one", stdin=SETTINGS)
    assert told("states")[-1] == "one\tactive frozen \tabc"


def test_nothing_of_a_removed_host_is_left(told: Tells, tmp_path: Path) -> None:
    told("create", "one", stdin=SETTINGS)
    told("remove", "one")
    assert list((tmp_path / "hosts").iterdir()) == []
    assert list((tmp_path / "units").iterdir()) == []
    assert told("remove", "one") == []
