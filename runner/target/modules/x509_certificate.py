"""Ensures a certificate that signs itself, or that a CA on the host signs, made by the openssl program. Source: openssl-ca(1), RFC 5280."""

from typing import Any, Dict, List, Optional, Tuple

from runner.target.decision import ModuleFailed
from runner.target.openssl.certificate_compare import problems
from runner.target.openssl.der import BadDer, der_of
from runner.target.openssl.keys import load
from runner.target.openssl.program import OpenSsl
from runner.target.openssl.sign import identifier, moment, sign, wanted_extensions
from runner.target.openssl.written import BACKEND, FILE_OPTIONS, current, given, put, require_folder, take_away
from runner.target.openssl.x509 import SKI, Certificate, Extension, Request, octets
from runner.target.option import option

_MAKE = "When the key's identifier is put in."
_SKI = ["create_if_not_provided", "always_create", "never_create"]


def _of(provider: str, also: Dict[str, List[str]]) -> Dict[str, Any]:
    return {
        provider + "_digest": option("str", "Digest of the signature.", "sha256"),
        provider + "_not_before": option("str", "From when it is valid: +0s, or YYYYMMDDHHMMSSZ.", "+0s", aliases=also.get("before", [])),
        provider + "_not_after": option("str", "Until when.", "+3650d", aliases=also.get("after", [])),
        provider + "_version": option("int", "Version; only 3.", 3),
        provider + "_create_subject_key_identifier": option("str", _MAKE, _SKI[0], enum=_SKI),
    }


ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        FILE_OPTIONS,
        provider=option("str", "Who signs. acme and entrust are not supported here.", enum=["acme", "entrust", "ownca", "selfsigned"]),
        csr_path=option("path", "The request."),
        csr_content=option("str", "The request itself."),
        privatekey_path=option("path", "The key."),
        privatekey_content=option("str", "The key itself.", secret=True),
        privatekey_passphrase=option("str", "What it is encrypted with.", secret=True),
        ignore_timestamps=option("bool", "Other dates alone are no reason to sign anew.", True),
        ownca_path=option("path", "The CA's certificate."),
        ownca_content=option("str", "The CA's certificate itself."),
        ownca_privatekey_path=option("path", "The CA's key."),
        ownca_privatekey_content=option("str", "The CA's key itself.", secret=True),
        ownca_privatekey_passphrase=option("str", "What that is encrypted with.", secret=True),
        ownca_create_authority_key_identifier=option("bool", "Put in which key of the CA signed.", True),
        select_crypto_backend=BACKEND,
        **dict(_of("ownca", {}), **_of("selfsigned", {"before": ["selfsigned_notBefore"], "after": ["selfsigned_notAfter"]}))
    ),
    "required": ["path"],
    "required_if": [["state", "present", ["provider"]]],
    "mutually_exclusive": [["csr_path", "csr_content"], ["privatekey_path", "privatekey_content"], ["ownca_path", "ownca_content"],
                           ["ownca_privatekey_path", "ownca_privatekey_content"]],
}  # fmt: skip
RETURNS = {"filename": "the file", "privatekey": "the key's file", "csr": "the request's file", "notBefore": "from when it is valid",
           "notAfter": "until when", "serial_number": "number", "certificate": "with return_content",
           "backup_file": "name of the copy"}  # fmt: skip
EXAMPLES = """
- x509_certificate:
    path: /etc/ssl/web.crt
    csr_path: /etc/ssl/web.csr
    provider: ownca
    ownca_path: /etc/ssl/ca.crt
    ownca_privatekey_path: /etc/ssl/private/ca.key
    ownca_not_after: +365d
"""


class Signing:
    """All that a certificate is made of. rows: its extensions. spki: its key. key: the signer's, unencrypted."""

    def __init__(self, args: Dict[str, Any], system: Any, openssl: OpenSsl) -> None:
        self.args, self.system, self.openssl = args, system, openssl
        self.provider = args["provider"]
        self.ca: Optional[bytes] = None
        self.ca_certificate: Optional[Certificate] = None
        self.request_text = self._request()
        if self.provider == "ownca":
            self._authority()
            self.key, self.signer = load(openssl, given(args, system, "ownca_privatekey"), args["ownca_privatekey_passphrase"])
        else:
            self.key, self.signer = load(openssl, given(args, system, "privatekey"), args["privatekey_passphrase"])
            self.request_text = self.request_text or self._own_request()
        self.request = self._parsed()
        self._check_keys()
        self.rows = self._extensions()

    def _request(self) -> Optional[bytes]:
        text = given(self.args, self.system, "csr")
        if text is None and self.provider == "ownca":
            raise ModuleFailed("csr_path or csr_content is required for ownca provider")
        return text

    def _own_request(self) -> bytes:
        config = self.system.temporary(b"[req]\nprompt = no\ndistinguished_name = dn\n[dn]\n")
        words = ["req", "-new", "-config", config, "-subj", "/", "-key", "/dev/stdin"]
        return self.openssl.must(words, "cannot make a request for the certificate", self.key)

    def _parsed(self) -> Request:
        text = self.request_text or b""
        try:
            request = Request(der_of(text.decode("utf-8", "replace"), "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"))
        except (BadDer, ValueError, IndexError) as error:
            raise ModuleFailed("cannot read the certificate signing request: %s" % error)
        done = self.openssl.run(["req", "-verify", "-noout"], text)
        if done.rc != 0 or "verify failure" in (done.out + done.err).lower():
            raise ModuleFailed("The signature of the certificate signing request is not valid")
        return request

    def _authority(self) -> None:
        self.ca = given(self.args, self.system, "ownca")
        if self.ca is None:
            raise ModuleFailed("One of ownca_path or ownca_content must be specified with provider ownca")
        try:
            self.ca_certificate = Certificate(der_of(self.ca.decode("utf-8", "replace"), "CERTIFICATE", "X509 CERTIFICATE"))
        except (BadDer, ValueError, IndexError) as error:
            raise ModuleFailed("cannot read the CA's certificate: %s" % error)

    def _check_keys(self) -> None:
        if self.ca_certificate is not None and self.ca_certificate.spki != self.signer:
            raise ModuleFailed("The CA private key does not belong to the CA certificate")
        if self.provider == "selfsigned" and self.request.spki != self.signer:
            raise ModuleFailed("The private key does not belong to the certificate signing request")
        if self.args[self.provider + "_version"] != 3:
            raise ModuleFailed("only version 3 certificates are made")

    def _extensions(self) -> List[Extension]:
        authority = None
        if self.ca_certificate is not None:
            authority = next((octets(value) for oid, _, value in self.ca_certificate.extensions if oid == SKI), None)
            authority = authority or identifier(self.ca_certificate.spki)
        ski = self.args[self.provider + "_create_subject_key_identifier"]
        replace = self.args["ownca_create_authority_key_identifier"]
        return wanted_extensions(self.request.extensions, self.request.spki, ski, authority, replace)

    def dates(self) -> Dict[str, str]:
        """Return from and until when it is to be valid."""
        now = self.system.now()
        names = (self.provider + "_not_before", self.provider + "_not_after")
        before, after = (moment(self.args[name], now, name) for name in names)
        return {"before": before, "after": after}

    def make(self) -> bytes:
        """Return a new certificate, PEM."""
        digest = self.args[self.provider + "_digest"]
        return sign(self.openssl, self.request_text or b"", self.key, self.ca, self.rows, self.dates(), digest)


def _there(text: Optional[bytes]) -> Optional[Certificate]:
    if text is None:
        return None
    try:
        return Certificate(der_of(text.decode("utf-8", "replace"), "CERTIFICATE", "X509 CERTIFICATE"))
    except (BadDer, ValueError, IndexError):
        return None


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Bring the file to its state. Raises ModuleFailed."""
    result: Dict[str, Any] = {"filename": args["path"]}
    if args["state"] == "absent":
        return dict(result, privatekey=args["privatekey_path"], csr=args["csr_path"], **take_away(args, system))
    if args["provider"] not in ("selfsigned", "ownca"):
        raise ModuleFailed("provider %s is not supported here; selfsigned and ownca are" % args["provider"])
    openssl = OpenSsl(system)
    require_folder(args, system)
    signing = Signing(args, system, openssl)
    old = current(args, system)
    there = _there(old)
    content: Optional[bytes] = None
    if args["force"] or there is None or old is None or problems(there, old, signing):
        content = b"" if system.check else signing.make()
    result.update(put(args, system, content))
    now = _there(content) if content else there
    result.update(_told(args, signing, now, content is not None))
    if args["return_content"]:
        result["certificate"] = (content or old or b"").decode("ascii", "replace") or None
    if system.diff:
        result["diff"] = {"before": _facts(there), "after": _facts(now)}
    return result


def _told(args: Dict[str, Any], signing: Signing, now: Optional[Certificate], new: bool) -> Dict[str, Any]:
    told: Dict[str, Any] = {"privatekey": args["privatekey_path"], "csr": args["csr_path"]}
    if signing.provider == "ownca":
        told.update(ca_cert=args["ownca_path"], ca_privatekey=args["ownca_privatekey_path"])
    if now is None or (new and signing.system.check):
        return dict(told, notBefore=signing.dates()["before"], notAfter=signing.dates()["after"], serial_number=None)
    return dict(told, notBefore=now.not_before, notAfter=now.not_after, serial_number=now.serial)


def _facts(certificate: Optional[Certificate]) -> Dict[str, Any]:
    if certificate is None:
        return {}
    pairs: List[Tuple[str, str]] = certificate.subject
    return {"subject": [list(pair) for pair in pairs], "not_before": certificate.not_before, "not_after": certificate.not_after,
            "serial_number": certificate.serial}  # fmt: skip
