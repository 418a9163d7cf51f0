"""Where vault passwords come from: files, scripts and prompts, as named on the command line and in the settings."""

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from runner.errors import VaultError
from runner.vault.envelope import DEFAULT_ID, is_vault
from runner.vault.secrets import Secrets, decrypt

Ask = Callable[[str], str]
Warn = Callable[[str], None]
PROMPTS = ("prompt", "prompt_ask_vault_pass")
CLIENT_SUFFIX = "-client"
NO_SUCH_ID = 2


def read_secrets(
    vault_ids: Sequence[str], ask: Ask, *, confirm: bool = False, match_id: bool = False, warn: Warn | None = None
) -> Secrets:
    """Return the passwords of `--vault-id` values (`label@source` or `source`), in order.

    ask: shows a prompt and returns what was typed, unseen. confirm: ask twice, for a new password. warn: is told of a file or
    script that fails while another source works. Raises VaultError when no source works, or two entries differ.
    """
    pairs: list[tuple[str, bytes]] = []
    failed: VaultError | None = None
    for each in vault_ids:
        label, source = split_id(each)
        if source in PROMPTS:
            pairs.append((label, _ask_password(label, ask, confirm=confirm)))
            continue
        try:
            pairs.append((label, _from_path(label, source, Secrets(tuple(pairs)))))
        except VaultError as problem:
            failed = problem
            if warn:
                found = "Error in vault password file loading" if Path(source).exists() else "Error getting vault password file"
                warn(f"{found} ({label}): {problem.message}")
    if failed and (not pairs or warn is None):
        raise failed
    return Secrets(tuple(pairs), match_id)


def split_id(value: str) -> tuple[str, str]:
    """Return label and source of a `--vault-id` value; the label is `default` when it has none."""
    label, at, source = value.partition("@")
    return (label or DEFAULT_ID, source) if at else (DEFAULT_ID, value)


def _ask_password(label: str, ask: Ask, *, confirm: bool) -> bytes:
    named = "" if label == DEFAULT_ID else f" ({label})"
    try:
        first = ask(f"New vault password{named}: " if confirm else f"Vault password{named}: ").strip()
    except EOFError as problem:
        raise VaultError(
            "no vault password could be read", expected="a terminal, or the password on stdin", remedy="use --vault-password-file"
        ) from problem
    if not first:
        raise VaultError("Invalid vault password was provided: it is empty", expected="a password")
    if confirm and ask(f"Confirm new vault password{named}: ").strip() != first:
        raise VaultError("Passwords do not match", remedy="type the same password twice")
    return first.encode()


def _from_path(label: str, source: str, known: Secrets) -> bytes:
    path = Path(os.path.expandvars(source)).expanduser()
    if not path.exists():
        raise VaultError(
            f"The vault password file {path} was not found",
            expected="a file, an executable script, or the word prompt",
            found=str(path.absolute()),
            remedy="correct the path given with --vault-id or --vault-password-file",
        )
    if path.is_dir():
        raise VaultError(f"The vault password file {path} is a folder", expected="a file or an executable script")
    if os.access(path, os.X_OK):
        return _from_script(label, path)
    try:
        data = path.read_bytes().strip()
    except OSError as problem:
        raise VaultError(f"Could not read vault password file {path}: {problem.strerror}") from problem
    if is_vault(data):
        data = decrypt(data, known).strip()
    if not data:
        raise VaultError(f"Invalid vault password was provided from file ({path}): it is empty", expected="a password")
    return data


def _from_script(label: str, path: Path) -> bytes:
    """Run a password script; one whose name ends in `-client` is told the vault id."""
    command = [str(path.absolute())]
    client = path.stem.endswith(CLIENT_SUFFIX)
    if client:
        command += ["--vault-id", label]
    try:
        ran = subprocess.run(command, capture_output=True, check=False)
    except OSError as problem:
        raise VaultError(
            f"Problem running vault password script {path}: {problem.strerror}",
            remedy="give the script a #! line, or take its execute permission away if it is just a password file",
        ) from problem
    if ran.returncode:
        said = ran.stderr.decode("utf-8", "replace").strip()
        if client and ran.returncode == NO_SUCH_ID:
            raise VaultError(f"Vault password client script {path} did not find a secret for vault-id={label}: {said}")
        raise VaultError(f"Vault password script {path} returned non-zero ({ran.returncode}): {said}")
    if not ran.stdout.strip():
        raise VaultError(f"Invalid vault password was provided from script {path}: it is empty", expected="a password on stdout")
    return ran.stdout.strip()
