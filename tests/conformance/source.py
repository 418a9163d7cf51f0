"""Brings the suite and the reference runner to this machine: ansible-core's source distribution and a venv with it, in a cache."""

import os
import shutil
import stat
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

VERSION = "2.18.19"


@dataclass(frozen=True)
class Suite:
    """targets: the folder of targets. reference: the folder of the real programs. locales: a folder with en_US.UTF-8."""

    targets: Path
    reference: Path
    locales: Path

    @property
    def virtualenv(self) -> Path:
        """The script that targets source to get a virtual environment of their own."""
        return self.targets.parents[1] / "lib/ansible_test/_util/target/injector/virtualenv.sh"

    @property
    def packages(self) -> Path:
        """The folder that the reference's Python imports from: modules of a target are packed with what is there."""
        return next((self.reference.parent / "lib").glob("python3*")) / "site-packages"


def open_to_all(path: Path) -> bool:
    """Tell whether users other than the owner can go through every folder that leads to a path."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (*path.absolute().parents, *path.resolve().parents))


def for_everyone(python: str) -> str:
    """Return a Python that other users can run too, which targets with `become_user` need: this one, or the system's."""
    return python if open_to_all(Path(python)) else "/usr/bin/python3"


def default_cache() -> Path:
    """Return where the suite is kept: in the user's cache, or the system's when root's home is closed to other users."""
    home = Path("~/.cache").expanduser()
    if os.geteuid() == 0 and not open_to_all(home / "x"):
        home = Path("/var/cache")
    return home / "muster" / "conformance"


def suite(cache: Path) -> Suite:
    """Return the suite, fetched if it is not in the cache yet. Raises CalledProcessError when it cannot be had."""
    cache.mkdir(parents=True, exist_ok=True)
    source = cache / f"ansible_core-{VERSION}"
    if not (source / "test" / "integration").is_dir():
        _download(cache)
    reference = cache / f"reference-{VERSION}"
    if not all((reference / "bin" / name).is_file() for name in ("ansible-playbook", "pip")):
        # a system's Python often lacks what a venv needs for pip: ours installs it, since targets install with it
        _run(for_everyone(sys.executable), "-m", "venv", "--without-pip", str(reference))
        python = str(reference / "bin" / "python")
        _run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", f"ansible-core=={VERSION}", "passlib", "pip")
    return Suite(source / "test" / "integration" / "targets", reference / "bin", _locales(cache))


def _download(cache: Path) -> None:
    wanted = f"ansible-core=={VERSION}"
    _run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "ansible-core", "-d", str(cache), wanted)
    with tarfile.open(cache / f"ansible_core-{VERSION}.tar.gz") as archive:
        archive.extractall(cache, filter="data")


def _locales(cache: Path) -> Path:
    """Return a folder with the locale that one target asks for; the C library looks there through LOCPATH."""
    folder = cache / "locales"
    if not folder.is_dir() and shutil.which("localedef"):
        folder.mkdir()
        subprocess.run(["localedef", "-i", "en_US", "-f", "UTF-8", str(folder / "en_US.UTF-8")], check=False, capture_output=True)
        subprocess.run(["localedef", "-i", "C", "-f", "UTF-8", str(folder / "C.UTF-8")], check=False, capture_output=True)
    return folder


def _run(*words: str) -> None:
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, timeout=900)
