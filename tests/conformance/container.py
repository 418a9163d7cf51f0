"""Throw-away containers for the targets that change their host: runner, suite and target are wholly inside, one container each."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from runner.lab import engine
from runner.lab.docker import DockerDriver, circumstances, flags
from runner.lab.program import need, run
from runner.record import dataclass
from tests.conformance.scratch import THROW_AWAY
from tests.conformance.source import VERSION
from tests.own_lab import own_lab

LAB = "conformance"
BASE = "base"
DESCRIPTION = f"""
name: {LAB}
image: {{suite: bookworm, base: "debian:12"}}
network: {{subnet: 172.30.46.0/24}}
hosts:
  {BASE}: {{address: 172.30.46.10}}
"""
# What ansible-test's own hosts have beside a bare system; root may log in to itself. The last lines: what was unpacked is run by the
# system's Python, and can be reached by other users than root, which targets with `become_user` need.
PREPARE = """
cat > /etc/ssl/certs/ca-certificates.crt
printf '[global]\\ncert = /etc/ssl/certs/ca-certificates.crt\\n' > /etc/pip.conf
sed -n 's/^deb /deb-src /p' /etc/apt/sources.list > /etc/apt/sources.list.d/sources.list
apt-get -qq update
DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends python3-pip python3-venv python3-wheel bsdextrautils
ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
cp /root/.ssh/id_ed25519.pub /root/.ssh/authorized_keys
rm -f /usr/lib/python3*/EXTERNALLY-MANAGED
rm /var/lib/lab/started
touch "$MARK"
for each in "$PREFIX" "$CACHE"; do
    while [ "$each" != / ]; do chmod o+rx "$each"; each=$(dirname "$each"); done
done
ln -sf /usr/bin/python3 "$PREFIX/bin/python3"
"$PREFIX/bin/python3" -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != sys.argv[1])' "$PYTHON" ||
    { echo "run the harness with the Python that the containers have, not with $PYTHON" >&2; exit 1; }
"""
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
# Tools of this project's own that no target runs; they are large.
LEFT_OUT = ("mypy*", "*__mypyc*", "ruff", "kubectl", "kubernetes_validate", "hypothesis", "grimp", "__pycache__")


# Not the path that it has here: the start of a container empties /tmp.
SOURCE = Path("/opt/muster-source")


@dataclass(frozen=True)
class Inside:
    """What goes into the containers. source: muster's code. cache: of the harness. prefix: of this Python; both at the same paths."""

    source: Path
    cache: Path
    prefix: Path

    def archives(self) -> list[tuple[Path, list[str]]]:
        """Return where something is unpacked, and the words of a `tar` that writes it to its output."""
        parts = [self.prefix, *(self.cache / each for each in (f"ansible_core-{VERSION}", f"reference-{VERSION}", "locales"))]
        tar = ["tar", *(f"--exclude={each}" for each in LEFT_OUT), "-cf", "-", "-C"]
        there = [str(each).lstrip("/") for each in parts if each.exists()]
        return [(SOURCE, [*tar, str(self.source), "runner", "tests"]), (Path("/"), [*tar, "/", *there])]


@dataclass(frozen=True)
class Image:
    """Makes containers. driver: of the lab whose network they are in. tag: of the image."""

    driver: DockerDriver
    tag: str

    @contextmanager
    def container(self, target: str) -> Iterator[str]:
        """Start a container in which systemd runs, yield its name, and throw it away."""
        name = f"muster-{LAB}-{target}-{os.getpid()}"
        host = self.driver.lab.host(BASE)
        words = ["--name", name, "--hostname", "testhost", "--network", self.driver.network, f"--label=muster.lab={LAB}"]
        words += [f"--env=LAB_DNS={' '.join(circumstances().name_servers)}", "--stop-signal=SIGRTMIN+3", *flags(host, circumstances())]
        need(run(["docker", "run", "--detach", *words, self.tag]), f"no container for {target}")
        try:
            # its exit status says `degraded` too, which is good enough
            run(["docker", "exec", name, "timeout", "60", "sh", "-c", WAIT_FOR_SYSTEMD], timeout=70)
            yield name
        finally:
            run(["docker", "rm", "--force", "--volumes", name])


WAIT_FOR_SYSTEMD = "until systemctl is-system-running --wait 2>/dev/null | grep -qE 'running|degraded'; do sleep 1; done"


@contextmanager
def throw_away(inside: Inside) -> Iterator[Image]:
    """Have an image with a runner, the suite and the real runner in it. Raises RunnerError where there can be no containers."""
    engine.ensure(print)
    tag = f"muster-{LAB}:{os.getpid()}"
    with TemporaryDirectory(prefix="muster-conformance-lab-") as place, own_lab(DESCRIPTION, Path(place)) as made:
        driver = made.driver
        assert isinstance(driver, DockerDriver)
        base = driver.container(BASE)
        _unpack(inside, base)
        given = {"MARK": THROW_AWAY, "PREFIX": inside.prefix, "CACHE": inside.cache}
        given["PYTHON"] = "{}.{}".format(*sys.version_info[:2])
        # the machine's own certificates too, where a proxy stands between it and the package indexes
        trusted = CERTIFICATES.read_text() if CERTIFICATES.is_file() else ""
        words = [f"{name}={value}" for name, value in given.items()]
        need(driver.execute(BASE, ["env", *words, "sh", "-euc", PREPARE], stdin=trusted, timeout=300), "no host for destructive targets")
        need(run(["docker", "commit", "--change", "ENV LAB_DNS=", base, tag], timeout=300), "cannot keep the image")
        try:
            yield Image(driver, tag)
        finally:
            run(["docker", "image", "rm", "--force", tag])


def _unpack(inside: Inside, container: str) -> None:
    need(run(["docker", "exec", container, "mkdir", "-p", str(SOURCE)]), "no place for muster's code")
    for place, words in inside.archives():
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as packing:
            copying = ["docker", "cp", "-", f"{container}:{place}"]
            subprocess.run(copying, stdin=packing.stdout, check=True, timeout=300, capture_output=True)


def enter(name: str, inside: Inside, words: Iterable[str], log: Path, deadline: float) -> str:
    """Run `tests.conformance.inside` in a container, fetch the log it wrote; return what it said."""
    python = str(inside.prefix / "bin" / "python3")
    start = ["docker", "exec", f"--env=PYTHONPATH={SOURCE}", "--env=LC_ALL=C.UTF-8", f"--workdir={SOURCE}", name, python]
    done = run([*start, "-m", "tests.conformance.inside", "--cache", str(inside.cache), *words], timeout=deadline)
    log.parent.mkdir(parents=True, exist_ok=True)
    run(["docker", "cp", f"{name}:{log}", str(log)])
    return need(done, "the harness inside a container").out


