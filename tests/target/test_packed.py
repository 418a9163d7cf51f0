"""What is sent to hosts: standard library only, Python 3.6 syntax, and small."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from runner.connect import ship
from tests.target.agent_process import OLDEST

TARGET = Path(__file__).parents[2] / "runner" / "target"
FILES = sorted(path for path in TARGET.rglob("*.py") if path.stem != "__init__")
# Bytes on the wire to start an agent. More means every host's first task waits longer.
AGENT_BUDGET = 20_000
# Modules of standard Python that Linux builds may lack, guarded by whoever imports them.
GUARDED = {"selinux"}


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_imports_only_the_standard_library_and_ours(path: Path) -> None:
    foreign = {name for name in imports(path) if name.split(".")[0] not in sys.stdlib_module_names | GUARDED}
    assert {name for name in foreign if name != "runner.target" and not name.startswith("runner.target.")} == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_modules_import_no_other_module(path: Path) -> None:
    if path.parent.name != "modules":
        pytest.skip("not a module")
    assert {name for name in imports(path) if name.startswith("runner.target.modules")} == set()


def test_the_agent_is_small() -> None:
    assert len(ship.packed_agent()) < AGENT_BUDGET


def test_what_a_module_needs_is_found() -> None:
    names = ship.module_files("command")
    assert {"runner.target.modules.command", "runner.target.execution", "runner.target.decision"} <= names
    assert "runner.target.modules.ping" not in names


def test_every_file_compiles_on_the_oldest_python() -> None:
    if not Path(OLDEST).exists():
        pytest.skip("Python 3.6 is not here")
    code = "import sys\nfor name in sys.argv[1:]: compile(open(name, encoding='utf-8').read(), name, 'exec')"
    done = subprocess.run([OLDEST, "-c", code, *map(str, FILES)], capture_output=True, text=True)
    assert done.stderr == ""
