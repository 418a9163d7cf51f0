"""The filters vault and unvault: text encrypted with a secret, and back."""

from typing import Any

from jinja2 import Undefined as JinjaUndefined
from jinja2 import pass_context

from runner.errors import TemplateError
from runner.model.text import Encrypted
from runner.template.kept import KeepText
from runner.template.lazy import Lazy

HEADER = "$ANSIBLE_VAULT"


def checked_secret(secret: Any) -> str:
    """Return a secret that can be used. Raises TemplateError."""
    if isinstance(secret, JinjaUndefined):
        str(secret)
    if not isinstance(secret, str):
        raise TemplateError(f"Secret passed is required to be a string, instead we got: {type(secret)}")
    return str(secret)


@pass_context
def vault(
    context: Any,
    data: Any,
    secret: Any,
    salt: Any = None,
    vault_id: str | None = "filter_default",
    wrap_object: bool = False,
) -> str:
    """Return text encrypted as vault text; with wrap_object it is written by to_yaml as `!vault` text."""
    if isinstance(data, JinjaUndefined):
        str(data)
    if not isinstance(data, str):
        raise TemplateError(f"Can only vault strings, instead we got: {type(data)}")
    made = context.rendering.room.hooks.vault_encrypt(str(data), checked_secret(secret), vault_id, None if salt is None else str(salt))
    return Encrypted(made) if wrap_object else KeepText(made)


@pass_context
def unvault(context: Any, vault: Any, secret: Any, vault_id: str | None = "filter_default", vaultid: str | None = None) -> str:
    """Return the text that a vault text hides; other text as it is."""
    known = checked_secret(secret)
    if isinstance(vault, Lazy):
        # A variable written as `!vault` text is given as it is written: its secret may not be one of the run's.
        vault = str(vault.raw) if isinstance(vault.raw, Encrypted) else vault.force()
    if isinstance(vault, JinjaUndefined):
        str(vault)
    if not isinstance(vault, str):
        raise TemplateError(f"Vault should be in the form of a string, instead we got: {type(vault)}")
    if not vault.startswith(HEADER):
        return str(vault)
    return context.rendering.room.hooks.vault_decrypt(str(vault), known, vaultid or vault_id)  # type: ignore[no-any-return]


FILTERS = {"vault": vault, "unvault": unvault}
