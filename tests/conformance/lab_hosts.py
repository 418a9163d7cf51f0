"""Hosts for the targets that change the host they run on: a lab of the harness's own, with fresh hosts for each runner."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from runner.lab.driver import Driver
from tests.own_lab import own_lab

DESCRIPTION = """
name: conformance
image: {{suite: bookworm, base: "debian:12"}}
network: {{subnet: 172.30.46.0/24}}
hosts:
{hosts}
"""
# What ansible-test's own hosts have beside a bare system.
PREPARE = """
cat > /etc/ssl/certs/ca-certificates.crt
sed -n 's/^deb /deb-src /p' /etc/apt/sources.list > /etc/apt/sources.list.d/sources.list
apt-get -qq update
DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends python3-pip python3-venv python3-wheel
rm -f /usr/lib/python3*/EXTERNALLY-MANAGED
"""
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


@contextmanager
def lab_hosts(count: int) -> Iterator[list[str]]:
    """Bring up hosts and yield, for each, the INI variables that lead to it. Raises RunnerError where no lab can be had."""
    described = DESCRIPTION.format(hosts="\n".join(f"  c{at}: {{address: 172.30.46.{10 + at}}}" for at in range(1, count + 1)))
    with TemporaryDirectory(prefix="muster-conformance-lab-") as place, own_lab(described, Path(place)) as made:
        key = made.folder.key
        known = f"-o UserKnownHostsFile={made.folder.known_hosts} -o IdentitiesOnly=yes"
        words = f"ansible_user=root ansible_ssh_private_key_file={key} ansible_ssh_common_args='{known}'"
        for host in made.lab.hosts:
            _prepare(made.driver, host.name)
        yield [
            f"ansible_host={host.address} ansible_python_interpreter=/usr/bin/python3 ansible_pipelining=yes {words}"
            for host in made.lab.hosts
        ]


def _prepare(driver: Driver, name: str) -> None:
    # the machine's own certificates too, where a proxy stands between it and the package indexes
    trusted = CERTIFICATES.read_text() if CERTIFICATES.is_file() else ""
    done = driver.execute(name, ["sh", "-euc", PREPARE], stdin=trusted, timeout=300)
    if not done.ok:
        raise RuntimeError(f"{name} cannot be prepared: {done.err or done.out}")
