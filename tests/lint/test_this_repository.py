"""Our own inventory and drills give no finding; playbooks and roles are looked at by `make check`."""

from pathlib import Path

import pytest

from runner.cli.main import main

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("part", ["inventory", "drills"])
def test_gives_no_finding(part: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    code = main(["lint", part])
    assert code == 0, capsys.readouterr().out
