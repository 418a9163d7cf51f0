"""Make the image of the lab's hosts: from a public image where one can be had, else from Debian packages."""

import hashlib
import json
import os
import shutil
import tempfile
from importlib import resources
from pathlib import Path

from runner.errors import RunnerError
from runner.lab import apt_sources
from runner.lab.engine import Say, apt_install, this_machine
from runner.lab.program import Runs, need, run
from runner.record import dataclass, replace

PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "libpam-systemd", "libpam-modules", "openssh-server", "python3", "sudo", "acl"),
    *("iproute2", "iputils-ping", "netbase", "iptables", "nftables", "kmod", "procps", "curl", "ca-certificates", "tzdata"),
    *("less", "vim-tiny", "cron", "rsync", "keepalived", "haproxy", "nginx-light"),
)
REPOSITORY = "muster-lab"
PULL_SECONDS = 45.0
START = "/usr/local/sbin/lab-start"


NUMBERS = {"bullseye": "11", "bookworm": "12", "trixie": "13"}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an image is made of; equal recipes give equal tags. base: public image tried first. packages: more of them."""

    suite: str = "bookworm"
    base: str = "debian:12"
    packages: tuple[str, ...] = ()

    def of_suite(self, suite: str) -> "Recipe":
        """Return the same for another Debian suite, with its public image for a base; an empty name changes nothing."""
        return replace(self, suite=suite, base=public_image(suite)) if suite and suite != self.suite else self

    @property
    def all_packages(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*PACKAGES, *self.packages]))

    @property
    def tag(self) -> str:
        parts = [self.suite, self.base, sorted(self.all_packages), _script("install.sh"), _script("start.sh")]
        digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
        return f"{REPOSITORY}:{self.suite}-{digest[:12]}"


def public_image(suite: str) -> str:
    """Return the name under which Debian publishes a suite's image."""
    return f"debian:{NUMBERS.get(suite, suite)}"


def without_python(tag: str) -> str:
    """Return the tag of the variant of an image that has no Python at all."""
    return f"{tag}-nopython"


def ensure(recipe: Recipe, say: Say, runs: Runs = run, *, bare: bool = False) -> str:
    """Return the tag of an image made by `recipe`, making it first if it is not there.

    bare: the variant with no Python (for `raw` and the bootstrap of hosts). Raises RunnerError with what failed.
    """
    if not _has(recipe.tag, runs):
        _build(recipe, say, runs)
    if not bare:
        return recipe.tag
    tag = without_python(recipe.tag)
    if not _has(tag, runs):
        say(f"making the variant without Python: {tag}")
        _commit(recipe.tag, tag, "apt-get purge --yes 'python3*' 'libpython3*' && ! command -v python3", {}, runs)
    return tag


def _script(name: str) -> str:
    return (resources.files("runner.lab.recipe") / name).read_text()


def _has(tag: str, runs: Runs) -> bool:
    return runs(["docker", "image", "inspect", "--format", "{{.Id}}", tag], timeout=20).ok


def _build(recipe: Recipe, say: Say, runs: Runs) -> None:
    base, lines = _base(recipe, say, runs)
    say(f"making the hosts' image {recipe.tag} ({len(recipe.all_packages)} packages)")
    given = {"PACKAGES": " ".join(recipe.all_packages), "SOURCES": "\n".join(lines)}
    start = f"cat > {START} <<'END_OF_START'\n{_script('start.sh')}END_OF_START\nchmod 0755 {START}\n"
    _commit(base, recipe.tag, _script("install.sh") + start, given, runs)


def _base(recipe: Recipe, say: Say, runs: Runs) -> tuple[str, list[str]]:
    """Return a bare Debian's tag, and the sources.list lines it needs (none for a public image, which has its own)."""
    own = f"{REPOSITORY}-base:{recipe.suite}"
    lines = apt_sources.lines_for(recipe.suite, apt_sources.read())
    if _has(own, runs):
        return own, lines
    if _has(recipe.base, runs):
        return recipe.base, []
    say(f"pulling {recipe.base}")
    pulled = runs(["docker", "pull", "--quiet", recipe.base], timeout=PULL_SECONDS)
    if pulled.ok:
        return recipe.base, []
    said = (pulled.err.strip().splitlines() or ["no answer"])[-1]
    say(f"no public image ({said}); making one from Debian packages instead")
    _bootstrap(recipe, own, say, runs)
    return own, lines


def _bootstrap(recipe: Recipe, tag: str, say: Say, runs: Runs) -> None:
    """Make a minimal Debian with debootstrap and import it as image `tag`, which from then on is the cache."""
    machine, suite = this_machine(), recipe.suite
    if shutil.which("debootstrap") is None:
        if not (machine.root and machine.debian_like):
            raise RunnerError(
                "the hosts' base image can neither be pulled nor made here",
                remedy=f"docker pull {recipe.base}, or run this as root on Debian or Ubuntu",
            )
        apt_install(("debootstrap", "debian-archive-keyring"), say, runs)
    mirror = apt_sources.mirror(suite, apt_sources.read())
    with tempfile.TemporaryDirectory(prefix="muster-lab-") as folder:
        tree, archive = Path(folder) / "tree", Path(folder) / "tree.tar"
        say(f"debootstrap of {suite} from {mirror} (about a minute)")
        argv = ["debootstrap", "--variant=minbase", suite, str(tree), mirror]
        need(runs(argv, timeout=1200), "cannot make a Debian base system", "see which address of the mirror cannot be reached")
        pack = ["tar", "-C", str(tree), "--numeric-owner", "-cf", str(archive), "."]
        need(runs(pack, timeout=300), "cannot pack the base system")
        need(runs(["docker", "import", str(archive), tag], timeout=300), "cannot import the base system")


def _commit(source: str, tag: str, script: str, given: dict[str, str], runs: Runs) -> None:
    """Run `script` in a container of `source` and keep the result as image `tag`."""
    # Two labs may make the same image at once; each has its own container, and the last to finish gives the tag.
    name = f"{tag.replace(':', '-')}-{os.getpid()}"
    options = [f"--env={key}={value}" for key, value in given.items()]
    try:
        # The script is an argument, since programs in it would read it away from standard input.
        argv = ["docker", "run", "--name", name, *options, source, "sh", "-ec", script]
        need(runs(argv, timeout=1200), f"cannot make the image {tag}")
        changes = [f'CMD ["{START}"]', *(f'ENV {key}=""' for key in given)]
        argv = ["docker", "commit", *(f"--change={each}" for each in changes), name, tag]
        need(runs(argv, timeout=300), f"cannot keep the image {tag}")
    finally:
        runs(["docker", "rm", "--force", name], timeout=60)
