"""Ensures a public key in rpm's database; needs rpm and gpg on the host. Source: rpmkeys(8), gpg(1)."""

import re
from typing import Any, Dict, List

from runner.target import deb822
from runner.target.decision import ModuleFailed
from runner.target.option import option
from runner.target.programs import program

ARGUMENTS = {
    "type": "object",
    "properties": {
        "key": option("str", "Address of the key, a file of the host, or the id of a key to remove."),
        "state": option("str", "Whether it is there.", "present", enum=["absent", "present"]),
        "validate_certs": option("bool", "Accepted for compatibility: certificates are checked.", True),
        "fingerprint": option("strs", "Fingerprints one of which the key must have."),
    },
    "required": ["key"],
}
RETURNS: Dict[str, str] = {}
EXAMPLES = """
- name: The vendor's key
  rpm_key: {key: "https://rpm.example.org/key.asc", fingerprint: "EBC6 E12C 62B1 C734 026B  2122 A20E 5214 6B8D 79E6"}
"""


def parse_keys(text: str) -> List[str]:
    """Return the long ids of the public keys in what `gpg --with-colons` prints."""
    return re.findall(r"^pub:(?:[^:]*:){3}([0-9A-F]+):", text, re.M)


def parse_fingerprints(text: str) -> List[str]:
    """Return the fingerprints of the primary keys in what `gpg --with-colons --fingerprint` prints."""
    return re.findall(r"^pub:.*\n(?:tru:.*\n)?fpr:+([0-9A-F]+):", text, re.M)


def _id(text: str) -> str:
    plain = text.strip().upper()
    return plain[2:] if plain.startswith("0X") else plain


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Import or erase the key."""
    rpm = program(system, "rpm")
    key = args["key"]
    path = ""
    if "://" in key:
        path = system.temporary(deb822.fetch(key, "the key"), suffix=".asc")
    elif re.match(r"^(0x)?[0-9a-f]{8}([0-9a-f]{8}){0,4}$", key.strip(), re.I):
        if args["state"] == "present":
            raise ModuleFailed("When importing a key, a valid file must be given")
    elif system.is_file(key):
        path = key
    else:
        raise ModuleFailed("Not a valid key %s" % key)
    ident = _read(args, path, system) if path else _id(key)
    there = _installed(rpm, ident, system)
    if (args["state"] == "present") == bool(there):
        return {"changed": False}
    if system.check:
        return {"changed": True}
    if args["state"] == "present":
        system.run([rpm, "--import", path], fail="The key cannot be imported")
    else:
        system.run([rpm, "--erase", "--allmatches"] + there, fail="The key cannot be erased")
    return {"changed": True}


def _read(args: Dict[str, Any], path: str, system: Any) -> str:
    """Return the id of the key in a file, its fingerprint checked."""
    text = system.read(path).decode("latin-1")
    if "-----BEGIN PGP PUBLIC KEY BLOCK" not in text:
        raise ModuleFailed("Not a public key: %s" % args["key"])
    gpg = system.which("gpg") or program(system, "gpg2")
    words = [gpg, "--no-tty", "--batch", "--with-colons", "--fixed-list-mode", "--with-fingerprint", "--show-keys", path]
    out = system.run(words, environ={"GNUPGHOME": system.temporary_folder()}, fail="Unexpected gpg output").out
    ids, prints = parse_keys(out), parse_fingerprints(out)
    if not ids:
        raise ModuleFailed("Unexpected gpg output")
    wanted = [re.sub(r"\s", "", each).upper() for each in args["fingerprint"] or []]
    if wanted and not set(wanted) & set(prints):
        text = "The specified fingerprint, '%s', does not match any key fingerprints in '%s'" % (", ".join(wanted), prints)
        raise ModuleFailed(text)
    return ids[0]


def _installed(rpm: str, ident: str, system: Any) -> List[str]:
    """Return the packages `gpg-pubkey-...` that stand for a key; their version is the end of its id."""
    ran = system.run([rpm, "-q", "gpg-pubkey", "--qf", "%{NAME}-%{VERSION}-%{RELEASE}\n"])
    if ran.rc != 0:
        return []
    short = ident[-8:].lower()
    return [line for line in ran.out.split() if line.startswith("gpg-pubkey-") and line.split("-")[2][-8:] == short]
