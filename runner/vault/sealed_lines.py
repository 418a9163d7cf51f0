"""Lines of a file sealed with a vault password: one key for the file, so that each line costs little (Fernet)."""

import base64
import hashlib

from runner.errors import VaultError
from runner.late import late
from runner.vault.secrets import Secrets

fernet = late("cryptography.fernet")
ROUNDS = 100_000


class Sealer:
    """Seals and opens the lines of one file. salt: bytes of the file's own; the first password of `secrets` is used."""

    def __init__(self, secrets: Secrets, salt: bytes) -> None:
        derived = hashlib.pbkdf2_hmac("sha256", secrets.pairs[0][1], salt, ROUNDS, dklen=32)
        self._fernet = fernet.Fernet(base64.urlsafe_b64encode(derived))

    def seal(self, line: bytes) -> bytes:
        """Return a line of ASCII without a newline."""
        sealed: bytes = self._fernet.encrypt(line)
        return sealed

    def open(self, line: bytes) -> bytes:
        """Return what was sealed. Raises VaultError when it was another password, or the line is damaged."""
        try:
            plain: bytes = self._fernet.decrypt(line)
        except fernet.InvalidToken:
            raise VaultError(
                "it is sealed with another vault password",
                expected="the vault password of the run that wrote it",
                remedy="give that password with --vault-id, or run without --resume",
            ) from None
        return plain
