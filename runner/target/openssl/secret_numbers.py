"""The secret numbers of an unencrypted private key (pure). Source: RFC 5208, RFC 8017, RFC 5915."""

from typing import Any, Dict

from runner.target.openssl.der import OCTETS, read_one


def secret_numbers(kind: str, der: bytes) -> Dict[str, Any]:
    """Return the numbers of a key in PKCS#8 or traditional DER; {} for kinds that have none to show."""
    node = read_one(der)
    inner = node.find(OCTETS) if node.children[1].tag == 0x30 else None
    body = read_one(inner.content) if inner is not None else node
    if kind == "RSA":
        numbers = [each.integer() for each in body.children]
        return {"p": numbers[4], "q": numbers[5], "exponent": numbers[3]}
    if kind == "ECC":
        secret = body.find(OCTETS)
        return {"multiplier": int.from_bytes(secret.content, "big")} if secret is not None else {}
    if kind == "DSA":
        return {"x": body.integer()} if body.tag == 2 else {"x": body.children[-1].integer()}
    return {}
