"""The filter password_hash: a password as the hash that /etc/shadow takes."""

from typing import TYPE_CHECKING, Any

from jinja2 import pass_context

from runner.errors import TemplateError
from runner.late import late

if TYPE_CHECKING:
    import bcrypt
    from passlib import hash as hashes
    from passlib.utils import binary
else:
    bcrypt, hashes, binary = late("bcrypt"), late("passlib.hash"), late("passlib.utils.binary")

# name -> (passlib's handler, rounds when none are told)
ALGORITHMS: dict[str, tuple[str, int | None]] = {
    "md5": ("md5_crypt", None),
    "sha256": ("sha256_crypt", 535000),
    "sha512": ("sha512_crypt", 656000),
    "blowfish": ("bcrypt", 12),
    "bcrypt": ("bcrypt", 12),
}


def hashed(
    password: Any,
    hashtype: str = "sha512",
    salt: Any = None,
    salt_size: int | None = None,
    rounds: int | None = None,
    ident: str | None = None,
) -> str:
    """Return a password hashed. Raises TemplateError for an unknown algorithm or a salt it does not take."""
    name, usual = ALGORITHMS.get(hashtype, (hashtype, None))
    handler = getattr(hashes, name, None)
    if handler is None:
        raise TemplateError(
            f"passlib does not support '{hashtype}' algorithm", expected="one of " + ", ".join(ALGORITHMS), found=str(hashtype)
        )
    if "user" in handler.context_kwds:
        # such a hash is made of the user's name too, which this filter is not given
        raise TemplateError(
            f"{hashtype} is not in the list of supported passlib algorithms: md5, blowfish, sha256, sha512",
            expected="one of " + ", ".join(ALGORITHMS),
            found=str(hashtype),
        )
    options: dict[str, Any] = {}
    if salt is not None and salt != "":
        options["salt"] = str(salt)
    if salt_size is not None:
        options["salt_size"] = salt_size
    if rounds is not None or usual is not None:
        options["rounds"] = rounds if rounds is not None else usual
    if ident is not None and "ident" in handler.setting_kwds:
        options["ident"] = ident
    try:
        if name == "bcrypt":
            return with_bcrypt(str(password), options)
        return str(handler.using(**options).hash(str(password)))
    except (ValueError, TypeError) as error:
        raise TemplateError(f"Could not hash the secret. {error}", expected=f"what {hashtype} takes") from error


def with_bcrypt(password: str, options: dict[str, Any]) -> str:
    """Return a bcrypt hash, made by the bcrypt library itself: passlib does not work with its newer versions."""
    rounds = int(options["rounds"])
    salt = options.get("salt")
    if salt is None:
        return bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(rounds)).decode("ascii")
    if len(salt) != 22:
        raise ValueError("a bcrypt salt has 22 characters")
    whole = f"${options.get('ident', '2b')}${rounds:02d}${binary.bcrypt64.repair_unused(salt)}"
    return bcrypt.hashpw(password.encode()[:72], whole.encode("ascii")).decode("ascii")


@pass_context
def password_hash(
    context: Any,
    password: Any,
    hashtype: str = "sha512",
    salt: Any = None,
    salt_size: int | None = None,
    rounds: int | None = None,
    ident: str | None = None,
) -> str:
    """Return a password hashed for a system's password file; a random salt unless one is given."""
    if not isinstance(password, (str, int, float)):
        raise TypeError(f"a password is text, got {type(password).__name__}")
    return hashed(password, hashtype, salt, salt_size, rounds, ident)


FILTERS = {"password_hash": password_hash}
