"""Ensures a key in apt's trusted keys, as a file of trusted.gpg.d; needs gpg on the host to read keys. Source: apt-key(8)."""

import re
from typing import Any, Dict, List, Optional

from runner.target import deb822
from runner.target.decision import ModuleFailed
from runner.target.programs import program

ARGUMENTS = {
    "type": "object",
    "properties": {
        "id": {
            "type": "string",
            "description": "Fingerprint or key id: checked against the key, and enough when that is there already.",
        },
        "url": {"type": "string", "description": "Where to get the key."},
        "data": {"type": "string", "description": "The key itself."},
        "file": {"type": "string", "format": "path", "description": "A key file on the host."},
        "keyserver": {"type": "string", "description": "Server to ask for the key of that id."},
        "keyring": {
            "type": "string",
            "format": "path",
            "description": "Keyring to put it in; a file of trusted.gpg.d without it.",
        },
        "state": {"type": "string", "enum": ["absent", "present"], "default": "present", "description": "Whether it is there."},
        "validate_certs": {
            "type": "boolean",
            "default": True,
            "description": "Accepted for compatibility: certificates are checked.",
        },
    },
    "mutually_exclusive": [["data", "file", "keyserver", "url"]],
    "required_if": [["state", "absent", ["id"]]],
}
RETURNS = {
    "id": "as asked",
    "key_id": "the key's long id",
    "short_id": "its last eight digits",
    "fp": "its fingerprint",
    "before": "fingerprints there were",
    "after": "fingerprints there are",
}
EXAMPLES = """
- name: The vendor's key (deb822_repository with signed_by is better)
  apt_key: {url: https://apt.example.org/key.asc}
"""
FOLDER, OLD = "/etc/apt/trusted.gpg.d", "/etc/apt/trusted.gpg"


def parse_fingerprints(text: str) -> List[str]:
    """Return the fingerprints of `gpg --with-colons --show-keys` (primary keys and subkeys)."""
    return re.findall(r"^fpr:+([0-9A-F]{32,64}):", text, re.M)


def plain_id(text: str) -> str:
    """Return an id without blanks and 0x, in capitals."""
    found = re.sub(r"\s", "", text).upper()
    found = found[2:] if found.startswith("0X") else found
    if not re.match(r"^[0-9A-F]{8,40}$", found):
        raise ModuleFailed("Invalid key_id", id=text)
    return found


def _fingerprints(paths: List[str], system: Any) -> List[str]:
    if not paths:
        return []
    gpg = program(system, "gpg")
    found: List[str] = []
    for path in paths:
        answer = system.run([gpg, "--batch", "--no-default-keyring", "--with-colons", "--show-keys", "--fingerprint", path])
        found += parse_fingerprints(answer.out)
    return found


def _keyrings(args: Dict[str, Any], system: Any) -> List[str]:
    if args["keyring"]:
        return [args["keyring"]] if system.exists(args["keyring"]) else []
    paths = [OLD] if system.exists(OLD) else []
    names = system.listdir(FOLDER) if system.is_dir(FOLDER) else []
    return paths + ["%s/%s" % (FOLDER, name) for name in names if name.endswith((".gpg", ".asc"))]


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Add or remove the key."""
    wanted = plain_id(args["id"]) if args["id"] else ""
    rings = _keyrings(args, system)
    before = _fingerprints(rings, system)
    result: Dict[str, Any] = {"changed": False, "id": args["id"], "before": before, "after": before}
    if args["state"] == "absent":
        return _remove(wanted, rings, result, system)
    if wanted and any(each.endswith(wanted) for each in before):
        return dict(result, **_names(wanted, before))
    data = _key(args, wanted, system)
    path = system.temporary(data, suffix=".asc" if deb822.armoured(data) else ".gpg")
    prints = _fingerprints([path], system)
    if not prints:
        raise ModuleFailed("The key is not an OpenPGP public key", id=args["id"])
    if wanted and not any(each.endswith(wanted) for each in prints):
        raise ModuleFailed("key does not seem to have been added: it has the fingerprint %s, not %s" % (prints[0], wanted), id=args["id"])
    names = _names(prints[0], prints)
    if prints[0] in before:
        return dict(result, **names)
    if not system.check:
        if args["keyring"]:
            _import(path, args["keyring"], system)
        else:
            name = "%s/%s.%s" % (FOLDER, prints[0].lower(), "asc" if deb822.armoured(data) else "gpg")
            system.write_atomic(name, data, mode=0o644)
    return dict(result, changed=True, after=before + prints, **names)


def _names(wanted: str, prints: List[str]) -> Dict[str, Any]:
    found: Optional[str] = next((each for each in prints if each.endswith(wanted)), None)
    return {"fp": found, "key_id": found[-16:] if found else None, "short_id": found[-8:] if found else None}


def _key(args: Dict[str, Any], wanted: str, system: Any) -> bytes:
    if args["url"]:
        return deb822.fetch(args["url"], "the key")
    if args["data"]:
        return str(args["data"]).encode()
    if args["file"]:
        return bytes(system.read(args["file"]))
    if args["keyserver"] and wanted:
        home = system.temporary_folder()
        words = [program(system, "gpg"), "--homedir", home, "--batch", "--keyserver", args["keyserver"], "--recv-keys", wanted]
        system.run(words, timeout=60, fail="Error fetching key %s from keyserver: %s" % (wanted, args["keyserver"]))
        return bytes(system.run([words[0], "--homedir", home, "--batch", "--export", wanted]).out_bytes)
    raise ModuleFailed("key %s is not there, and neither url, data, file nor keyserver says where to get it" % (args["id"] or ""))


def _import(path: str, keyring: str, system: Any) -> None:
    words = [program(system, "gpg"), "--batch", "--no-default-keyring", "--keyring", keyring, "--import", path]
    system.run(words, fail="The key cannot be put into %s" % keyring)


def _remove(wanted: str, rings: List[str], result: Dict[str, Any], system: Any) -> Dict[str, Any]:
    for ring in rings:
        prints = _fingerprints([ring], system)
        match = next((each for each in prints if each.endswith(wanted)), None)
        if match is None:
            continue
        result["changed"] = True
        result["after"] = [each for each in result["after"] if each != match]
        if system.check:
            continue
        if (ring != OLD and len([each for each in prints if each != match]) == 0) or ring.endswith(".asc"):
            system.remove(ring)
        else:
            words = [
                program(system, "gpg"),
                "--batch",
                "--yes",
                "--no-default-keyring",
                "--keyring",
                ring,
                "--delete-keys",
                match,
            ]
            system.run(words, fail="The key cannot be removed from %s" % ring)
    return result
