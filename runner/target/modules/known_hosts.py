"""Ensures that a known_hosts file has, or has not, a host's key, hashed names included (SSH_KNOWN_HOSTS in sshd(8))."""

import base64
import hashlib
import hmac
import os

from runner.target.attributes import path_info
from runner.target.decision import Decision, ModuleFailed
from runner.target.replace_file import make_parents

ARGUMENTS = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "aliases": ["host"], "description": "The host as ssh names it: host, or [host]:port."},
        "key": {"type": "string", "description": "Line or lines as in the file: names, kind, key."},
        "path": {"type": "string", "format": "path", "default": "~/.ssh/known_hosts", "description": "The file."},
        "hash_host": {"type": "boolean", "default": False, "description": "Write the host's name hashed."},
        "state": {
            "type": "string",
            "enum": ["present", "absent"],
            "default": "present",
            "description": "Whether the key shall be there.",
        },
    },
    "required": ["name"],
}
RETURNS = {"name": "the host", "key": "the key", "path": "the file"}
EXAMPLES = """
- known_hosts:
    name: git.example
    key: git.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...
"""


class Line:
    """One line of the file. names: as written, empty for a comment. identity: (marker, kind of key, key)."""

    def __init__(self, text):
        self.text = text
        words = text.split()
        marker = words.pop(0) if words and words[0].startswith("@") else ""
        usable = len(words) >= 3 and not text.lstrip().startswith("#")
        self.names = words[0] if usable else ""
        self.kind = (marker, words[1]) if usable else None
        self.identity = (marker, words[1], words[2]) if usable else None
        self.rest = " ".join(words[1:]) if usable else ""
        self.marker = marker

    def is_for(self, host):
        """Tell whether the line is about the host."""
        if not self.names:
            return False
        host = host.lower()
        return any(_same_name(each, host) for each in self.names.split(","))


def _same_name(written, host):
    if not written.startswith("|1|"):
        return written.lower() == host
    try:
        salt, digest = (base64.b64decode(part) for part in written[3:].split("|"))
    except ValueError:
        return False
    return hmac.compare_digest(digest, hmac.new(salt, host.encode(), hashlib.sha1).digest())


def hashed(host, salt=None):
    """Return a host's name as ssh hashes it."""
    salt = os.urandom(20) if salt is None else salt
    digest = hmac.new(salt, host.lower().encode(), hashlib.sha1).digest()
    return "|1|%s|%s" % (base64.b64encode(salt).decode(), base64.b64encode(digest).decode())


def look(args, system):
    if "," in args["name"]:
        raise ModuleFailed("Comma separated list of names is not supported. Please pass a single name to lookup in the known_hosts file.")
    path = system.realpath(args["path"])
    return {"path": path, "text": system.read_text(path) if system.exists(path) else "", "info": path_info(path, system)}


def decide(args, state):
    """Return the decision: the new text of the file (pure but for the salt of a hashed name)."""
    wanted = _wanted(args)
    lines = [Line(text) for text in state["text"].splitlines()]
    if args["state"] == "absent":
        identities = {each.identity for each in wanted}
        kept = [line for line in lines if not (line.is_for(args["name"]) and (not wanted or line.identity in identities))]
        return _decision(args, state, [line.text for line in kept], len(kept) != len(lines))
    texts = [line.text for line in lines]
    changed = False
    for each in wanted:
        there = [line for line in lines if line.is_for(args["name"])]
        hashing = args["hash_host"] or each.names.startswith("|1|")
        if any(line.identity == each.identity and line.names.startswith("|1|") == hashing for line in there):
            continue
        changed = True
        # A host has one key of a kind, but may have several authorities and revoked keys.
        stale = [line.text for line in there if line.kind == each.kind and (not each.marker or line.identity == each.identity)]
        texts = [text for text in texts if text not in stale]
        name = hashed(args["name"]) if args["hash_host"] else each.names
        texts.append(" ".join(part for part in (each.marker, name, each.rest) if part))
    return _decision(args, state, texts, changed)


def _wanted(args):
    if not args["key"]:
        if args["state"] == "present":
            raise ModuleFailed("No key specified when adding a host")
        return []
    wanted = [Line(text) for text in args["key"].splitlines() if text.strip() and not text.lstrip().startswith("#")]
    for each in wanted:
        if not each.names:
            raise ModuleFailed("Failed to parse the key: expected 'names kind key', found: %s" % each.text)
        if not each.is_for(args["name"]):
            # Ansible's words, also when the field is not hashed
            raise ModuleFailed("Host parameter does not match hashed host field in supplied key")
    return wanted


def _decision(args, state, lines, changed):
    text = "".join(line + "\n" for line in lines)
    result = {name: args[name] for name in ("name", "key", "path", "state", "hash_host")}
    result.update(state["info"])
    diff = {"before": state["text"], "after": text if changed else state["text"]}
    diff["before_header"] = diff["after_header"] = args["path"]
    # Ansible has the diff in the result, asked for or not.
    result["diff"] = diff
    return Decision(changed, result, None, {"path": state["path"], "text": text})


def apply(args, decision, system):
    path = decision.plan["path"]
    for folder in make_parents(path, system):
        system.chmod(folder, 0o700)
    system.write_atomic(path, decision.plan["text"].encode("utf-8", "surrogateescape"))
    return path_info(path, system)
