"""Ensures that a user may, or may not, log in with an SSH key (authorized_keys; sshd(8), AUTHORIZED_KEYS FILE FORMAT)."""

import os
import ssl
from urllib.request import urlopen

from runner.target.decision import Decision, ModuleFailed
from runner.target.replace_file import make_parents

ARGUMENTS = {
    "type": "object",
    "properties": {
        "user": {"type": "string", "description": "Whose keys they are."},
        "key": {"type": "string", "description": "The public key or keys, one a line, or a URL to get them from."},
        "path": {
            "type": "string",
            "format": "path",
            "description": "The file. Default: .ssh/authorized_keys in the user's home.",
        },
        "manage_dir": {"type": "boolean", "default": True, "description": "Make the directory (0700) and give it to the user."},
        "state": {
            "type": "string",
            "enum": ["present", "absent"],
            "default": "present",
            "description": "Whether the keys shall be there.",
        },
        "key_options": {"type": "string", "description": "Options to put before the key, such as from=...; quote their values."},
        "exclusive": {"type": "boolean", "default": False, "description": "Remove every other key."},
        "comment": {"type": "string", "description": "Comment to put after the key instead of its own."},
        "validate_certs": {"type": "boolean", "default": True, "description": "Check the certificate of the URL."},
        "follow": {"type": "boolean", "default": False, "description": "Write through a symlink."},
    },
    "required": ["user", "key"],
}
RETURNS = {"keyfile": "the file", "user": "whose keys", "key": "the keys", "exclusive": "as asked", "state": "as asked"}
EXAMPLES = """
- authorized_key: {user: deploy, key: "{{ lookup('file', 'deploy.pub') }}"}
"""

# How the name of a kind of key begins; what stands before it on a line are options.
KINDS = ("ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-")


class Key:
    """One line. identity: (kind, key), None for a comment or a line that is no key."""

    def __init__(self, text):
        self.text = text
        options, words = split_options(text)
        self.options = options
        self.identity = tuple(words[:2]) if len(words) >= 2 and words[0].startswith(KINDS) else None
        self.comment = " ".join(words[2:]) if self.identity else ""

    def line(self):
        """Return the line of this key."""
        return " ".join(part for part in (self.options, *(self.identity or ()), self.comment) if part)


def split_options(text):
    """Return (options as text, words from the kind of the key on). Blanks within double quotes do not part words."""
    text = text.strip()
    if text.startswith("#"):
        return "", []
    if text.startswith(KINDS):
        return "", text.split()
    quoted = escaped = False
    for place, letter in enumerate(text):
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == '"':
            quoted = not quoted
        elif letter in " \t" and not quoted:
            rest = text[place:].split()
            return (text[:place], rest) if rest and rest[0].startswith(KINDS) else ("", rest)
    return "", []


def look(args, system):
    user = system.user(args["user"])
    if user is None and not (system.check and args["path"]):
        raise ModuleFailed("Failed to lookup user %s: there is no such user" % args["user"])
    path = args["path"] or os.path.join(user.pw_dir, ".ssh", "authorized_keys")
    if args["follow"]:
        path = system.realpath(path)
    text = system.read_text(path) if system.exists(path) else ""
    return {"path": path, "text": text, "exists": system.exists(path), "user": user, "keys": _given(args)}


def _given(args):
    text = args["key"]
    if text.startswith(("http://", "https://", "ftp://")):
        context = None if args["validate_certs"] else ssl._create_unverified_context()
        try:
            with urlopen(text, timeout=30, context=context) as answer:
                text = answer.read().decode("utf-8")
        except (OSError, ValueError) as error:
            raise ModuleFailed("Error getting key from: %s: %s" % (args["key"], error))
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


def decide(args, state):
    """Return the decision: the new lines of the file (pure)."""
    lines = [Key(text) for text in state["text"].splitlines()]
    wanted = [_wanted(args, text) for text in state["keys"]]
    if not wanted and args["state"] == "present":
        raise ModuleFailed("invalid key specified: %s" % args["key"])
    if args["state"] == "absent":
        gone = {key.identity for key in wanted}
        new = [line.text for line in lines if line.identity not in gone or line.identity is None]
    else:
        new = _with(args, lines, wanted)
    old = [line.text for line in lines]
    diff = {"before": _text(old), "after": _text(new), "before_header": state["path"], "after_header": state["path"]}
    result = {name: value for name, value in args.items() if not name.startswith("_")}
    result["keyfile"] = state["path"]
    changed = new != old or (args["state"] == "present" and not state["exists"])
    return Decision(changed, result, diff, {"text": _text(new), "path": state["path"], "user": state["user"]})


def _wanted(args, text):
    key = Key(text)
    if key.identity is None:
        raise ModuleFailed("invalid key specified: %s" % text)
    if args["key_options"] is not None:
        key.options = args["key_options"]
    if args["comment"] is not None:
        key.comment = args["comment"]
    return key


def _with(args, lines, wanted):
    """Return the lines with the wanted keys in their old places, else at the end."""
    left = {}
    for key in wanted:
        left[key.identity] = key
    names = list(left)
    new = []
    for line in lines:
        key = left.get(line.identity)
        if line.identity is None:
            # comments stay, unless the file is to hold these keys only
            if not args["exclusive"] or not line.text.strip():
                new.append(line.text)
        elif key is not None and line.identity in names:
            names.remove(line.identity)
            same = line.options == key.options and line.comment == key.comment
            new.append(line.text if same else key.line())
        elif key is None and not args["exclusive"]:
            new.append(line.text)
    return new + [left[name].line() for name in names]


def _text(lines):
    return "".join(line + "\n" for line in lines)


def apply(args, decision, system):
    path, user = decision.plan["path"], decision.plan["user"]
    folder = os.path.dirname(path)
    if args["manage_dir"]:
        for made in make_parents(path, system):
            system.chmod(made, 0o700)
            system.chown(made, user.pw_uid, user.pw_gid)
        status = system.stat(folder)
        if (status.st_uid, status.st_gid) != (user.pw_uid, user.pw_gid):
            system.chown(folder, user.pw_uid, user.pw_gid)
        if status.st_mode & 0o7777 != 0o700:
            system.chmod(folder, 0o700)
    elif not system.exists(folder):
        raise ModuleFailed("directory %s does not exist (manage_dir is false)" % folder)
    system.write_atomic(path, decision.plan["text"].encode("utf-8", "surrogateescape"), 0o600, user.pw_uid, user.pw_gid)
