"""Signs certificates with `openssl ca` in a private folder: any dates, serial numbers and extensions. Source: openssl-ca(1)."""

import datetime
import hashlib
import os
import re
from typing import Dict, List, Optional

from runner.target.decision import ModuleFailed
from runner.target.openssl.der import SEQUENCE, colons, read_one
from runner.target.openssl.program import OpenSsl
from runner.target.openssl.x509 import AKI, SKI, Extension

_UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}


def moment(text: str, now: float, option: str) -> str:
    """Return YYYYMMDDHHMMSSZ of "+30d", "-1h30m" or a time in ASN.1. now: seconds since 1970. Raises ModuleFailed."""
    words = str(text).strip()
    found = re.match(r"^([+-])((?:\d+[wdhms])*)(\d+)?$", words)
    if found and (found.group(2) or found.group(3)):
        seconds = sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([wdhms])", found.group(2)))
        seconds += int(found.group(3) or 0)
        at = now + (seconds if found.group(1) == "+" else -seconds)
        return (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=int(at))).strftime("%Y%m%d%H%M%SZ")
    for shape in ("%Y%m%d%H%M%SZ", "%Y%m%d%H%MZ", "%y%m%d%H%M%SZ"):
        try:
            return datetime.datetime.strptime(words, shape).strftime("%Y%m%d%H%M%SZ")
        except ValueError:
            continue
    raise ModuleFailed('The time spec "%s" for %s is invalid: write +30d, or YYYYMMDDHHMMSSZ' % (text, option))


def identifier(spki: bytes) -> bytes:
    """Return the usual identifier of a public key: SHA-1 of its bits (RFC 5280, 4.2.1.2)."""
    return sha1(read_one(spki).children[1].bits())


def sha1(data: bytes) -> bytes:
    """Return the SHA-1 digest."""
    # what identifiers are made of, not a matter of security
    return hashlib.sha1(data).digest()


def wanted_extensions(
    asked: List[Extension], spki: bytes, ski: str, authority: Optional[bytes], replace_authority: bool
) -> List[Extension]:
    """Return the extensions of the certificate. ski: create_if_not_provided, always_create or never_create. authority: the CA's."""
    rows = list(asked)
    provided = any(oid == SKI for oid, _, _ in rows)
    if ski in ("always_create", "never_create"):
        rows = [row for row in rows if row[0] != SKI]
    if ski == "always_create" or (ski == "create_if_not_provided" and not provided):
        rows.append((SKI, False, _wrapped(0x04, identifier(spki))))
    if replace_authority and authority is not None:
        rows = [row for row in rows if row[0] != AKI]
        rows.append((AKI, False, _wrapped(SEQUENCE, _wrapped(0x80, authority))))
    return rows


def _wrapped(tag: int, content: bytes) -> bytes:
    assert len(content) < 128
    return bytes([tag, len(content)]) + content


_CONFIG = """[ca]
default_ca = one
[one]
database = {folder}/index
serial = {folder}/serial
new_certs_dir = {folder}
default_md = {digest}
policy = any
unique_subject = no
string_mask = utf8only
x509_extensions = ext
[any]
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
emailAddress = optional
[ext]
"""


def sign(
    openssl: OpenSsl, request: bytes, key: bytes, ca: Optional[bytes], rows: List[Extension], dates: Dict[str, str], digest: str
) -> bytes:
    """Return the signed certificate, PEM.

    request: PEM. key: the signer's, unencrypted. ca: its certificate, None to sign with the request's own key. dates: before, after.
    """
    system = openssl.system
    folder = system.temporary_folder()
    lines = ["%s = %sDER:%s" % (oid, "critical," if critical else "", colons(value)) for oid, critical, value in rows]
    if openssl.major() >= 3:
        # from 3.0 on, identifiers that are not named are put in unasked; 1.1.1 does not know the word none
        present = {oid for oid, _, _ in rows}
        named = ((SKI, "subjectKeyIdentifier"), (AKI, "authorityKeyIdentifier"))
        lines += ["%s = none" % name for oid, name in named if oid not in present]
    text = _CONFIG.format(folder=folder, digest=digest) + "\n".join(lines) + "\n"
    serial = "%X" % (int.from_bytes(os.urandom(19), "big") | 1 << 144)
    files = {"config": text.encode(), "index": b"", "index.attr": b"unique_subject = no\n", "request": request,
             "serial": (serial if len(serial) % 2 == 0 else "0" + serial).encode() + b"\n"}  # fmt: skip
    if ca is not None:
        files["ca"] = ca
    for name, data in files.items():
        system.write_atomic(os.path.join(folder, name), data, mode=0o600)
    words = ["ca", "-batch", "-notext", "-preserveDN", "-config", os.path.join(folder, "config"), "-in", os.path.join(folder, "request"),
             "-startdate", dates["before"], "-enddate", dates["after"], "-keyfile", "/dev/stdin",
             "-out", os.path.join(folder, "certificate")]  # fmt: skip
    words += ["-selfsign"] if ca is None else ["-cert", os.path.join(folder, "ca")]
    openssl.must(words, "cannot sign the certificate", key)
    return bytes(system.read(os.path.join(folder, "certificate")))
