"""Makes and checks the password hashes that a web server's password file may hold.

Sources: crypt(5); "Apache Portable Runtime: apr_md5_encode" (the MD5 scheme of 1994 with another mark); RFC 2307, section 5.3.
"""

import base64
import ctypes
import hashlib
import hmac
import secrets
from typing import Any, Dict, List, Optional

from runner.target.decision import ModuleFailed

SIGNS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BCRYPT_SIGNS = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
# scheme -> what a new hash begins with, and the length of its salt
SETTINGS: Dict[str, Any] = {
    "des_crypt": ("", 2),
    "md5_crypt": ("$1$", 8),
    "sha256_crypt": ("$5$rounds=535000$", 16),
    "sha512_crypt": ("$6$rounds=656000$", 16),
    "bcrypt": ("$2b$12$", 22),
}
# Names for "whatever that server reads everywhere".
SAME = {
    "portable": "apr_md5_crypt",
    "portable_apache22": "apr_md5_crypt",
    "portable_apache_22": "apr_md5_crypt",
    "portable_apache24": "bcrypt",
    "portable_apache_24": "bcrypt",
    "host_apache24": "bcrypt",
    "host_apache_24": "bcrypt",
}
SCHEMES = ("apr_md5_crypt", "plaintext", "ldap_sha1", "ldap_salted_sha1") + tuple(SETTINGS)


def made(password: str, scheme: str, system: Any) -> str:
    """Return a new hash with a random salt. Raises ModuleFailed for a scheme that is unknown, or unknown to this host."""
    scheme = SAME.get(scheme, scheme)
    if scheme == "plaintext":
        return password
    if scheme == "apr_md5_crypt":
        return md5_crypt(password, _salt(8), "$apr1$")
    if scheme == "ldap_sha1":
        return "{SHA}" + _base64(hashlib.sha1(password.encode()).digest())
    if scheme == "ldap_salted_sha1":
        pinch = secrets.token_bytes(8)
        return "{SSHA}" + _base64(hashlib.sha1(password.encode() + pinch).digest() + pinch)
    if scheme not in SETTINGS:
        raise ModuleFailed("Unknown hash_scheme %s; known are: %s" % (scheme, ", ".join(SCHEMES + tuple(sorted(SAME)))))
    mark, length = SETTINGS[scheme]
    # the last sign of bcrypt's salt has 2 bits only
    salt = _salt(length) if scheme != "bcrypt" else _salt(length - 1, BCRYPT_SIGNS) + secrets.choice(".Oeu")
    found = by_libcrypt(password, mark + salt)
    if found is None and scheme == "bcrypt":
        found = _by_htpasswd(password, system)
    if found is None:
        raise ModuleFailed("The crypt(3) of this host does not know %s; use apr_md5_crypt, or Apache's htpasswd for bcrypt" % scheme)
    return found


def matches(password: str, held: str, system: Any) -> bool:
    """Tell whether `held`, a hash of any scheme known here, is that of the password."""
    if held.startswith(("$apr1$", "$1$")):
        mark, salt = "$%s$" % held.split("$")[1], held.split("$")[2]
        return _same(md5_crypt(password, salt, mark), held)
    if held.startswith(("{SHA}", "{SSHA}")):
        return _matches_sha1(password, held)
    if held.startswith("$2") and by_libcrypt("x", "$2b$04$" + "." * 22) is None:
        return _matches_by_htpasswd(password, held, system)
    if held.startswith("$"):
        # $2y$ is Apache's name of $2b$
        found = by_libcrypt(password, held.replace("$2y$", "$2b$", 1))
        return found is not None and _same(found.replace("$2b$", "$2y$", 1), held.replace("$2b$", "$2y$", 1))
    return _same(password, held) or (len(held) == 13 and _same(by_libcrypt(password, held) or "", held))


def md5_crypt(password: str, salt: str, mark: str) -> str:
    """Return the MD5 hash of a password: `mark` is $1$ (crypt) or $apr1$ (Apache)."""
    word, pinch = password.encode(), salt[:8].encode()
    inner = hashlib.md5(word + pinch + word).digest()
    text = word + mark.encode() + pinch
    text += (inner * (len(word) // 16 + 1))[: len(word)]
    bits = len(word)
    while bits:
        text += b"\0" if bits & 1 else word[:1]
        bits >>= 1
    digest = hashlib.md5(text).digest()
    for number in range(1000):
        parts = [word if number & 1 else digest]
        parts += [pinch] if number % 3 else []
        parts += [word] if number % 7 else []
        parts.append(digest if number & 1 else word)
        digest = hashlib.md5(b"".join(parts)).digest()
    groups = [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)]
    signs = [_signs(digest[first] << 16 | digest[second] << 8 | digest[third], 4) for first, second, third in groups]
    return "%s%s$%s%s" % (mark, salt[:8], "".join(signs), _signs(digest[11], 2))


def by_libcrypt(password: str, setting: str) -> Optional[str]:
    """Return what the C library's crypt(3) gives; None where there is none, or it does not know the setting."""
    for name in ("libcrypt.so.2", "libcrypt.so.1", None):
        try:
            crypt = ctypes.CDLL(name).crypt
        except (OSError, AttributeError):
            continue
        crypt.restype, crypt.argtypes = ctypes.c_char_p, [ctypes.c_char_p, ctypes.c_char_p]
        given = crypt(password.encode(), setting.encode())
        found = given.decode("ascii", "replace") if given else ""
        # a failure is told as None, or as a text that begins with a star
        return found if found[:1] not in ("", "*") and found[:2] == setting[:2] else None
    return None


def _by_htpasswd(password: str, system: Any) -> Optional[str]:
    program = system.which("htpasswd")
    if program is None:
        return None
    ran = system.run([program, "-niB", "-C", "12", "x"], stdin=password + "\n")
    return ran.out.strip().partition(":")[2] or None if ran.rc == 0 else None


def _matches_by_htpasswd(password: str, held: str, system: Any) -> bool:
    program = system.which("htpasswd")
    if program is None:
        raise ModuleFailed("The file holds a bcrypt hash, which neither the crypt(3) of this host nor a program htpasswd can check")
    file = system.temporary(("x:%s\n" % held).encode())
    return bool(system.run([program, "-vi", file, "x"], stdin=password + "\n").rc == 0)


def _matches_sha1(password: str, held: str) -> bool:
    try:
        known = base64.b64decode(held.partition("}")[2])
    except ValueError:
        return False
    return hmac.compare_digest(hashlib.sha1(password.encode() + known[20:]).digest(), known[:20])


def _salt(length: int, signs: str = SIGNS) -> str:
    return "".join(secrets.choice(signs) for _ in range(length))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _signs(number: int, length: int) -> str:
    found: List[str] = []
    for _ in range(length):
        found.append(SIGNS[number & 63])
        number >>= 6
    return "".join(found)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
