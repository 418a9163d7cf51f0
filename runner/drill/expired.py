"""An expired twin of a certificate: the same names, for a key that nobody has used, out of date since yesterday."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from runner.errors import TaskError

KEY_MARK = b"PRIVATE KEY-----"


def expired_twin(found: Sequence[bytes], names: Sequence[str]) -> Mapping[str, bytes]:
    """Return the files to put over a certificate and, where there is a second, over its key.

    found: what is in the certificate's file (PEM, perhaps with the key in it), and in the key's. names: of the files to make. The twin is
    signed by itself, so who checks the chain and does not get as far as the date complains of that instead.
    Raises TaskError where there is no certificate, or its key is elsewhere.
    """
    try:
        old = x509.load_pem_x509_certificates(found[0])[0]
    except (ValueError, IndexError) as cause:
        raise TaskError("the file holds no certificate in PEM") from cause
    together = KEY_MARK in found[0]
    if not together and len(names) < 2:
        raise TaskError("the certificate's key is in another file", remedy="name it with `key:`, or a prepared certificate with `with:`")
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    twin = (
        x509.CertificateBuilder()
        .subject_name(old.subject)
        .issuer_name(old.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=31))
        .not_valid_after(now - timedelta(days=1))
    )
    for extension in old.extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            twin = twin.add_extension(extension.value, extension.critical)
    text = twin.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {names[0]: text + secret} if together else {names[0]: text, names[1]: secret}
