"""Ensures a certificate signing request for a private key, made by the openssl program. Source: openssl-req(1), RFC 2986."""

from typing import Any, Dict, List, Optional

from runner.target.openssl.der import BadDer, der_of
from runner.target.openssl.keys import load
from runner.target.openssl.names import SHORT, normal_name
from runner.target.openssl.program import OpenSsl
from runner.target.openssl.request_config import alternatives, configuration, subject
from runner.target.openssl.written import BACKEND, FILE_OPTIONS, current, given, put, require_folder, take_away
from runner.target.openssl.x509 import Request, extension_facts
from runner.target.option import option

_BOOLS = {
    "basic_constraints_critical": ["basicConstraints_critical"], "key_usage_critical": ["keyUsage_critical"],
    "extended_key_usage_critical": ["extKeyUsage_critical", "extendedKeyUsage_critical"],
    "subject_alt_name_critical": ["subjectAltName_critical"], "ocsp_must_staple": ["ocspMustStaple"],
    "ocsp_must_staple_critical": ["ocspMustStaple_critical"], "name_constraints_critical": [], "create_subject_key_identifier": [],
}  # fmt: skip
_WORDS = {
    "country_name": ["C", "countryName"], "state_or_province_name": ["ST", "stateOrProvinceName"], "locality_name": ["L", "localityName"],
    "organization_name": ["O", "organizationName"], "organizational_unit_name": ["OU", "organizationalUnitName"],
    "common_name": ["CN", "commonName"], "email_address": ["E", "emailAddress"],
}  # fmt: skip
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        FILE_OPTIONS,
        privatekey_path=option("path", "The key."),
        privatekey_content=option("str", "The key itself.", secret=True),
        privatekey_passphrase=option("str", "What it is encrypted with.", secret=True),
        digest=option("str", "Digest of the signature.", "sha256"),
        version=option("int", "Version.", 1, enum=[1]),
        subject=option("dict", "Subject: attribute -> value or values."),
        subject_ordered=option("list", "Subject: mappings of one attribute, in their order."),
        subject_alt_name=option("strs", "DNS:, IP:, email:, URI: ... names.", aliases=["subjectAltName"]),
        use_common_name_for_san=option("bool", "Without names, the common name is one.", True, aliases=["useCommonNameForSAN"]),
        key_usage=option("strs", "What the key is for.", aliases=["keyUsage"]),
        extended_key_usage=option("strs", "What else it is for.", aliases=["extKeyUsage", "extendedKeyUsage"]),
        basic_constraints=option("strs", "CA:TRUE, pathlen:0.", aliases=["basicConstraints"]),
        name_constraints_permitted=option("strs", "Names a CA may sign."),
        name_constraints_excluded=option("strs", "Names a CA may not sign."),
        subject_key_identifier=option("str", "Identifier, hexadecimal with colons."),
        authority_key_identifier=option("str", "Identifier of the CA's key."),
        authority_cert_issuer=option("strs", "Not supported."),
        authority_cert_serial_number=option("int", "Not supported."),
        crl_distribution_points=option("list", "Not supported."),
        select_crypto_backend=BACKEND,
        **dict({name: option("bool", "Flag of the request.", False, aliases=also) for name, also in _BOOLS.items()},
               **{name: option("str", "Part of the subject.", aliases=also) for name, also in _WORDS.items()})
    ),
    "required": ["path"],
    "required_if": [["state", "present", ["privatekey_path", "privatekey_content"], True]],
    "mutually_exclusive": [["privatekey_path", "privatekey_content"], ["subject", "subject_ordered"]],
}  # fmt: skip
RETURNS = {"filename": "the file", "privatekey": "the key's file", "subject": "pairs", "subjectAltName": "names", "keyUsage": "usages",
           "csr": "with return_content", "backup_file": "name of the copy"}  # fmt: skip
EXAMPLES = """
- openssl_csr:
    path: /etc/ssl/web.csr
    privatekey_path: /etc/ssl/private/web.key
    common_name: www.example.com
    subject_alt_name: ["DNS:www.example.com", "IP:10.0.0.5"]
"""
_SHORT = {long: short for short, long in SHORT.items() if short in ("CN", "C", "L", "ST", "O", "OU")}


def same(old: Request, new: Request, ordered: bool) -> bool:
    """Tell whether two requests ask for the same."""
    if old.spki != new.spki:
        return False
    if (old.subject if ordered else sorted(old.subject)) != (new.subject if ordered else sorted(new.subject)):
        return False
    return comparable(old.extensions) == comparable(new.extensions)


def comparable(rows: Any) -> Dict[str, Any]:
    """Return what extensions say, in a form in which order does not matter."""
    facts = extension_facts(rows)
    del facts["extensions_by_oid"]
    for key in ("subject_alt_name", "name_constraints_permitted", "name_constraints_excluded"):
        facts[key] = sorted(normal_name(each) for each in facts[key] or [])
    facts["basic_constraints"] = sorted(facts["basic_constraints"] or [])
    return facts


def _read(openssl: OpenSsl, text: bytes) -> Optional[Request]:
    """Return the request in a file; None when it is none, or its signature is wrong."""
    try:
        request = Request(der_of(text.decode("utf-8", "replace"), "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"))
    except (BadDer, ValueError, IndexError):
        return None
    done = openssl.run(["req", "-verify", "-noout"], text)
    # a program older than 1.1 ends with 0 also when the signature is wrong
    return request if done.rc == 0 and "verify failure" not in (done.out + done.err).lower() else None


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Bring the file to its state; what is wanted is made in memory and compared with what is there. Raises ModuleFailed."""
    result: Dict[str, Any] = {"filename": args["path"], "privatekey": args["privatekey_path"]}
    if args["state"] == "absent":
        return dict(result, **take_away(args, system))
    openssl = OpenSsl(system)
    require_folder(args, system)
    key, _ = load(openssl, given(args, system, "privatekey"), args["privatekey_passphrase"])
    made = _make(openssl, system, args, key)
    wanted = Request(der_of(made.decode("ascii"), "CERTIFICATE REQUEST"))
    old = current(args, system)
    there = _read(openssl, old) if old is not None else None
    fits = there is not None and same(there, wanted, bool(args["subject_ordered"]))
    content = None if fits and not args["force"] else made
    result.update(put(args, system, content))
    result.update(_told(args))
    if args["return_content"]:
        result["csr"] = (made if content else old or b"").decode("ascii", "replace")
    if system.diff:
        result["diff"] = {"before": _facts(there), "after": _facts(wanted if content else there)}
    return result


def _make(openssl: OpenSsl, system: Any, args: Dict[str, Any], key: bytes) -> bytes:
    config = system.temporary(configuration(args).encode("utf-8"))
    words = ["req", "-new", "-config", config, "-" + args["digest"], "-key", "/dev/stdin"]
    if not subject(args):
        words += ["-subj", "/"]
    return openssl.must(words, "cannot make the certificate signing request", key)


def _told(args: Dict[str, Any]) -> Dict[str, Any]:
    names: List[str] = alternatives(args)
    return {
        "subject": [[_SHORT.get(name, name), value] for name, value in subject(args)],
        "subjectAltName": names or None,
        "keyUsage": args["key_usage"],
        "extendedKeyUsage": args["extended_key_usage"],
        "basicConstraints": args["basic_constraints"],
        "ocspMustStaple": args["ocsp_must_staple"],
        "name_constraints_permitted": args["name_constraints_permitted"] or [],
        "name_constraints_excluded": args["name_constraints_excluded"] or [],
    }


def _facts(request: Optional[Request]) -> Dict[str, Any]:
    if request is None:
        return {}
    return dict(comparable(request.extensions), subject_ordered=[list(pair) for pair in request.subject])
