"""`muster lint` and `muster play --strict` as commands: exit codes, choices, comments that allow."""

from pathlib import Path

import pytest

from runner.cli.main import main

PLAY = "- hosts: localhost\n  gather_facts: false\n  tasks:\n    - debug: {{msg: hi}}\n      when: {when}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("ANSIBLE_CONFIG", "ANSIBLE_ROLES_PATH", "ANSIBLE_ALLOW_BROKEN_CONDITIONALS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_ends_with_one_for_a_finding_and_zero_without(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "site.yml").write_text(PLAY.format(when="'{{ x }}'"))
    assert main(["lint"]) == 1
    assert "site.yml:5:13" in capsys.readouterr().out
    assert main(["lint", "site.yml", "--skip", "condition-braces"]) == 0
    assert main(["lint", "site.yml", "--level", "error"]) == 0


def test_a_comment_allows_a_rule(folder: Path) -> None:
    (folder / "site.yml").write_text(PLAY.format(when="'{{ x }}'  # lint: allow condition-braces"))
    assert main(["lint"]) == 0


def test_strict_counts_notes_as_errors(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "site.yml").write_text(PLAY.format(when="x is defined") + "      loop: [1]\n")
    assert main(["lint"]) == 0
    assert main(["lint", "--strict"]) == 1
    assert "error[loop-unused]" in capsys.readouterr().out


def test_refuses_unknown_rules_and_paths(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "--only", "condition-brace"]) == 2
    assert "condition-braces" in capsys.readouterr().err
    assert main(["lint", "nowhere.yml"]) == 2


def test_lists_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "--list-rules"]) == 0
    assert "handler-missing" in capsys.readouterr().out


def strict_play(folder: Path, when: str) -> int:
    (folder / "site.yml").write_text(PLAY.format(when=when))
    return main(["play", "-i", "localhost,", "-c", "local", "--strict", "site.yml"])


def test_strict_play_runs_nothing_where_lint_warns(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert strict_play(folder, "'{{ x }}'") == 4
    shown = capsys.readouterr()
    assert "error[condition-braces]" in shown.err
    assert "PLAY" not in shown.out


def test_strict_play_fails_a_condition_that_gives_no_boolean(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert strict_play(folder, "inventory_hostname") == 2
    assert "conditions must give True or False" in capsys.readouterr().out
    assert strict_play(folder, "inventory_hostname == 'localhost'") == 0
