"""The vault passwords of a run, and decryption of bytes and `!vault` strings with them."""

from runner.errors import UsageError, VaultError, nearest_names
from runner.model.text import Encrypted
from runner.position import Position
from runner.record import dataclass, field
from runner.vault.envelope import open_envelope, seal, unfold


@dataclass(frozen=True, slots=True)
class Secrets:
    """Vault ids with their passwords, in the order in which they are tried. The passwords are never shown.

    match_id: try only the passwords whose id is that of the text (Ansible's vault_id_match).
    """

    pairs: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    match_id: bool = False

    def ids(self) -> list[str]:
        """Return the vault ids, in order, each once."""
        return list(dict.fromkeys(vault_id for vault_id, _ in self.pairs))

    def for_id(self, vault_id: str) -> list[tuple[str, bytes]]:
        """Return the pairs to try for a text labelled `vault_id`: those of that id first, then the others."""
        matching = [pair for pair in self.pairs if pair[0] == vault_id]
        return matching if self.match_id else matching + [pair for pair in self.pairs if pair[0] != vault_id]


def decrypt(data: bytes | str, secrets: Secrets, position: Position | None = None) -> bytes:
    """Return the plain bytes of a vault text. Raises VaultError when it is damaged or no password fits."""
    return decrypt_with_id(data, secrets, position)[0]


def decrypt_with_id(data: bytes | str, secrets: Secrets, position: Position | None = None) -> tuple[bytes, str, str]:
    """Return the plain bytes, the vault id in the header, and the id of the password that fitted. Errors: see `decrypt`."""
    envelope = unfold(data if isinstance(data, str) else data.decode("utf-8", "replace"), position)
    if not secrets.pairs:
        raise VaultError(
            "Attempting to decrypt but no vault secrets found",
            position=position,
            expected="a vault password" + _named(envelope.vault_id),
            remedy="give --vault-id, --vault-password-file or --ask-vault-pass",
        )
    tried = []
    for vault_id, password in secrets.for_id(envelope.vault_id):
        tried.append(vault_id)
        plain = open_envelope(envelope, password)
        if plain is not None:
            return plain, envelope.vault_id, vault_id
    raise VaultError(
        "Decryption failed (no vault secrets were found that could decrypt)",
        position=position,
        expected="the password" + _named(envelope.vault_id),
        found="tried the passwords of " + ", ".join(tried) if tried else "no password of that vault id",
        remedy="check the password, or add the right one with --vault-id",
    )


def _named(vault_id: str) -> str:
    return "" if vault_id == "default" else f" of vault id {vault_id}"


def decrypt_text(secret: Encrypted, secrets: Secrets) -> str:
    """Return the plain text of a `!vault` string. Raises VaultError at its position."""
    plain = decrypt(str(secret), secrets, secret.position)
    try:
        return plain.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise VaultError("the decrypted value is not UTF-8 text", position=secret.position) from problem


def encrypt(plain: bytes, secrets: Secrets, vault_id: str | None = None, salt: bytes | None = None) -> str:
    """Return the vault text of `plain` under the password that `choose` picks. Raises VaultError like it."""
    chosen, password = choose(secrets, vault_id)
    return seal(plain, password, chosen, salt)


def choose(secrets: Secrets, vault_id: str | None = None) -> tuple[str, bytes]:
    """Return the vault id and password to encrypt with: those of `vault_id`, else the only ones there are.

    Raises VaultError when there is no password or none with that id, UsageError when there are several to choose from.
    """
    if not secrets.pairs:
        raise VaultError(
            "A vault password is required to use Ansible's Vault",
            remedy="give --vault-id, --vault-password-file or --ask-vault-pass",
        )
    if vault_id is None:
        if len(secrets.pairs) > 1:
            raise UsageError(
                f"The vault-ids {','.join(label for label, _ in secrets.pairs)} are available to encrypt",
                expected="one vault id to encrypt with",
                remedy="specify the vault-id to encrypt with --encrypt-vault-id",
            )
        return secrets.pairs[0]
    for pair in secrets.pairs:
        if pair[0] == vault_id:
            return pair
    raise VaultError(
        f"Did not find a match for --encrypt-vault-id={vault_id} in the known vault-ids {secrets.ids()}",
        expected=f"a password of vault id {vault_id}",
        found="vault ids " + ", ".join(secrets.ids()),
        nearest=nearest_names(vault_id, secrets.ids()),
        remedy=f"give it with --vault-id {vault_id}@FILE or {vault_id}@prompt",
    )
