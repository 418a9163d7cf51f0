"""Vault files: encrypt, decrypt, rekey and edit in place, replacing them atomically."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from runner.errors import VaultError
from runner.position import Position
from runner.vault.envelope import is_vault, seal
from runner.vault.secrets import Secrets, choose, decrypt_with_id, encrypt

Run = Callable[[Path], int]


def read_file(path: Path) -> bytes:
    """Return the bytes of a file. Raises VaultError when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as problem:
        raise VaultError(
            f"cannot read {path}: {problem.strerror}",
            position=Position(str(path), 1),
            remedy="check the path and its permissions",
        ) from problem


def write_file(path: Path, data: bytes) -> None:
    """Replace a file atomically; a new one has mode 0600, an old one keeps mode and owner. A symbolic link stays one.

    Raises VaultError when the folder cannot be written.
    """
    real = Path(os.path.realpath(path))
    if real.exists() and not real.is_file():
        # a device or pipe, such as /dev/null, is written to and never replaced
        real.write_bytes(data)
        return
    try:
        handle, temporary = tempfile.mkstemp(prefix=".vault-", dir=real.parent)
    except OSError as problem:
        raise VaultError(f"cannot write {path}: {problem.strerror}", position=Position(str(path), 1)) from problem
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if real.exists():
            shutil.copymode(real, temporary)
            there = real.stat()
            if os.geteuid() == 0:
                os.chown(temporary, there.st_uid, there.st_gid)
        os.replace(temporary, real)
    except OSError as problem:
        Path(temporary).unlink(missing_ok=True)
        raise VaultError(f"cannot write {path}: {problem.strerror}", position=Position(str(path), 1)) from problem


def encrypt_file(path: Path, secrets: Secrets, vault_id: str | None, output: Path | None = None) -> None:
    """Encrypt a file in place or into `output`. Raises VaultError, also when it is encrypted already."""
    plain = read_file(path)
    if is_vault(plain):
        raise VaultError("input is already encrypted", position=Position(str(path), 1), remedy="use rekey to change its password")
    write_file(output or path, encrypt(plain, secrets, vault_id).encode())


def decrypt_file(path: Path, secrets: Secrets, output: Path | None = None) -> None:
    """Decrypt a file in place or into `output`. Raises VaultError."""
    plain, _, _ = decrypt_with_id(read_file(path), secrets, Position(str(path), 1))
    write_file(output or path, plain)


def rekey_file(path: Path, secrets: Secrets, new: tuple[str, bytes]) -> None:
    """Decrypt a file and encrypt it under the new (vault id, password). Raises VaultError; the file is then as it was."""
    plain, _, _ = decrypt_with_id(read_file(path), secrets, Position(str(path), 1))
    write_file(path, seal(plain, new[1], new[0]).encode())


def edit_file(path: Path, secrets: Secrets, vault_id: str | None, editor: Run) -> bool:
    """Let `editor` change the plain text of a vault file; tell whether it did.

    The plain text stands in a 0600 file in a 0700 folder, overwritten and removed afterwards. The file keeps its vault id and
    password unless vault_id names another. Raises VaultError, also when the editor fails.
    """
    plain, header_id, used = decrypt_with_id(read_file(path), secrets, Position(str(path), 1))
    if vault_id is None:
        password = dict(reversed(secrets.pairs))[used]
        new = (header_id, password)
    else:
        new = choose(secrets, vault_id)
    edited = edit_plain(plain, path.suffix, editor)
    if edited == plain and new[0] == header_id:
        return False
    write_file(path, seal(edited, new[1], new[0]).encode())
    return True


def edit_plain(plain: bytes, suffix: str, editor: Run) -> bytes:
    """Return what the user made of `plain` in the editor. Raises VaultError when the editor fails."""
    folder = Path(tempfile.mkdtemp(prefix="muster-vault-"))
    file = folder / f"plain{suffix}"
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(plain)
        code = editor(file)
        if code:
            raise VaultError(f"the editor ended with code {code}; nothing was changed", remedy="set EDITOR to one that works")
        return file.read_bytes()
    finally:
        _wipe(folder)


def _wipe(folder: Path) -> None:
    """Overwrite and remove every file of the folder (editors leave backups there), then the folder."""
    for file in folder.iterdir():
        if file.is_file() and not file.is_symlink():
            size = file.stat().st_size
            with file.open("r+b") as stream:
                stream.write(os.urandom(size))
                stream.flush()
                os.fsync(stream.fileno())
    shutil.rmtree(folder)
