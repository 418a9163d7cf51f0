"""`muster inventory` prints, byte for byte, what ansible-inventory 2.18 printed for cases/inventory."""

from pathlib import Path

import pytest

from runner.cli.main import main

CASE = Path(__file__).parent.parent / "cases" / "inventory"
COMMON = ["-i", "sources", "--vault-password-file", "vault_password", "--playbook-dir", "playbook"]
WORDS = {
    "list": ["--list"],
    "export": ["--list", "--export"],
    "yaml": ["--list", "-y"],
    "yaml_export": ["--list", "-y", "--export"],
    "graph": ["--graph"],
    "limited": ["--list", "-l", "aa:!zz"],
    "host1": ["--host", "host1"],
    "host2_yaml": ["--host", "host2", "-y"],
    "extra": ["--list", "-e", "x=1"],
}


@pytest.fixture(autouse=True)
def in_the_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASE)
    for name in ("ANSIBLE_CONFIG", "ANSIBLE_INVENTORY", "ANSIBLE_VAULT_PASSWORD_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", WORDS)
def test_prints_what_ansible_inventory_prints(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inventory", *COMMON, *WORDS[name]]) == 0
    assert capsys.readouterr().out == (CASE / "expected" / f"{name}.txt").read_text()


def test_every_expectation_is_used() -> None:
    assert {path.stem for path in (CASE / "expected").iterdir()} == set(WORDS)


def test_the_tree_with_variables_hides_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inventory", *COMMON, "--graph", "--vars"]) == 0
    out = capsys.readouterr().out
    assert "  |  |  |--{sec = (encrypted)}" in out
    assert "  |  |  |--{hk = pb}" in out
    assert "ANSIBLE_VAULT" not in out


def test_the_list_may_go_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inventory", *COMMON, "--list", "--output", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out == ""
    assert (tmp_path / "out").read_text() == (CASE / "expected" / "list.txt").read_text().rstrip("\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--host", "host11"], "did you mean"), (["--graph", "zzz"], "did you mean"), (["--list", "-l", "@nofile"], "limit file")],
)
def test_wrong_names_end_with_a_message(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inventory", *COMMON, *words]) != 0
    assert said in capsys.readouterr().err


def test_a_missing_password_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inventory", "-i", "sources", "--list"]) == 1
    err = capsys.readouterr().err
    assert "no vault secrets found" in err
    assert "host_vars/host2:1" in err
