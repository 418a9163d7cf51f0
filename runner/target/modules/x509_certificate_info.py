"""Returns what a certificate says: names, dates, key, extensions, fingerprints. Source: RFC 5280."""

from typing import Any, Dict

from runner.target.decision import ModuleFailed
from runner.target.openssl.der import BadDer, der_of
from runner.target.openssl.given import given_text
from runner.target.openssl.public_key import public_facts
from runner.target.openssl.sign import moment
from runner.target.openssl.written import BACKEND
from runner.target.openssl.x509 import Certificate, access, extension_facts, fingerprints
from runner.target.option import option

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "path": option("path", "The certificate's file."),
        "content": option("str", "The certificate itself."),
        "valid_at": option("dict", "Name -> time (+30d, YYYYMMDDHHMMSSZ): whether it is valid then."),
        "name_encoding": option("str", "How names of other alphabets are shown; only as they are.", "ignore",
                                enum=["ignore", "idna", "unicode"]),
        "select_crypto_backend": BACKEND,
    },
    "required_one_of": [["path", "content"]],
    "mutually_exclusive": [["path", "content"]],
}  # fmt: skip
RETURNS = {
    "expired": "whether it is no longer valid",
    "not_before": "from when it is valid, YYYYMMDDHHMMSSZ",
    "not_after": "until when",
    "subject": "attribute -> value, likewise issuer; *_ordered: pairs",
    "subject_alt_name": "names, or null",
    "public_key": "its key, PEM; also public_key_type, public_key_data, public_key_fingerprints",
    "fingerprints": "algorithm -> fingerprint",
    "serial_number": "number",
    "valid_at": "name -> whether it is valid then",
}
EXAMPLES = """
- x509_certificate_info: {path: /etc/ssl/web.crt, valid_at: {soon: +30d}}
  register: web

- assert: {that: web.valid_at.soon}
"""
_OCSP, _ISSUERS = "1.3.6.1.5.5.7.48.1", "1.3.6.1.5.5.7.48.2"


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Look and tell. Raises ModuleFailed when it is no certificate."""
    text = given_text(args, system, "certificate")
    try:
        certificate = Certificate(der_of(text, "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"))
    except (BadDer, ValueError, IndexError) as error:
        raise ModuleFailed("Cannot parse certificate: %s" % error)
    now = system.now()
    at = moment("+0s", now, "now")
    result: Dict[str, Any] = {
        "changed": False, "version": certificate.version, "serial_number": certificate.serial,
        "signature_algorithm": certificate.algorithm, "not_before": certificate.not_before, "not_after": certificate.not_after,
        "expired": certificate.not_after < at, "subject": dict(certificate.subject), "issuer": dict(certificate.issuer),
        "subject_ordered": [list(pair) for pair in certificate.subject], "issuer_ordered": [list(pair) for pair in certificate.issuer],
        "fingerprints": fingerprints(certificate.der), "ocsp_uri": access(certificate.extensions, _OCSP),
        "issuer_uri": access(certificate.extensions, _ISSUERS),
    }  # fmt: skip
    result["valid_at"] = {}
    for name, when in (args["valid_at"] or {}).items():
        result["valid_at"][name] = certificate.not_before <= moment(when, now, "valid_at.%s" % name) <= certificate.not_after
    facts = extension_facts(certificate.extensions)
    result.update({key: value for key, value in facts.items() if not key.startswith("name_constraints_")})
    result.update(public_facts(certificate.spki))
    return result
