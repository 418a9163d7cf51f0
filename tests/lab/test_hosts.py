"""Real hosts: made, reached over ssh, broken, mended, made anew and taken away."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from runner.errors import RunnerError
from runner.lab import commands, state
from runner.lab.description import Lab
from runner.lab.driver import ABSENT, PAUSED, RUNNING, STOPPED, Driver
from runner.lab.state import StateFolder
from runner.record import dataclass
from tests.own_lab import own_lab

pytestmark = pytest.mark.lab

DESCRIPTION = """\
name: selftest
network: {subnet: 172.30.249.0/24}
groups:
  pair: {hosts: [one, two], variables: {vip: 172.30.249.100}}
hosts:
  one: {address: 172.30.249.11}
  two: {address: 172.30.249.12, memory: 256m}
  bare: {address: 172.30.249.13, python: false}
"""
KEEPALIVED = """cat > /etc/keepalived/keepalived.conf <<'EOF'
vrrp_instance front {
    state BACKUP
    interface eth0
    virtual_router_id 7
    priority PRIORITY
    advert_int 0.2
    virtual_ipaddress {
        172.30.249.100/24
    }
}
EOF
systemctl restart keepalived
"""
BOOT_ID = "cat /proc/sys/kernel/random/boot_id"


@dataclass
class Running:
    """A lab that is up."""

    lab: Lab
    folder: StateFolder
    driver: Driver

    def ssh(self, name: str, command: str, user: str = "root", stdin: str = "") -> str:
        done = self.try_ssh(name, command, user, stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def try_ssh(self, name: str, command: str, user: str = "root", stdin: str = "") -> "subprocess.CompletedProcess[str]":
        argv = commands.ssh_argv(self.folder, name, [command], user)
        words = [argv[0], "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", *argv[1:]]
        return subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=120)

    def up(self) -> list[str]:
        said: list[str] = []
        commands.up(self.lab, self.folder, self.driver, said.append)
        return said


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with own_lab(DESCRIPTION, tmp_path_factory.mktemp("lab")) as made:
        yield Running(made.lab, made.folder, made.driver)


def test_all_hosts_are_well_and_a_second_up_changes_nothing(running: Running) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in running.folder.path.iterdir()}
    said = running.up()
    assert [line for line in said if not line.startswith("3 hosts are up")] == []
    assert {path.name: path.stat().st_mtime_ns for path in running.folder.path.iterdir()} == before
    rows = commands.status(running.lab, running.folder, running.driver)
    assert [row for row in rows if not row.well] == []


def test_hosts_are_like_machines(running: Running) -> None:
    for path in ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf"):
        running.ssh("one", f"cp {path} {path}.new && mv {path}.new {path}")
    assert running.ssh("one", "hostname; systemctl is-active ssh keepalived || true").split() == ["one", "active", "inactive"]
    assert running.ssh("one", "sysctl -w net.ipv4.ip_nonlocal_bind=1") == "net.ipv4.ip_nonlocal_bind = 1"
    assert running.ssh("one", "cat /etc/machine-id") != running.ssh("two", "cat /etc/machine-id")
    assert running.ssh("one", "cat /etc/resolv.conf").startswith("nameserver ")


def test_each_host_has_services_of_its_own(running: Running) -> None:
    for name in ("one", "two"):
        running.ssh(name, "systemd-run --unit same --property MemoryMax=32M sh -c 'sleep 1000 & sleep 1000'")
    running.ssh("one", "systemctl stop same")
    assert running.try_ssh("one", "pgrep sleep").stdout == ""
    assert running.ssh("two", "systemctl is-active same; pgrep --count sleep").split() == ["active", "2"]
    assert "max: 32.0M" in running.ssh("two", "systemctl status same")
    running.ssh("two", "systemctl stop same")


def test_users(running: Running) -> None:
    passwords = yaml.safe_load(running.folder.passwords.read_text())
    assert running.ssh("one", "sudo -n id -u", user="ops") == "0"
    assert running.try_ssh("one", "sudo -n id -u", user="alice").returncode != 0
    assert running.ssh("one", "sudo -S id -u", user="alice", stdin=f"{passwords['alice']}\n") == "0"
    assert running.ssh("one", "su -c 'id -u'", user="alice", stdin=f"{passwords['root']}\n") == "0"


def test_a_bare_host_has_no_python(running: Running) -> None:
    assert running.try_ssh("bare", "command -v python3 || ls /usr/bin/python*").stdout == ""
    assert running.ssh("one", "command -v python3") == "/usr/bin/python3"


def test_an_address_moves_between_hosts_by_vrrp(running: Running) -> None:
    running.ssh("one", KEEPALIVED.replace("PRIORITY", "150"))
    running.ssh("two", KEEPALIVED.replace("PRIORITY", "100"))
    holder = "for i in $(seq 50); do ip -4 -o address show dev eth0 | grep -q 172.30.249.100 && exit 0; sleep 0.1; done; exit 1"
    running.ssh("one", holder)
    assert "172.30.249.100" not in running.ssh("two", "sleep 1; ip -4 -o address show dev eth0")
    running.ssh("bare", "ping -c 1 -W 2 172.30.249.100")
    running.driver.kill("one")
    running.ssh("two", holder)
    running.ssh("bare", "ping -c 1 -W 2 172.30.249.100")
    running.ssh("two", "systemctl stop keepalived")
    running.driver.start("one")
    commands.wait_until_settled(running.driver, running.lab.host("one"))


def test_a_host_is_broken_and_mended(running: Running) -> None:
    def there() -> str:
        return running.driver.states()["two"].state

    running.ssh("two", "touch /root/kept")
    running.driver.pause("two")
    assert there() == PAUSED
    running.driver.unpause("two")
    assert there() == RUNNING
    running.driver.power_off("two")
    assert there() == STOPPED
    assert commands.try_ssh(running.folder, "two") != "ok"
    assert "two: was off, started" in running.up()
    running.ssh("two", "test -e /root/kept")


def test_a_host_that_panics_says_nothing_more(running: Running) -> None:
    """A connection stays open on the other side, where the end of the program alone would have closed it."""
    running.ssh("two", "touch /root/kept")
    listen = "python3 -c 'import socket, time; s = socket.create_server((\"\", 7777)); c, _ = s.accept(); time.sleep(600)'"
    running.ssh("two", f"systemd-run --unit listens {listen}")
    call = "for i in $(seq 50); do exec 3<>/dev/tcp/172.30.249.12/7777 && break; sleep 0.1; done; sleep 600"
    running.ssh("one", f"systemd-run --unit calls bash -c '{call}'")
    seen = "for i in $(seq 100); do ss -Htn state established dst 172.30.249.12 | grep -q :7777 && exit 0; sleep 0.1; done; exit 1"
    running.ssh("one", seen)
    running.driver.panic("two")
    assert running.driver.states()["two"].state == STOPPED
    assert ":7777" in running.ssh("one", "ss -Htn state established dst 172.30.249.12")
    assert running.try_ssh("one", "ping -c 1 -W 1 172.30.249.12").returncode != 0
    running.ssh("one", "systemctl kill calls || true")
    assert "two: was off, started" in running.up()
    running.ssh("two", "test -e /root/kept")
    running.ssh("one", "ping -c 1 -W 2 172.30.249.12")


def test_a_reboot_is_seen(running: Running) -> None:
    running.ssh("one", "echo '10.1.1.1 mine' >> /etc/hosts")
    before = running.ssh("one", BOOT_ID)
    running.try_ssh("one", "systemctl reboot")
    until = time.monotonic() + 30
    while running.try_ssh("one", BOOT_ID).stdout.strip() in ("", before) and time.monotonic() < until:
        time.sleep(0.5)
    commands.wait_until_settled(running.driver, running.lab.host("one"))
    assert running.ssh("one", BOOT_ID) != before
    assert "10.1.1.1 mine" in running.ssh("one", "cat /etc/hosts")


def test_reset_gives_one_host_a_fresh_system(running: Running) -> None:
    def keys_of(name: str) -> list[str]:
        return [line for line in running.folder.known_hosts.read_text().splitlines() if line.startswith(f"{name},")]

    running.ssh("one", "touch /root/kept")
    running.ssh("two", "touch /root/mine")
    old = keys_of("one"), keys_of("two")
    commands.reset(running.lab, running.folder, running.driver, print, ["two"])
    assert running.try_ssh("two", "test -e /root/mine").returncode == 1
    running.ssh("one", "test -e /root/kept")
    assert keys_of("one") == old[0]
    assert len(keys_of("two")) == len(old[1])
    assert set(keys_of("two")) & set(old[1]) == set()


def test_another_checkouts_lab_is_left_alone(running: Running, tmp_path: Path) -> None:
    other = commands.driver_for(running.lab, state.folder_of(running.lab, tmp_path), print)
    with pytest.raises(RunnerError, match="made from elsewhere"):
        other.prepare()


def test_down_leaves_nothing_and_up_brings_all_back(running: Running) -> None:
    commands.down(running.lab, running.driver, print)
    assert {each.state for each in running.driver.states().values()} == {ABSENT}
    networks = subprocess.run(["docker", "network", "ls", "--format", "{{.Name}}"], capture_output=True, text=True, timeout=60)
    assert "muster-selftest" not in networks.stdout.split()
    running.up()
    rows = commands.status(running.lab, running.folder, running.driver)
    assert [row for row in rows if not row.well] == []
