"""The vault text format: `$ANSIBLE_VAULT;1.1;AES256` (1.2 with a vault id) and the hexadecimal body.

Format and key derivation: the Ansible guide, "Encrypting content with Ansible Vault", part "Vault payload format",
https://docs.ansible.com/ansible/latest/vault_guide/vault_encrypting_content.html
"""

import binascii
import hashlib
import hmac
import os
from typing import TYPE_CHECKING

from runner.errors import VaultError
from runner.late import late
from runner.position import Position
from runner.record import dataclass

if TYPE_CHECKING:
    from cryptography.hazmat.primitives import ciphers, padding
    from cryptography.hazmat.primitives.ciphers import algorithms, modes
else:
    ciphers, padding = late("cryptography.hazmat.primitives.ciphers"), late("cryptography.hazmat.primitives.padding")
    algorithms, modes = late(ciphers.__name__ + ".algorithms"), late(ciphers.__name__ + ".modes")

MARK = "$ANSIBLE_VAULT"
DEFAULT_ID = "default"
ROUNDS = 10_000
SALT_BYTES = 32
LINE = 80


@dataclass(frozen=True, slots=True)
class Envelope:
    """A vault text, taken apart. vault_id is `default` for the 1.1 format, which has none."""

    version: str
    vault_id: str
    salt: bytes
    digest: bytes
    ciphertext: bytes


def is_vault(data: bytes | str) -> bool:
    """Tell whether `data` begins like a vault text."""
    return data.startswith(MARK) if isinstance(data, str) else data.startswith(MARK.encode())


def seal(plain: bytes, password: bytes, vault_id: str | None = None, salt: bytes | None = None) -> str:
    """Return the vault text, with a newline at its end, that holds `plain`.

    vault_id: label written into the header (format 1.2); None or `default` gives format 1.1. salt: 32 random bytes unless given.
    """
    salt = os.urandom(SALT_BYTES) if salt is None else salt
    key, mac_key, counter = _keys(password, salt)
    padder = padding.PKCS7(128).padder()
    encryptor = ciphers.Cipher(algorithms.AES(key), modes.CTR(counter)).encryptor()
    ciphertext = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    digest = hmac.new(mac_key, ciphertext, hashlib.sha256).digest()
    body = b"\n".join((binascii.hexlify(salt), binascii.hexlify(digest), binascii.hexlify(ciphertext)))
    text = binascii.hexlify(body).decode()
    header = f"{MARK};1.1;AES256" if vault_id in (None, DEFAULT_ID) else f"{MARK};1.2;AES256;{vault_id}"
    return "\n".join([header, *(text[start : start + LINE] for start in range(0, len(text), LINE))]) + "\n"


def unfold(text: str, position: Position | None = None) -> Envelope:
    """Return the parts of a vault text. Raises VaultError when it is not one, is damaged, or has a format we do not know."""
    lines = text.strip().splitlines()
    header = [part.strip() for part in lines[0].split(";")] if lines else []
    if len(header) < 3 or header[0] != MARK:
        raise VaultError(
            "this is not vault encrypted data",
            position=position,
            expected=f"a first line {MARK};1.1;AES256",
            found=lines[0][:60] if lines else "nothing",
        )
    if header[1] not in ("1.1", "1.2") or header[2] != "AES256":
        raise VaultError(
            f"vault format {header[1]} with cipher {header[2]} is not supported",
            position=position,
            expected="format 1.1 or 1.2 with AES256",
            remedy="re-encrypt it with the ansible-vault that wrote it, version 2.0 or later",
        )
    try:
        inner = binascii.unhexlify("".join(line.strip() for line in lines[1:]))
        salt, digest, ciphertext = (binascii.unhexlify(part) for part in inner.split(b"\n", 2))
    except ValueError as problem:
        raise VaultError(
            f"Vault format unhexlify error: {problem if isinstance(problem, binascii.Error) else 'the text is not complete'}",
            position=position,
            expected="lines of hexadecimal digits",
            found="something else, or not all of them",
            remedy="restore it from version control, and mind that the lines of a !vault value all have the same indentation",
        ) from problem
    vault_id = header[3] if header[1] == "1.2" and len(header) > 3 else DEFAULT_ID
    return Envelope(header[1], vault_id, salt, digest, ciphertext)


def open_envelope(envelope: Envelope, password: bytes) -> bytes | None:
    """Return the plain bytes, or None when the password is not the one it was sealed with."""
    key, mac_key, counter = _keys(password, envelope.salt)
    if not hmac.compare_digest(hmac.new(mac_key, envelope.ciphertext, hashlib.sha256).digest(), envelope.digest):
        return None
    decryptor = ciphers.Cipher(algorithms.AES(key), modes.CTR(counter)).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    return unpadder.update(decryptor.update(envelope.ciphertext) + decryptor.finalize()) + unpadder.finalize()


def _keys(password: bytes, salt: bytes) -> tuple[bytes, bytes, bytes]:
    derived = hashlib.pbkdf2_hmac("sha256", password, salt, ROUNDS, dklen=80)
    return derived[:32], derived[32:64], derived[64:]
