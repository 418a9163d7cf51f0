"""Filters that encode, decode and digest: b64encode, hash, to_uuid, urlsplit ..."""

import base64
import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus, urlsplit

from runner.errors import TemplateError
from runner.late import late

if TYPE_CHECKING:
    import uuid
else:
    uuid = late("uuid")

# The namespace Ansible derives its UUIDs in.
NAMESPACE = "361E6D51-FAEC-444A-9079-341386DA8E2E"
PARTS = ("fragment", "hostname", "netloc", "password", "path", "port", "query", "scheme", "username")


def b64encode(value: Any, encoding: str = "utf-8") -> str:
    """Return text in base64, its characters encoded as told."""
    return base64.b64encode(str(value).encode(encoding, "surrogateescape")).decode("ascii")


def b64decode(value: Any, encoding: str = "utf-8") -> str:
    """Return the text that base64 stands for. Raises ValueError when it is no base64."""
    return base64.b64decode(str(value).encode("utf-8")).decode(encoding, "surrogateescape")


def digest(value: Any, hashtype: str = "sha1") -> str:
    """Return the hexadecimal digest of a value's text. Raises TemplateError for an unknown algorithm."""
    try:
        made = hashlib.new(hashtype, usedforsecurity=False)
    except (ValueError, TypeError) as error:
        raise TemplateError(
            f"unsupported hash type {hashtype}", expected="one of " + ", ".join(sorted(hashlib.algorithms_guaranteed))
        ) from error
    made.update(str(value).encode("utf-8", "surrogateescape"))
    return made.hexdigest()


def md5(value: Any) -> str:
    """Return the MD5 digest of a value's text."""
    return digest(value, "md5")


def sha1(value: Any) -> str:
    """Return the SHA-1 digest of a value's text."""
    return digest(value, "sha1")


def to_uuid(value: Any, namespace: Any = NAMESPACE) -> str:
    """Return the version 5 UUID of a text in a namespace."""
    if not isinstance(namespace, uuid.UUID):
        try:
            namespace = uuid.UUID(str(namespace))
        except ValueError as error:
            raise TemplateError(f"Invalid value '{namespace}' for 'namespace': {error}", expected="a UUID") from error
    return str(uuid.uuid5(namespace, str(value)))


def urldecode(value: Any) -> str:
    """Return text with %xx and + resolved."""
    return unquote_plus(str(value))


def url_parts(value: Any, query: str = "", alias: str = "urlsplit") -> Any:
    """Return the parts of a URL as a mapping, or the one that is asked for."""
    split = urlsplit(str(value))
    parts = {name: getattr(split, name) for name in PARTS}
    if not query:
        return parts
    if query not in parts:
        raise TemplateError(f"{alias}: unknown URL component: {query}", expected="one of " + ", ".join(PARTS), found=query)
    return parts[query]


FILTERS = {
    "b64encode": b64encode,
    "b64decode": b64decode,
    "hash": digest,
    "checksum": sha1,
    "md5": md5,
    "sha1": sha1,
    "to_uuid": to_uuid,
    "urldecode": urldecode,
    "urlsplit": url_parts,
}
