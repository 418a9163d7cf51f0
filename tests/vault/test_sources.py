"""Passwords come from files, scripts and prompts."""

from collections.abc import Callable
from pathlib import Path

import pytest

from runner.errors import VaultError
from runner.vault.envelope import seal
from runner.vault.sources import read_secrets, split_id


def no_prompt(text: str) -> str:
    raise AssertionError(text)


def answers(*texts: str) -> tuple[Callable[[str], str], list[str]]:
    asked: list[str] = []
    left = list(texts)

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return left.pop(0)

    return ask, asked


def script(path: Path, body: str) -> Path:
    path.write_text("#!/bin/sh\n" + body)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("written", "parts"),
    [("dev@f", ("dev", "f")), ("f", ("default", "f")), ("@f", ("default", "f")), ("dev@user@host", ("dev", "user@host"))],
)
def test_labels(written: str, parts: tuple[str, str]) -> None:
    assert split_id(written) == parts


def test_a_file_gives_its_text_without_white_space_around(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("pw one\n\n")
    assert read_secrets([f"dev@{tmp_path / 'p'}"], no_prompt).pairs == (("dev", b"pw one"),)


def test_a_script_gives_what_it_prints_and_a_client_is_told_the_id(tmp_path: Path) -> None:
    plain = script(tmp_path / "s.sh", 'echo "args:$*"')
    client = script(tmp_path / "s-client.sh", 'echo "args:$*"')
    found = read_secrets([f"dev@{plain}", f"dev@{client}"], no_prompt)
    assert found.pairs == (("dev", b"args:"), ("dev", b"args:--vault-id dev"))


@pytest.mark.parametrize(
    ("body", "message"),
    [("exit 2", "did not find a secret for vault-id=dev"), ("echo sorry >&2; exit 3", r"non-zero \(3\): sorry"), (":", "empty")],
)
def test_a_failing_script_says_why(tmp_path: Path, body: str, message: str) -> None:
    with pytest.raises(VaultError, match=message):
        read_secrets([f"dev@{script(tmp_path / 'x-client', body)}"], no_prompt)


def test_an_executable_that_is_no_program_says_so(tmp_path: Path) -> None:
    path = tmp_path / "p"
    path.write_text("just a password\n")
    path.chmod(0o755)
    with pytest.raises(VaultError) as caught:
        read_secrets([str(path)], no_prompt)
    assert "execute permission" in caught.value.remedy


def test_missing_empty_and_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    for source in ("missing", "empty", "."):
        with pytest.raises(VaultError):
            read_secrets([str(tmp_path / source)], no_prompt)


def test_a_password_file_may_itself_be_a_vault(tmp_path: Path) -> None:
    (tmp_path / "first").write_text("one")
    (tmp_path / "second").write_text(seal(b"two\n", b"one"))
    found = read_secrets([f"a@{tmp_path / 'first'}", f"b@{tmp_path / 'second'}"], no_prompt)
    assert found.pairs[1] == ("b", b"two")


def test_prompts_name_the_id_and_new_ones_are_confirmed() -> None:
    ask, asked = answers("x", "y", "z", "z")
    assert read_secrets(["prompt", "dev@prompt"], ask).pairs == (("default", b"x"), ("dev", b"y"))
    assert read_secrets(["dev@prompt"], ask, confirm=True).pairs == (("dev", b"z"),)
    assert asked == [
        "Vault password: ",
        "Vault password (dev): ",
        "New vault password (dev): ",
        "Confirm new vault password (dev): ",
    ]


def test_entries_that_differ_and_empty_ones_are_refused() -> None:
    for texts in (("a", "b"), ("",)):
        with pytest.raises(VaultError):
            read_secrets(["prompt"], answers(*texts)[0], confirm=True)


def test_one_source_that_fails_is_told_while_another_works(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("pw")
    told: list[str] = []
    found = read_secrets([f"a@{tmp_path / 'missing'}", f"b@{tmp_path / 'p'}"], no_prompt, warn=told.append)
    assert found.ids() == ["b"]
    assert told[0].startswith("Error getting vault password file (a): ")
    with pytest.raises(VaultError):
        read_secrets([f"a@{tmp_path / 'missing'}"], no_prompt, warn=told.append)
