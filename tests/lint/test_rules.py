"""Each rule: `cases/lint/<rule>/bad` holds what it finds (listed in bad.txt), `good` what is right and gives no finding at all."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.cli.lint import linted
from runner.lint.finding import Finding
from runner.lint.run import Choice
from runner.lint.table import rule_names
from runner.parse.ansible_cfg import read_settings
from runner.vault.secrets import Secrets

CASES = Path(__file__).parent.parent / "cases" / "lint"


def found_in(folder: Path, choice: Choice, monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    for name in [each for each in os.environ if each.startswith(("ANSIBLE_", "MUSTER_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(folder)
    settings = read_settings({}, str(folder), lambda text: None)
    return linted(["."], choice, argparse.Namespace(), settings, Secrets())


def listed(finding: Finding) -> str:
    """Return a finding as one line of a stored list."""
    near = f" (did you mean {', '.join(finding.nearest)}?)" if finding.nearest else ""
    message = finding.message.replace(str(CASES), "CASES")
    return f"{finding.position} {finding.level} {finding.rule}: {message.split(' was not found in ')[0]}{near}\n    {finding.remedy}\n"


@pytest.mark.parametrize("rule", rule_names())
def test_finds_the_bad(rule: str, monkeypatch: pytest.MonkeyPatch, stored: Callable[[Path, str], None]) -> None:
    found = found_in(CASES / rule / "bad", Choice(only=(rule,), level="note"), monkeypatch)
    assert found, f"{rule} finds nothing in its bad case"
    stored(CASES / rule / "bad.txt", "".join(map(listed, found)))


@pytest.mark.parametrize("rule", rule_names())
def test_lets_the_good_pass(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [listed(each) for each in found_in(CASES / rule / "good", Choice(level="note"), monkeypatch) if each.rule == rule] == []


def test_every_case_belongs_to_a_rule() -> None:
    assert {each.name for each in CASES.iterdir() if each.is_dir()} == set(rule_names())
