"""Whether a certificate that is there is the one that would be signed."""

from typing import Any, Dict, List

from runner.target.openssl.x509 import Certificate, Extension


def problems(there: Certificate, text: bytes, signing: Any) -> List[str]:
    """Return why it has to be signed anew; nothing when it need not be. text: the file. signing: what would be signed."""
    found = []
    args = signing.args
    if there.spki != signing.request.spki:
        found.append("key")
    if sorted(there.subject) != sorted(signing.request.subject):
        found.append("subject")
    if _rows(there.extensions) != _rows(signing.rows):
        found.append("extensions")
    if not args["ignore_timestamps"]:
        dates = signing.dates()
        if (there.not_before, there.not_after) != (dates["before"], dates["after"]):
            found.append("dates")
    if not found and not _signed(there, text, signing):
        found.append("signature")
    return found


def _rows(rows: List[Extension]) -> Dict[str, Any]:
    """Return the extensions by OID, for order does not matter."""
    return {oid: (critical, value) for oid, critical, value in rows}


def _signed(there: Certificate, text: bytes, signing: Any) -> bool:
    """Tell whether the signer's key signed it, whatever the dates."""
    system = signing.system
    if signing.ca_certificate is not None:
        if there.issuer_raw != signing.ca_certificate.subject_raw:
            return False
        authority = signing.ca
    else:
        if there.issuer_raw != there.subject_raw:
            return False
        authority = text
    ca, leaf = system.temporary(authority), system.temporary(text)
    words = ["verify", "-partial_chain", "-no_check_time", "-check_ss_sig", "-CAfile", ca, leaf]
    done = signing.openssl.run(words)
    # purposes and lengths of a chain are not what is asked: only whether the signature is wrong
    return done.rc == 0 or "signature failure" not in (done.out + done.err).lower()
