"""Runs the checks: pytest with our plugin and nothing else that the machine may have installed."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from runner.errors import UsageError
from runner.record import dataclass
from runner.verify import plugin
from runner.verify.hosts import Hosts, Shells
from runner.verify.inventory_hosts import InventoryHosts

EXIT_CODES = {
    pytest.ExitCode.OK: 0,
    pytest.ExitCode.TESTS_FAILED: 1,
    pytest.ExitCode.INTERRUPTED: 4,  # also when a file of checks cannot be read
    pytest.ExitCode.INTERNAL_ERROR: 1,
    pytest.ExitCode.USAGE_ERROR: 4,
    pytest.ExitCode.NO_TESTS_COLLECTED: 4,
}


@dataclass(frozen=True, slots=True)
class Suite:
    """What to run. paths: files or folders. verbose: how much to show. junit: file for a report. keyword: as -k of pytest."""

    paths: Sequence[Path]
    verbose: int = 0
    junit: Path | None = None
    keyword: str = ""


def pytest_words(suite: Suite, settings: Path) -> list[str]:
    """Return pytest's command line. settings: the only file of settings that applies, not one of the folder we happen to stand in."""
    words = ["--disable-plugin-autoload", "-p", "no:cacheprovider", "-c", str(settings), "--rootdir", os.getcwd(), "--no-header"]
    words += ["--import-mode=importlib", "--tb=short", "-rsfE", "--color=auto"]
    words += ["-" + "v" * suite.verbose] if suite.verbose else ["-q"]
    words += [f"--junit-xml={suite.junit}"] if suite.junit else []
    words += ["-k", suite.keyword] if suite.keyword else []
    return words + [str(path) for path in suite.paths]


def run_suite(suite: Suite, hosts: Hosts, shells: Shells) -> int:
    """Run the checks against the hosts and return the exit code: 0 all hold, 1 something failed, 4 nothing could be checked.

    Raises UsageError when a path does not exist.
    """
    for path in suite.paths:
        if not path.exists():
            raise UsageError(f"There are no checks at {path}.", remedy="Name a file or folder of testinfra checks (test_*.py).")
    try:
        given = plugin.GiveInventory(InventoryHosts(hosts, shells))
        # pytest 9 takes no /dev/null for this: the name must end like that of a file of settings.
        with tempfile.TemporaryDirectory(prefix="muster-verify-") as folder:
            settings = Path(folder) / "none.ini"
            settings.write_text("[pytest]\n", "utf-8")
            code = pytest.main(pytest_words(suite, settings), plugins=[plugin, given])
    finally:
        shells.close()
    return EXIT_CODES.get(pytest.ExitCode(code), 1)
