"""`muster config`: values, where they come from, forms of output, settings that are not obeyed."""

import json
from pathlib import Path

import pytest

from runner.cli.main import config, main

FILE = "[defaults]\nforks = 7\nfroks = 9\nroles_path = ./r:/x\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ansible.cfg").write_text(FILE)
    monkeypatch.chdir(tmp_path)
    for name in ("ANSIBLE_CONFIG", "ANSIBLE_FORKS", "ANSIBLE_ROLES_PATH"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert config(words) == 0
    return capsys.readouterr().out


def test_dump_tells_value_and_origin(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, "dump", "--only-changed").splitlines()
    assert f"DEFAULT_FORKS({folder}/ansible.cfg) = 7" in lines
    assert f"DEFAULT_ROLES_PATH({folder}/ansible.cfg) = ['{folder}/r', '/x']" in lines
    assert not any("(default)" in line for line in lines)


def test_the_environment_comes_first(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_FORKS", "3")
    assert "DEFAULT_FORKS(env: ANSIBLE_FORKS) = 3\n" in shown(capsys, "dump")


def test_dump_as_json_and_another_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "other.cfg").write_text("[defaults]\nforks = 11\n")
    rows = json.loads(shown(capsys, "dump", "-c", "other.cfg", "--format", "json"))
    assert {"name": "DEFAULT_FORKS", "origin": f"{folder}/other.cfg", "value": 11} in rows


def test_a_setting_that_is_not_obeyed_is_named_with_v(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert config(["dump", "-v"]) == 0
    assert "muster does not obey the setting froks in [defaults]" in capsys.readouterr().err
    assert config(["dump"]) == 0
    assert "froks" not in capsys.readouterr().err


def test_init_makes_a_file_that_changes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "ansible.cfg").write_text(shown(capsys, "init", "--disabled"))
    assert [line for line in shown(capsys, "dump", "--only-changed").splitlines() if not line.startswith("CONFIG_FILE")] == []
    assert shown(capsys, "view").startswith("[defaults]")


def test_list_names_file_and_environment(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(shown(capsys, "list", "--format", "json"))["DEFAULT_FORKS"]
    assert found == {"default": 5, "type": "integer", "env": [{"name": "ANSIBLE_FORKS"}], "ini": [{"key": "forks", "section": "defaults"}]}


def test_view_without_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ANSIBLE_CONFIG", raising=False)
    if not Path("/etc/ansible/ansible.cfg").exists():
        assert main(["config", "view"]) == 1
        assert "no config file" in capsys.readouterr().err
