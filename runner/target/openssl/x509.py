"""Certificates, requests and public keys, read from DER (pure). Source: RFC 5280, RFC 2986, RFC 5480."""

import base64
import hashlib
from typing import Any, Dict, List, Optional, Tuple

from runner.target.openssl.der import BOOLEAN, OCTETS, BadDer, Node, colons, read_one
from runner.target.openssl.names import ALGORITHMS, EXTENDED, KEY_USAGE, general_name, general_names, name_pairs

Extension = Tuple[str, bool, bytes]
SAN, BASIC, USAGE, EXTENDED_USAGE, SKI, AKI, CONSTRAINTS, STAPLE, ACCESS = (
    "2.5.29.17", "2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.14", "2.5.29.35", "2.5.29.30", "1.3.6.1.5.5.7.1.24",
    "1.3.6.1.5.5.7.1.1",
)  # fmt: skip
CURVES = {
    "1.2.840.10045.3.1.7": ("secp256r1", 256), "1.3.132.0.34": ("secp384r1", 384), "1.3.132.0.35": ("secp521r1", 521),
    "1.3.132.0.33": ("secp224r1", 224), "1.3.132.0.10": ("secp256k1", 256), "1.2.840.10045.3.1.1": ("secp192r1", 192),
    "1.3.36.3.3.2.8.1.1.7": ("brainpoolP256r1", 256), "1.3.36.3.3.2.8.1.1.11": ("brainpoolP384r1", 384),
    "1.3.36.3.3.2.8.1.1.13": ("brainpoolP512r1", 512), "1.3.132.0.1": ("sect163k1", 163), "1.3.132.0.15": ("sect163r2", 163),
    "1.3.132.0.26": ("sect233k1", 233), "1.3.132.0.27": ("sect233r1", 233), "1.3.132.0.16": ("sect283k1", 283),
    "1.3.132.0.17": ("sect283r1", 283), "1.3.132.0.36": ("sect409k1", 409), "1.3.132.0.37": ("sect409r1", 409),
    "1.3.132.0.38": ("sect571k1", 571), "1.3.132.0.39": ("sect571r1", 571),
}  # fmt: skip
_EDWARDS = {"1.3.101.110": "X25519", "1.3.101.111": "X448", "1.3.101.112": "Ed25519", "1.3.101.113": "Ed448"}


class Request:
    """A certificate signing request. subject: pairs. spki: public key, DER. extensions: rows. signed, signature: for checking."""

    def __init__(self, der: bytes) -> None:
        info, self.algorithm, _ = read_one(der).children
        parts = info.children
        self.subject = name_pairs(parts[1])
        self.spki = parts[2].raw
        self.extensions: List[Extension] = []
        attributes = info.find(0xA0)
        for attribute in attributes.children if attributes is not None else []:
            if attribute.children[0].oid() == "1.2.840.113549.1.9.14":
                self.extensions = extensions(attribute.children[1].children[0])


class Certificate:
    """A certificate. Times are text as YYYYMMDDHHMMSSZ."""

    def __init__(self, der: bytes) -> None:
        self.der = der
        body, algorithm, _ = read_one(der).children
        parts = body.children
        self.version = parts[0].children[0].integer() + 1 if parts[0].tag == 0xA0 else 1
        parts = parts[1:] if parts[0].tag == 0xA0 else parts
        self.serial = parts[0].integer()
        self.algorithm = algorithm_name(algorithm)
        self.issuer = name_pairs(parts[2])
        self.not_before, self.not_after = (_time(each) for each in parts[3].children)
        self.subject = name_pairs(parts[4])
        self.subject_raw, self.issuer_raw = parts[4].raw, parts[2].raw
        self.spki = parts[5].raw
        outer = body.find(0xA3)
        self.extensions = extensions(outer.children[0]) if outer is not None else []


def _time(node: Node) -> str:
    text = node.content.decode("ascii")
    if node.tag == 0x17:
        text = ("20" if int(text[:2]) < 50 else "19") + text
    return text


def algorithm_name(node: Node) -> str:
    """Return the name of an AlgorithmIdentifier."""
    oid = node.children[0].oid()
    return ALGORITHMS.get(oid, "RSASSA-PSS" if oid == "1.2.840.113549.1.1.10" else oid)


def extensions(node: Node) -> List[Extension]:
    """Return (OID, critical, value) of Extensions."""
    found = []
    for row in node.children:
        parts = row.children
        critical = len(parts) == 3 and parts[1].tag == BOOLEAN and parts[1].content != b"\0"
        found.append((parts[0].oid(), critical, parts[-1].content))
    return found


def extension_facts(rows: List[Extension]) -> Dict[str, Any]:
    """Return what extensions say, under the names that the info modules return."""
    by = {oid: (critical, value) for oid, critical, value in rows}
    facts: Dict[str, Any] = {}
    for name, oid, read in (("subject_alt_name", SAN, lambda node: general_names(node.content)), ("basic_constraints", BASIC, _basic),
                            ("key_usage", USAGE, _usage), ("extended_key_usage", EXTENDED_USAGE, _extended)):  # fmt: skip
        facts[name] = read(read_one(by[oid][1])) if oid in by else None
        facts[name + "_critical"] = by[oid][0] if oid in by else False
    facts["ocsp_must_staple"] = True if STAPLE in by and _staple(by[STAPLE][1]) else None
    facts["ocsp_must_staple_critical"] = by[STAPLE][0] if STAPLE in by else False
    facts["subject_key_identifier"] = colons(read_one(by[SKI][1]).content) if SKI in by else None
    facts.update(_authority(by[AKI][1] if AKI in by else None))
    facts.update(_constraints(by.get(CONSTRAINTS)))
    facts["extensions_by_oid"] = {
        oid: {"critical": critical, "value": base64.b64encode(value).decode("ascii")} for oid, critical, value in rows
    }
    return facts


def _basic(node: Node) -> List[str]:
    parts = node.children
    found = ["CA:TRUE" if parts and parts[0].tag == BOOLEAN and parts[0].content != b"\0" else "CA:FALSE"]
    return found + ["pathlen:%d" % each.integer() for each in parts if each.tag == 2]


def _usage(node: Node) -> List[str]:
    bits = int.from_bytes(node.bits(), "big")
    count = 8 * len(node.bits())
    return sorted(name for place, name in enumerate(KEY_USAGE) if place < count and bits >> (count - 1 - place) & 1)


def _extended(node: Node) -> List[str]:
    return sorted(EXTENDED.get(each.oid(), each.oid()) for each in node.children)


def _staple(value: bytes) -> bool:
    return any(each.integer() == 5 for each in read_one(value).children)


def _authority(value: Optional[bytes]) -> Dict[str, Any]:
    found: Dict[str, Any] = {"authority_key_identifier": None, "authority_cert_issuer": None, "authority_cert_serial_number": None}
    for node in read_one(value).children if value is not None else []:
        if node.tag == 0x80:
            found["authority_key_identifier"] = colons(node.content)
        elif node.tag == 0xA1:
            found["authority_cert_issuer"] = general_names(node.content)
        elif node.tag == 0x82:
            found["authority_cert_serial_number"] = node.integer()
    return found


def _constraints(row: Optional[Tuple[bool, bytes]]) -> Dict[str, Any]:
    found: Dict[str, Any] = {"name_constraints_permitted": None, "name_constraints_excluded": None, "name_constraints_critical": False}
    if row is None:
        return found
    found.update(name_constraints_permitted=[], name_constraints_excluded=[], name_constraints_critical=row[0])
    for node in read_one(row[1]).children:
        key = "name_constraints_permitted" if node.tag == 0xA0 else "name_constraints_excluded"
        found[key] = [general_name(tree.children[0]) for tree in node.children]
    return found


def access(rows: List[Extension], method: str) -> Optional[str]:
    """Return the first address of an access method (OID) of Authority Information Access; None without one."""
    for oid, _, value in rows:
        if oid == ACCESS:
            for row in read_one(value).children:
                kind, place = row.children
                if kind.oid() == method and place.tag == 0x86:
                    return place.text()
    return None


def key_facts(spki: bytes) -> Tuple[str, Dict[str, Any]]:
    """Return (type, public data) of a SubjectPublicKeyInfo. type: RSA, DSA, ECC, Ed25519 ... or unknown (OID)."""
    algorithm, key = read_one(spki).children
    oid = algorithm.children[0].oid()
    if oid in ("1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10"):
        modulus, exponent = (each.integer() for each in read_one(key.bits()).children)
        return "RSA", {"size": modulus.bit_length(), "modulus": modulus, "exponent": exponent}
    if oid == "1.2.840.10045.2.1":
        return "ECC", _curve_facts(algorithm, key.bits())
    if oid == "1.2.840.10040.4.1":
        p, q, g = (each.integer() for each in algorithm.children[1].children)
        return "DSA", {"size": p.bit_length(), "p": p, "q": q, "g": g, "y": read_one(key.bits()).integer()}
    return _EDWARDS.get(oid, "unknown (%s)" % oid), {}


def _curve_facts(algorithm: Node, point: bytes) -> Dict[str, Any]:
    curve, size = CURVES.get(algorithm.children[1].oid(), (algorithm.children[1].oid(), 0))
    facts: Dict[str, Any] = {"curve": curve, "exponent_size": size}
    if point[:1] == b"\x04":
        half = (len(point) - 1) // 2
        facts.update(x=int.from_bytes(point[1 : 1 + half], "big"), y=int.from_bytes(point[1 + half :], "big"))
    return facts


def fingerprints(data: bytes) -> Dict[str, str]:
    """Return algorithm -> fingerprint as 00:11:..., for every algorithm that Python always has."""
    found = {}
    for name in sorted(hashlib.algorithms_guaranteed):
        try:
            state = hashlib.new(name, data)
        except ValueError:
            continue
        variable: Any = state
        found[name] = colons(variable.digest(32) if name.startswith("shake_") else state.digest())
    return found


def octets(value: bytes) -> bytes:
    """Return the bytes in an OCTET STRING."""
    node = read_one(value)
    if node.tag != OCTETS:
        raise BadDer("an octet string was expected")
    return node.content
