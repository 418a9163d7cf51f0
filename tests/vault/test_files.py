"""Vault files are changed in place, atomically, and nothing plain is left behind."""

import os
from pathlib import Path

import pytest

from runner.errors import VaultError
from runner.vault.envelope import is_vault, unfold
from runner.vault.files import decrypt_file, edit_file, encrypt_file, rekey_file, write_file
from runner.vault.secrets import Secrets, decrypt

SECRETS = Secrets((("dev", b"one"),))


def test_there_and_back_keeps_the_mode(tmp_path: Path) -> None:
    path = tmp_path / "f.yml"
    path.write_bytes(b"a: 1\n")
    path.chmod(0o640)
    encrypt_file(path, SECRETS, None)
    assert is_vault(path.read_bytes())
    assert path.stat().st_mode & 0o777 == 0o640
    decrypt_file(path, SECRETS)
    assert path.read_bytes() == b"a: 1\n"
    assert os.listdir(tmp_path) == ["f.yml"]


def test_a_new_file_is_private(tmp_path: Path) -> None:
    write_file(tmp_path / "new", b"x")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"x")
    (tmp_path / "link").symlink_to("real")
    encrypt_file(tmp_path / "link", SECRETS, None)
    assert (tmp_path / "link").is_symlink()
    assert is_vault((tmp_path / "real").read_bytes())


def test_encrypting_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"x")
    encrypt_file(path, SECRETS, None)
    with pytest.raises(VaultError, match="already encrypted"):
        encrypt_file(path, SECRETS, None)


def test_rekey_changes_id_and_password_and_a_wrong_password_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"x")
    encrypt_file(path, SECRETS, None)
    before = path.read_bytes()
    with pytest.raises(VaultError):
        rekey_file(path, Secrets((("dev", b"wrong"),)), ("prod", b"two"))
    assert path.read_bytes() == before
    rekey_file(path, SECRETS, ("prod", b"two"))
    assert unfold(path.read_text()).vault_id == "prod"
    assert decrypt(path.read_bytes(), Secrets((("prod", b"two"),))) == b"x"


def test_edit_keeps_the_id_and_leaves_no_plain_text(tmp_path: Path) -> None:
    path = tmp_path / "f.yml"
    path.write_bytes(b"x")
    encrypt_file(path, SECRETS, None)
    seen: list[Path] = []

    def editor(plain: Path) -> int:
        seen.append(plain)
        assert plain.stat().st_mode & 0o777 == 0o600
        assert plain.parent.stat().st_mode & 0o777 == 0o700
        assert plain.suffix == ".yml"
        (plain.parent / "plain.yml~").write_bytes(plain.read_bytes())
        plain.write_bytes(b"changed")
        return 0

    assert edit_file(path, SECRETS, None, editor)
    assert decrypt(path.read_bytes(), SECRETS) == b"changed"
    assert unfold(path.read_text()).vault_id == "dev"
    assert not seen[0].parent.exists()
    same = path.read_bytes()
    assert not edit_file(path, SECRETS, None, lambda plain: 0)
    assert path.read_bytes() == same


def test_a_failing_editor_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"x")
    encrypt_file(path, SECRETS, None)
    before = path.read_bytes()
    with pytest.raises(VaultError, match="code 3"):
        edit_file(path, SECRETS, None, lambda plain: 3)
    assert path.read_bytes() == before
