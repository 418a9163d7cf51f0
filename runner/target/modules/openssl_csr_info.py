"""Returns what a certificate signing request asks for. Source: RFC 2986."""

from typing import Any, Dict

from runner.target.decision import ModuleFailed
from runner.target.openssl.der import BadDer, der_of
from runner.target.openssl.given import given_text
from runner.target.openssl.program import OpenSsl
from runner.target.openssl.public_key import public_facts
from runner.target.openssl.written import BACKEND
from runner.target.openssl.x509 import Request, extension_facts
from runner.target.option import option

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "path": option("path", "The request's file."),
        "content": option("str", "The request itself."),
        "name_encoding": option("str", "Only as they are.", "ignore", enum=["ignore", "idna", "unicode"]),
        "select_crypto_backend": BACKEND,
    },
    "required_one_of": [["path", "content"]],
    "mutually_exclusive": [["path", "content"]],
}
RETURNS = {"signature_valid": "true", "subject": "attribute -> value", "subject_alt_name": "names, or null",
           "public_key": "its key, PEM; also public_key_type, public_key_data, public_key_fingerprints"}  # fmt: skip
EXAMPLES = """
- openssl_csr_info: {path: /etc/ssl/web.csr}
  register: request
"""


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Look and tell. Raises ModuleFailed when it is no request or its signature is wrong."""
    text = given_text(args, system, "certificate signing request")
    try:
        request = Request(der_of(text, "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"))
    except (BadDer, ValueError, IndexError) as error:
        raise ModuleFailed("Cannot parse the certificate signing request: %s" % error)
    done = OpenSsl(system).run(["req", "-verify", "-noout"], text.encode("utf-8"))
    result: Dict[str, Any] = {"changed": False, "signature_valid": done.rc == 0, "subject": dict(request.subject),
                              "subject_ordered": [list(pair) for pair in request.subject]}  # fmt: skip
    result.update(extension_facts(request.extensions), **public_facts(request.spki))
    if done.rc != 0:
        raise ModuleFailed("CSR signature is invalid!", **result)
    return result
