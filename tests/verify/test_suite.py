"""Exit codes, and what does not count as verified."""

from pathlib import Path

import pytest

from runner.cli.main import main
from runner.errors import UsageError
from runner.verify.suite import Suite, pytest_words, run_suite
from tests.verify.conftest import FakeHosts, FakeShells


def test_a_path_that_is_missing_is_the_users_mistake(tmp_path):
    shells = FakeShells()
    with pytest.raises(UsageError, match="no checks at"):
        run_suite(Suite([tmp_path / "none"]), FakeHosts(), shells)


def test_no_checks_is_no_success(verify):
    assert verify("", FakeShells()) == 4


def test_a_file_that_cannot_be_read_is_no_success(verify, capfd):
    assert verify("def test_(:", FakeShells()) == 4
    assert "SyntaxError" in capfd.readouterr().out


def test_connections_are_closed_after_a_failure(verify):
    shells = FakeShells()
    assert verify("def test_it(host):\n    raise ValueError\n", shells) == 1
    assert shells.closed


def test_only_some_checks_run(verify):
    shells = FakeShells({"a": (0, ""), "b": (0, "")})
    checks = "def test_a(host):\n    host.run('a')\ndef test_b(host):\n    host.run('b')\n"
    assert verify(checks, shells, limit=["lb1"], keyword="test_b") == 0
    assert shells.ran == [("lb1", "b")]


def test_settings_of_the_current_folder_do_not_apply(verify, tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --nonsense\n")
    assert verify("def test_it(host):\n    pass\n", FakeShells()) == 0


def test_words_of_pytest():
    words = pytest_words(Suite([Path("checks")], verbose=2, junit=Path("r.xml"), keyword="web"), Path("none.ini"))
    assert words[-1] == "checks"
    assert {"-vv", "--junit-xml=r.xml", "--disable-plugin-autoload"} <= set(words)
    assert words[words.index("-k") + 1] == "web"


def test_an_inventory_without_hosts_cannot_be_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "test_x.py").write_text("def test_x(host): pass\n")
    assert main(["verify", "-i", str(tmp_path / "nowhere"), str(tmp_path)]) == 4
    assert "There is no host to verify" in capsys.readouterr().err
