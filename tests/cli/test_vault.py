"""`muster vault` does on files, strings and streams what ansible-vault does."""

import io
import sys
from pathlib import Path

import pytest
import yaml

from runner.cli.main import main
from runner.model.text import Encrypted
from runner.parse.yaml_text import load_yaml
from runner.vault.envelope import is_vault, unfold
from runner.vault.secrets import Secrets, decrypt, decrypt_text

ONE = Secrets((("default", b"one"),))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("ANSIBLE_CONFIG", "ANSIBLE_VAULT_PASSWORD_FILE", "ANSIBLE_VAULT_IDENTITY_LIST"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "p1").write_text("one\n")
    (tmp_path / "p2").write_text("two\n")
    (tmp_path / "f.yml").write_text("secret: 1\n")
    return tmp_path


def vault(*words: str) -> int:
    return main(["vault", *words])


class Stdin:
    """Standard input that holds some bytes."""

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)

    def read(self) -> str:
        return self.buffer.read().decode()

    def isatty(self) -> bool:
        return False


def test_encrypt_view_rekey_decrypt(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    file = folder / "f.yml"
    assert vault("encrypt", "--vault-id", "dev@p1", "f.yml") == 0
    assert unfold(file.read_text()).vault_id == "dev"
    assert vault("view", "--vault-id", "p1", "f.yml") == 0
    assert capfdbinary.readouterr().out == b"secret: 1\n"
    assert vault("rekey", "--vault-password-file", "p1", "--new-vault-id", "prod@p2", "f.yml") == 0
    assert unfold(file.read_text()).vault_id == "prod"
    assert vault("decrypt", "--vault-id", "x@p1", "--vault-id", "p2", "f.yml") == 0
    assert file.read_text() == "secret: 1\n"


def test_output_and_streams(folder: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert vault("encrypt", "--vault-password-file", "p1", "--output", "out", "f.yml") == 0
    assert is_vault((folder / "out").read_bytes())
    assert (folder / "f.yml").read_text() == "secret: 1\n"
    monkeypatch.setattr(sys, "stdin", Stdin(b"from stdin"))
    assert vault("encrypt", "--vault-password-file", "p1") == 0
    assert decrypt(capfdbinary.readouterr().out, ONE) == b"from stdin"


def test_strings_can_be_pasted_into_yaml(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(b"in"))
    assert vault("encrypt_string", "--vault-password-file", "p1", "-n", "a", "-n", "b", "--stdin-name", "c", "x", "y", "-") == 0
    data = load_yaml(capfdbinary.readouterr().out.decode(), "f")
    assert {key: decrypt_text(value, ONE) for key, value in data.items()} == {"c": "in", "a": "x", "b": "y"}
    assert all(type(value) is Encrypted for value in data.values())


def test_edit_and_create_run_the_editor(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "sed -i s/secret/changed/")
    assert vault("encrypt", "--vault-id", "dev@p1", "f.yml") == 0
    assert vault("edit", "--vault-id", "dev@p1", "f.yml") == 0
    assert decrypt((folder / "f.yml").read_bytes(), ONE) == b"changed: 1\n"
    assert unfold((folder / "f.yml").read_text()).vault_id == "dev"
    monkeypatch.setenv("EDITOR", "cp p2")
    assert vault("create", "--skip-tty-check", "--vault-id", "dev@p1", "new/n.yml") == 0
    assert decrypt((folder / "new/n.yml").read_bytes(), ONE) == b"two\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["encrypt", "--vault-id", "a@p1", "--vault-id", "b@p2", "f.yml"], "--encrypt-vault-id"),
        (["encrypt", "--vault-id", "a@p1", "--encrypt-vault-id", "c", "f.yml"], "Did not find a match"),
        (["decrypt", "--vault-password-file", "p1", "f.yml"], "not vault encrypted"),
        (["view", "--vault-password-file", "missing", "f.yml"], "was not found"),
        (["rekey", "--vault-password-file", "p1"], "names of files"),
        (["create", "--vault-password-file", "p1", "f.yml", "--skip-tty-check"], "exists"),
        (["encrypt_string", "--vault-password-file", "p1", ""], "empty"),
        (["decrypt", "--vault-password-file", "p1", "--output", "o", "f.yml", "p2"], "At most one input file"),
        (["encrypt", "--vault-password-file", "p1", "nofile"], "nofile does not exist"),
    ],
)
def test_mistakes_are_explained_and_change_nothing(
    folder: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert vault(*words) in (1, 5)
    assert said in capsys.readouterr().err
    assert yaml.safe_load((folder / "f.yml").read_text()) == {"secret": 1}


def test_a_prompt_asks_twice_for_a_new_password(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return "one"

    monkeypatch.setattr("runner.cli.vault.unseen", ask)
    assert vault("encrypt", "f.yml") == 0
    assert asked == ["New vault password: ", "Confirm new vault password: "]
    assert decrypt((folder / "f.yml").read_bytes(), ONE) == b"secret: 1\n"
