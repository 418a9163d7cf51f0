"""The options of openssl_csr -> a configuration for `openssl req` (pure). Source: openssl-req(1), x509v3_config(5)."""

import re
from typing import Any, Dict, List, Tuple

from runner.target.decision import ModuleFailed
from runner.target.openssl.names import EXTENDED, KEY_USAGE, NAMES, SHORT
from runner.target.openssl.x509 import AKI

_FIELDS = (("country_name", "countryName"), ("state_or_province_name", "stateOrProvinceName"), ("locality_name", "localityName"),
           ("organization_name", "organizationName"), ("organizational_unit_name", "organizationalUnitName"),
           ("common_name", "commonName"), ("email_address", "emailAddress"))  # fmt: skip
_USAGES = {"digitalSignature": 0, "nonRepudiation": 1, "contentCommitment": 1, "keyEncipherment": 2, "dataEncipherment": 3,
           "keyAgreement": 4, "keyCertSign": 5, "cRLSign": 6, "encipherOnly": 7, "decipherOnly": 8}  # fmt: skip
_PURPOSES = {"serverAuth": "1.3.6.1.5.5.7.3.1", "clientAuth": "1.3.6.1.5.5.7.3.2", "codeSigning": "1.3.6.1.5.5.7.3.3",
             "emailProtection": "1.3.6.1.5.5.7.3.4", "timeStamping": "1.3.6.1.5.5.7.3.8", "OCSPSigning": "1.3.6.1.5.5.7.3.9",
             "anyExtendedKeyUsage": "2.5.29.37.0"}  # fmt: skip


def subject(args: Dict[str, Any]) -> List[Tuple[str, str]]:
    """Return (attribute, value) of the subject, in its order."""
    pairs: List[Tuple[str, str]] = []
    if args["subject_ordered"]:
        for row in args["subject_ordered"]:
            if len(row) != 1:
                raise ModuleFailed("every element of subject_ordered is a mapping of one key")
            pairs += [(_attribute(key), str(value)) for key, value in row.items()]
    for key, value in (args["subject"] or {}).items():
        pairs += [(_attribute(key), str(each)) for each in (value if isinstance(value, list) else [value])]
    if not args["subject_ordered"]:
        pairs = [(name, str(args[key])) for key, name in _FIELDS if args[key] is not None] + pairs
    return [pair for pair in pairs if pair[1] != ""]


def _attribute(name: str) -> str:
    known = SHORT.get(name, name)
    if known not in NAMES.values() and not re.match(r"^\d+(\.\d+)+$", known):
        raise ModuleFailed("Cannot find object id for subject field %s" % name)
    return known


def alternatives(args: Dict[str, Any]) -> List[str]:
    """Return the subject alternative names; the common name stands in when there are none."""
    if args["subject_alt_name"] is not None:
        return list(args["subject_alt_name"])
    if args["use_common_name_for_san"]:
        names = [value for name, value in subject(args) if name == "commonName"]
        return ["DNS:" + names[0]] if names else []
    return []


def usage_names(given: List[str]) -> List[str]:
    """Return openssl's words for key usages written in either way. Raises ModuleFailed."""
    words = list(_USAGES)
    by_long = {name: next(word for word in words if _USAGES[word] == place) for place, name in enumerate(KEY_USAGE)}
    found = [by_long.get(each, each) for each in given]
    for each in found:
        if each not in _USAGES:
            raise ModuleFailed("Unknown key usage '%s'" % each)
    return ["nonRepudiation" if each == "contentCommitment" else each for each in found]


def purpose(text: str) -> str:
    """Return the OID of an extended key usage written as OID, long or short name."""
    by_long = {name: oid for oid, name in EXTENDED.items()}
    found = _PURPOSES.get(text) or by_long.get(text) or text
    if not re.match(r"^\d+(\.\d+)+$", found):
        raise ModuleFailed("Cannot find object id for extended key usage %s" % text)
    return found


def _critical(args: Dict[str, Any], key: str) -> str:
    return "critical," if args[key] else ""


def _hex(text: str, option: str) -> str:
    value = text.replace(":", "")
    if not re.match(r"^([0-9a-fA-F]{2})+$", value):
        raise ModuleFailed("Cannot parse %s: %s is no hexadecimal text with colons" % (option, text))
    return value.upper()


class Config:
    """A configuration file being put together."""

    def __init__(self) -> None:
        self.extensions: List[Tuple[str, str]] = []
        self.sections: List[str] = []

    def names(self, title: str, names: List[str]) -> str:
        """Add a section of general names and return its reference."""
        lines, extra = [], []
        for number, text in enumerate(names):
            kind, _, value = text.partition(":")
            word = {"email": "email", "URI": "URI", "DNS": "DNS", "RID": "RID", "IP": "IP", "dirName": "dirName",
                    "otherName": "otherName"}.get(kind)  # fmt: skip
            if word is None:
                raise ModuleFailed('Cannot parse Subject Alternative Name "%s": write DNS:, IP:, email:, URI:, RID:, dirName: or otherName:'
                                   % text)  # fmt: skip
            if word == "dirName":
                section = "%s_dir%d" % (title, number)
                pairs = [part.partition("=") for part in value.strip("/").replace("/", ",").split(",") if part]
                extra.append("[%s]\n" % section + "".join("%d.%s = %s\n" % (place, SHORT.get(key.strip(), key.strip()), quoted(each))
                                                          for place, (key, _, each) in enumerate(pairs)))  # fmt: skip
                value = section
            lines.append("%s.%d = %s" % (word, number, quoted(value)))
        self.sections.append("[%s]\n%s\n" % (title, "\n".join(lines)) + "".join(extra))
        return "@" + title


def quoted(value: str) -> str:
    """Return a value as the configuration's syntax wants it. Raises ModuleFailed for a line break."""
    if "\n" in value or "\r" in value:
        raise ModuleFailed("a name in a certificate cannot hold a line break: %r" % value)
    return re.sub(r"([\\#\"'$])", r"\\\1", value)


def configuration(args: Dict[str, Any]) -> str:
    """Return the configuration of the request. Raises ModuleFailed for what cannot be said in it."""
    if args["crl_distribution_points"]:
        raise ModuleFailed("crl_distribution_points is not supported here; sign with an extension file of your own")
    config = Config()
    _extensions(args, config)
    lines = ["[req]", "prompt = no", "string_mask = utf8only", "utf8 = yes", "distinguished_name = dn"]
    if config.extensions:
        lines.append("req_extensions = ext")
    lines.append("[dn]")
    lines += ["%d.%s = %s" % (place, name, quoted(value)) for place, (name, value) in enumerate(subject(args))]
    lines.append("[ext]")
    lines += ["%s = %s" % pair for pair in config.extensions]
    return "\n".join(lines) + "\n" + "".join(config.sections)


def _extensions(args: Dict[str, Any], config: Config) -> None:
    add = config.extensions.append
    names = alternatives(args)
    if names:
        add(("subjectAltName", _critical(args, "subject_alt_name_critical") + config.names("san", names)))
    if args["key_usage"]:
        add(("keyUsage", _critical(args, "key_usage_critical") + ",".join(usage_names(args["key_usage"]))))
    if args["extended_key_usage"]:
        oids = [purpose(each) for each in args["extended_key_usage"]]
        add(("extendedKeyUsage", _critical(args, "extended_key_usage_critical") + ",".join(oids)))
    if args["basic_constraints"]:
        add(("basicConstraints", _critical(args, "basic_constraints_critical") + ",".join(args["basic_constraints"])))
    if args["ocsp_must_staple"]:
        add(("tlsfeature", _critical(args, "ocsp_must_staple_critical") + "status_request"))
    if args["name_constraints_permitted"] or args["name_constraints_excluded"]:
        add(("nameConstraints", _critical(args, "name_constraints_critical") + _constraints(args)))
    if args["create_subject_key_identifier"]:
        add(("subjectKeyIdentifier", "hash"))
    elif args["subject_key_identifier"]:
        add(("subjectKeyIdentifier", _hex(args["subject_key_identifier"], "subject_key_identifier")))
    if args["authority_cert_issuer"] or args["authority_cert_serial_number"] is not None:
        raise ModuleFailed("authority_cert_issuer and authority_cert_serial_number are not supported here; authorities ignore them")
    if args["authority_key_identifier"]:
        value = _hex(args["authority_key_identifier"], "authority_key_identifier")
        content = bytes.fromhex(value)
        der = bytes([0x30, len(content) + 2, 0x80, len(content)]) + content
        add((AKI, "DER:" + ":".join("%02X" % byte for byte in der)))


def _constraints(args: Dict[str, Any]) -> str:
    parts = []
    for word, key in (("permitted", "name_constraints_permitted"), ("excluded", "name_constraints_excluded")):
        for text in args[key] or []:
            kind, _, value = text.partition(":")
            if kind == "IP" and "/" in value:
                value = _network(value)
            if "," in value or kind == "dirName":
                raise ModuleFailed("name constraints of kind dirName, or with commas, are not supported here: %s" % text)
            parts.append("%s;%s:%s" % (word, kind, value))
    return ",".join(parts)


def _network(text: str) -> str:
    parts = text.split("/")
    if not parts[1].isdigit():
        return text
    bits = int(parts[1])
    size = 128 if ":" in parts[0] else 32
    mask = ((1 << bits) - 1) << (size - bits)
    if size == 32:
        return "%s/%s" % (parts[0], ".".join(str(mask >> shift & 255) for shift in (24, 16, 8, 0)))
    return "%s/%s" % (parts[0], ":".join("%x" % (mask >> shift & 0xFFFF) for shift in range(112, -16, -16)))
