"""Faulty command lines and playbooks end with the code that ansible-playbook ends with; where they do not, the case says why."""

import io
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.cli.main import main

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "exit_codes.yml").read_text(encoding="utf-8"))


def ended(words: list[str]) -> Any:
    try:
        return main(words)
    except SystemExit as left:
        return left.code


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["words"])
def test_exit_code(
    case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    for name in ("ANSIBLE_CONFIG", "ANSIBLE_INVENTORY", "ANSIBLE_ROLES_PATH"):
        monkeypatch.delenv(name, raising=False)
    for name, text in CASES["files"].items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert ended(["play", *case["words"].replace("'", "").split()]) == case.get("ours", case["code"]), capsys.readouterr()
    assert ("ours" in case) == ("why" in case)
