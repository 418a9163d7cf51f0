"""Names of what certificates are made of: object identifiers, distinguished names and general names (pure). Source: RFC 5280."""

import ipaddress
from typing import Any, List, Tuple

from runner.target.openssl.der import Node, read_all

NAMES = {
    "2.5.4.3": "commonName", "2.5.4.4": "surname", "2.5.4.5": "serialNumber", "2.5.4.6": "countryName", "2.5.4.7": "localityName",
    "2.5.4.8": "stateOrProvinceName", "2.5.4.9": "streetAddress", "2.5.4.10": "organizationName", "2.5.4.11": "organizationalUnitName",
    "2.5.4.12": "title", "2.5.4.17": "postalCode", "2.5.4.42": "givenName", "2.5.4.44": "generationQualifier", "2.5.4.46": "dnQualifier",
    "2.5.4.65": "pseudonym", "1.2.840.113549.1.9.1": "emailAddress", "0.9.2342.19200300.100.1.1": "userId",
    "0.9.2342.19200300.100.1.25": "domainComponent", "2.5.4.13": "description", "2.5.4.97": "organizationIdentifier",
}  # fmt: skip
SHORT = {"CN": "commonName", "C": "countryName", "L": "localityName", "ST": "stateOrProvinceName", "O": "organizationName",
         "OU": "organizationalUnitName", "SN": "surname", "GN": "givenName", "DC": "domainComponent", "UID": "userId",
         "E": "emailAddress"}  # fmt: skip
KEY_USAGE = ("Digital Signature", "Non Repudiation", "Key Encipherment", "Data Encipherment", "Key Agreement", "Certificate Sign",
             "CRL Sign", "Encipher Only", "Decipher Only")  # fmt: skip
EXTENDED = {
    "1.3.6.1.5.5.7.3.1": "TLS Web Server Authentication", "1.3.6.1.5.5.7.3.2": "TLS Web Client Authentication",
    "1.3.6.1.5.5.7.3.3": "Code Signing", "1.3.6.1.5.5.7.3.4": "E-mail Protection", "1.3.6.1.5.5.7.3.8": "Time Stamping",
    "1.3.6.1.5.5.7.3.9": "OCSP Signing", "2.5.29.37.0": "Any Extended Key Usage", "1.3.6.1.5.5.7.1.2": "Biometric Info",
    "1.3.6.1.5.5.7.3.10": "DVCS",
}  # fmt: skip
ALGORITHMS = {
    "1.2.840.113549.1.1.4": "md5WithRSAEncryption", "1.2.840.113549.1.1.5": "sha1WithRSAEncryption",
    "1.2.840.113549.1.1.11": "sha256WithRSAEncryption", "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
    "1.2.840.113549.1.1.13": "sha512WithRSAEncryption", "1.2.840.113549.1.1.14": "sha224WithRSAEncryption",
    "1.2.840.10045.4.3.2": "ecdsa-with-SHA256", "1.2.840.10045.4.3.3": "ecdsa-with-SHA384", "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
    "1.2.840.10045.4.1": "ecdsa-with-SHA1", "1.3.101.112": "ED25519", "1.3.101.113": "ED448", "1.2.840.10040.4.3": "dsaWithSHA1",
    "2.16.840.1.101.3.4.3.2": "dsa_with_SHA256",
}  # fmt: skip


def name_pairs(node: Node) -> List[Tuple[str, str]]:
    """Return (attribute, value) of a Name, in its order."""
    found = []
    for group in node.children:
        for pair in group.children:
            kind, value = pair.children
            found.append((NAMES.get(kind.oid(), kind.oid()), value.text()))
    return found


def general_names(data: bytes) -> List[str]:
    """Return the names of a GeneralNames' content as DNS:x, IP:x, URI:x ..."""
    return [general_name(node) for node in read_all(data)]


def general_name(node: Node) -> str:
    """Return one GeneralName, as DNS:x."""
    number = node.tag & 0x1F
    if number in (1, 2, 6):
        return "%s:%s" % ({1: "email", 2: "DNS", 6: "URI"}[number], node.text())
    if number == 7:
        return "IP:%s" % _address(node.content)
    if number == 8:
        return "RID:%s" % node.oid()
    if number == 4:
        pairs = name_pairs(node.children[0])
        short = {long: key for key, long in SHORT.items() if key != "E"}
        return "dirName:" + ",".join("%s=%s" % (short.get(key, key), value) for key, value in pairs)
    return "otherName:%s;%s" % (node.children[0].oid(), ":".join("%02X" % byte for byte in node.children[1].content))


def _address(data: bytes) -> str:
    if len(data) in (4, 16):
        return str(ipaddress.ip_address(data))
    half = len(data) // 2
    mask = int.from_bytes(data[half:], "big")
    return "%s/%d" % (ipaddress.ip_address(data[:half]), bin(mask).count("1"))


def normal_name(text: str) -> str:
    """Return a general name in the one way of writing that comparisons use."""
    kind, _, value = text.partition(":")
    if kind == "IP":
        try:
            found: Any = ipaddress.ip_network(value, strict=False) if "/" in value else ipaddress.ip_address(value)
            return "IP:%s" % found
        except ValueError:
            return text
    return text
