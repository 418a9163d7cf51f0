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
"nsenter "*) case "$*" in *"{freed}"*) : > {proc}/100/mounts ;; esac ;;
mount*) mkdir -p {home}/one/root/etc/pam.d {home}/one/root/etc/ssh && touch {home}/one/root/etc/pam.d/common-session ;;
esac
"""

MOUNTS = "overlay / overlay rw 0 0\n10.0.0.12:/srv /srv/shared nfs4 rw,hard 0 0\n"
Tells = Callable[..., list[str]]


@pytest.fixture
def told(tmp_path: Path) -> Tells:
    """Run a verb with stand-ins for the programs; return what these were told."""
    home, log = tmp_path / "hosts", tmp_path / "log"
    (tmp_path / "bin").mkdir()
    names = ("ip", "systemctl", "mount", "umount", "mountpoint", "ssh-keygen", "systemd-nspawn", "nsenter", "kill", "sleep")
    text = SCRIPT.read_text().replace("/srv/lab/hosts", str(home)).replace("/run/systemd/system", f"{tmp_path}/units")
    text = text.replace("/sys/fs/cgroup", f"{tmp_path}/cgroup").replace('"/proc/', f'"{tmp_path}/proc/')
    assert text.count(str(tmp_path)) >= 6

    def run(*words: str, stdin: str = "", freed: str = "nothing") -> list[str]:
        log.write_text("")
        for name in names:
            path = tmp_path / "bin" / name
            path.write_text(STAND_IN.format(log=log, home=home, proc=tmp_path / "proc", freed=freed))
            path.chmod(0o755)
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


@pytest.fixture
def mounted(tmp_path: Path) -> None:
    """The host one runs, mounts an export, and has two processes besides its first."""
    payload = tmp_path / "cgroup/system.slice/system-lab.slice/lab-host@one.service/payload"
    for place, processes in (("init.scope", "100\n"), ("system.slice/some.service", "101\n102\n")):
        (payload / place).mkdir(parents=True)
        (payload / place / "cgroup.procs").write_text(processes)
    (tmp_path / "proc/100").mkdir(parents=True)
    (tmp_path / "proc/100/mounts").write_text(MOUNTS)


@pytest.mark.usefixtures("mounted")
@pytest.mark.parametrize(("freed", "times"), [("--force /srv/shared", 1), ("--lazy /srv/shared", 6)])
def test_who_waits_for_a_lost_server_is_ended_before_its_mount_is_given_up(told: Tells, freed: str, times: int) -> None:
    told("create", "one", stdin=SETTINGS)
    lines = [line for line in told("remove", "one", freed=freed) if not line.startswith(("sleep", "umount"))]
    given_up = [line for line in lines if line.startswith("nsenter --target 100 --mount -- umount --force")]
    assert lines[0] == "kill -KILL 101 102"
    assert lines[1 : times + 1] == given_up
    assert len(given_up) == times
    assert given_up[-1].endswith(freed)
    assert lines[times + 1] == "systemctl kill --kill-whom=all --signal=KILL lab-host@one.service"


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
