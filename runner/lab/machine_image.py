"""Make the disk, kernel and initrd from which a lab's virtual machine starts, from Debian packages, without mounting anything."""

import hashlib
import json
import os
import shutil
import tempfile
from importlib import resources
from pathlib import Path

from runner.errors import RunnerError
from runner.lab import apt_sources
from runner.lab.engine import Machine, Say, apt_install, this_machine
from runner.lab.image import Recipe
from runner.lab.program import Runs, need, run
from runner.record import dataclass

TOOLS = {
    "debootstrap": ("debootstrap", "debian-archive-keyring"),
    "mkfs.ext4": ("e2fsprogs",),
    "qemu-img": ("qemu-utils",),
    "qemu-system-x86_64": ("qemu-system-x86",),
    "ip": ("iproute2",),
    "ssh": ("openssh-client",),
}
DISK_SIZE = "8G"
CHROOT = 'mount --rbind /dev "$0/dev" && exec chroot "$0" sh -ec "$1"'


@dataclass(frozen=True, slots=True)
class MachineImage:
    """One made image: `disk` is a raw ext4 file system that nobody writes to."""

    folder: Path

    @property
    def disk(self) -> Path:
        return self.folder / "disk"

    @property
    def kernel(self) -> Path:
        return self.folder / "vmlinuz"

    @property
    def initrd(self) -> Path:
        return self.folder / "initrd"


def cache_folder() -> Path:
    """Return where made images are kept: XDG_CACHE_HOME or ~/.cache, muster/machines."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "muster" / "machines"


def name_of(recipe: Recipe) -> str:
    """Return the name of the image that a recipe makes; another recipe gives another name."""
    parts = [recipe.suite, sorted(recipe.all_packages), _script("install.sh"), _script("machine.sh"), DISK_SIZE]
    return f"{recipe.suite}-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]}"


def have_tools(say: Say, runs: Runs = run, machine: Machine | None = None) -> None:
    """Have QEMU and what images are made with; install it as root on Debian or Ubuntu, else raise RunnerError with the command."""
    machine = machine or this_machine()
    missing = [package for tool, packages in TOOLS.items() if shutil.which(tool) is None for package in packages]
    if not machine.root:
        raise RunnerError(
            "a lab of virtual machines needs root on this machine: for the system tree and for the network of the machine",
            remedy="run it as root, or use `driver: docker` where containers are enough",
        )
    if missing and not machine.debian_like:
        raise RunnerError(
            f"this machine lacks {', '.join(missing)} (Debian's names)", remedy="install them with this system's package manager"
        )
    if missing:
        apt_install(tuple(missing), say, runs)


def ensure(recipe: Recipe, say: Say, runs: Runs = run, cache: Path | None = None) -> MachineImage:
    """Return the image made by `recipe`, making it first (three to four minutes) if it is not in `cache`."""
    cache = cache or cache_folder()
    wanted = MachineImage(cache / name_of(recipe))
    if wanted.disk.exists():
        return wanted
    cache.mkdir(parents=True, exist_ok=True)
    say(f"making the machine's image {wanted.folder} (some minutes, once)")
    with tempfile.TemporaryDirectory(prefix=".new-", dir=cache) as folder:
        fresh = MachineImage(Path(folder) / "image")
        fresh.folder.mkdir()
        tree = Path(folder) / "tree"
        _make_tree(recipe, tree, say, runs)
        _pack(tree, fresh, runs)
        try:
            fresh.folder.rename(wanted.folder)
        except OSError:  # another lab made the same one meanwhile
            if not wanted.disk.exists():
                raise
    return wanted


def _make_tree(recipe: Recipe, tree: Path, say: Say, runs: Runs) -> None:
    sources = apt_sources.read()
    mirror = apt_sources.mirror(recipe.suite, sources)
    say(f"debootstrap of {recipe.suite} from {mirror}")
    argv = ["debootstrap", "--variant=minbase", recipe.suite, str(tree), mirror]
    need(runs(argv, timeout=1800), "cannot make a Debian base system", "see which address of the mirror cannot be reached")
    say(f"installing {len(recipe.all_packages)} packages and a kernel")
    given = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
        "PACKAGES": " ".join(recipe.all_packages),
        "SOURCES": "\n".join(apt_sources.lines_for(recipe.suite, sources)),
    }
    for script in ("install.sh", "machine.sh"):
        # Namespaces of its own: whatever a package starts ends with it, and no mount is left on this machine.
        inside = ["unshare", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={tree}/proc"]
        argv = [*inside, "sh", "-ec", CHROOT, str(tree), _script(script)]
        need(runs(argv, timeout=1800, environment=given), f"cannot make the machine's system ({script})")


def _pack(tree: Path, image: MachineImage, runs: Runs) -> None:
    """Take kernel and initrd out of the tree and put the tree on a disk."""
    for kind, target in (("vmlinuz", image.kernel), ("initrd.img", image.initrd)):
        found = sorted((tree / "boot").glob(f"{kind}-*"))
        if not found:
            raise RunnerError(f"the machine's system has no /boot/{kind}-*", found="no kernel package was installed")
        shutil.copyfile(found[-1], target)
    argv = ["mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=1", "-d", str(tree), str(image.disk), DISK_SIZE]
    need(runs(argv, timeout=600), "cannot make the machine's disk")


def _script(name: str) -> str:
    return (resources.files("runner.lab.recipe") / name).read_text()
