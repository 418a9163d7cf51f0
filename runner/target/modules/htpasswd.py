"""Ensures a user and its password in a password file of a web server. Source: htpasswd(1), ngx_http_auth_basic_module."""

from typing import Any, Dict, List, Optional

from runner.target.attributes import FILE_ARGUMENTS, attribute_changes
from runner.target.decision import Decision, ModuleFailed
from runner.target.edit import edited, look_text, write_back
from runner.target.option import option
from runner.target.password_hash import SAME, SCHEMES, made, matches

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        FILE_ARGUMENTS,
        path=option("path", "The password file.", aliases=["dest", "destfile"]),
        name=option("str", "The user.", aliases=["username"]),
        password=option("str", "The password; it is needed for a user who is not in the file.", secret=True),
        hash_scheme=option(
            "str",
            "How a password that is new is hashed: %s (or %s). One that is in the file and right stays as it is."
            % (", ".join(SCHEMES), ", ".join(sorted(SAME))),
            "apr_md5_crypt",
            aliases=["crypt_scheme"],
        ),
        state=option("str", "Whether the user is in the file.", "present", enum=["present", "absent"]),
        create=option("bool", "Make the file when it does not exist.", True),
    ),
    "required": ["path", "name"],
}
RETURNS = {"msg": "what was done"}
EXAMPLES = """
- name: Who may look at the page of statistics
  htpasswd: {path: /etc/nginx/htpasswd, name: ops, password: "{{ stats_password }}", owner: root, group: www-data, mode: '0640'}
"""


def _user(line: str) -> Optional[str]:
    return None if line.lstrip().startswith("#") or ":" not in line else line.partition(":")[0]


def look(args: Dict[str, Any], system: Any) -> Any:
    """Return the file; `entry` is the line that the user shall have, None when the one there is right."""
    file = look_text(args["path"], dict(args, backup=False, validate=None), system)
    if ":" in args["name"] or "\n" in args["name"]:
        raise ModuleFailed("A user name in a password file has no colon and no line break: %r" % args["name"])
    held = {_user(line): line.partition(":")[2] for line in (file.text or "").splitlines()}
    file.entry = None
    if args["state"] == "absent":
        if file.text is None:
            system.warn("%s does not exist" % args["path"])
        return file
    if file.text is None and not args["create"]:
        raise ModuleFailed("Destination %s does not exist" % args["path"])
    if args["password"] is None:
        raise ModuleFailed("password is required for state=present: it is compared with the hash in the file")
    known = held.get(args["name"])
    if known is None or not matches(args["password"], known, system):
        file.entry = "%s:%s" % (args["name"], made(args["password"], args["hash_scheme"], system))
    return file


def decide(args: Dict[str, Any], file: Any) -> Decision:
    """Return the new text. Hashes are in no diff."""
    lines: List[str] = (file.text or "").splitlines()
    at = next((number for number, line in enumerate(lines) if _user(line) == args["name"]), None)
    name, text = args["name"], None
    if args["state"] == "absent":
        msg = "%s not present" % name if at is None else "Remove %s" % name
        if at is not None:
            del lines[at]
            text = "".join(line + "\n" for line in lines)
    elif file.entry is None:
        msg = "%s already present" % name
    else:
        msg = "Created %s and added %s" % (args["path"], name) if file.text is None else "Add/update %s" % name
        lines[slice(len(lines), None) if at is None else slice(at, at + 1)] = [file.entry]
        text = "".join(line + "\n" for line in lines)
    decision = edited(args, file, text, msg)
    decision.diff = decision.diff[1:] if attribute_changes(args, file.present) else None  # type: ignore[index]
    return decision


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> Dict[str, Any]:
    """Put the file in place."""
    return dict(write_back(dict(args, backup=False, validate=None), decision, system)[1])
