"""What the info modules say of a public key (pure)."""

import base64
import textwrap
from typing import Any, Dict

from runner.target.openssl.x509 import fingerprints, key_facts


def public_facts(spki: bytes) -> Dict[str, Any]:
    """Return public_key (PEM), public_key_type, public_key_data and public_key_fingerprints of a key in DER."""
    kind, data = key_facts(spki)
    body = "\n".join(textwrap.wrap(base64.b64encode(spki).decode("ascii"), 64))
    pem = "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n" % body
    return {"public_key": pem, "public_key_type": kind, "public_key_data": data, "public_key_fingerprints": fingerprints(spki)}
