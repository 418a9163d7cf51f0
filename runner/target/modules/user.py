"""Ensures that an account exists as described, or not. Source: useradd(8), usermod(8), userdel(8), chpasswd(8), chage(1)."""

from typing import Any, Dict, List, Optional

from runner.target import account_change as change
from runner.target import account_home as home
from runner.target.accounts import Account, Group, find_group, parse_accounts, parse_groups, parse_shadow
from runner.target.decision import Decision, ModuleFailed
from runner.target.idle_agents import end_idle_agents
from runner.target.programs import program
from runner.target.state_diff import state_diff

# What usermod and userdel exit with when a process runs as the user.
IN_USE = 8

ARGUMENTS = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "aliases": ["user"], "description": "Name of the account."},
        "state": {"type": "string", "enum": ["absent", "present"], "default": "present", "description": "Whether it exists."},
        "uid": {"type": "integer", "description": "Number of the account."},
        "uid_min": {"type": "integer", "description": "Lowest number to choose from, in place of UID_MIN of login.defs."},
        "uid_max": {"type": "integer", "description": "Highest number to choose from, in place of UID_MAX of login.defs."},
        "non_unique": {"type": "boolean", "default": False, "description": "Allow a uid that another account has; needs uid."},
        "comment": {"type": "string", "description": "Full name or purpose (GECOS)."},
        "group": {"type": "string", "description": "Primary group, by name or number; it must exist."},
        "groups": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Other groups to be a member of; an empty list means of none (unless append).",
        },
        "append": {"type": "boolean", "default": False, "description": "Only add to `groups`, leave no group."},
        "shell": {"type": "string", "format": "path", "description": "Login shell."},
        "home": {"type": "string", "format": "path", "description": "Home directory."},
        "create_home": {
            "type": "boolean",
            "default": True,
            "aliases": ["createhome"],
            "description": "Make the home if missing.",
        },
        "move_home": {"type": "boolean", "default": False, "description": "Move the old home to `home` when that changes."},
        "skeleton": {"type": "string", "description": "Directory to fill a new home from; needs create_home."},
        "umask": {"type": "string", "description": "Octal umask for a new home."},
        "system": {"type": "boolean", "default": False, "description": "A new account is a system account."},
        "password": {
            "type": "string",
            "secret": True,
            "description": "Password hash, as crypt(3) makes it. `!` or `*` for none. It goes to chpasswd by standard input.",
        },
        "update_password": {
            "type": "string",
            "enum": ["always", "on_create"],
            "default": "always",
            "description": "Set the password whenever it differs, or only for a new account.",
        },
        "password_lock": {"type": "boolean", "description": "Lock or unlock the password; keys still let in."},
        "expires": {"type": "number", "description": "When the account expires, seconds since 1970; negative for never."},
        "password_expire_min": {"type": "integer", "description": "Days before the password may be changed again."},
        "password_expire_max": {"type": "integer", "description": "Days until the password must be changed."},
        "password_expire_warn": {"type": "integer", "description": "Days of warning before that."},
        "password_expire_account_disable": {
            "type": "integer",
            "description": "Days after an expired password until the account is disabled.",
        },
        "remove": {"type": "boolean", "default": False, "description": "With state=absent: delete home and mail spool too."},
        "force": {"type": "boolean", "default": False, "description": "Delete even when logged in; replace an existing SSH key."},
        "local": {
            "type": "boolean",
            "default": False,
            "description": "Look only at the files in /etc, not at a directory service.",
        },
        "generate_ssh_key": {"type": "boolean", "default": False, "description": "Make an SSH key if there is none."},
        "ssh_key_bits": {"type": "integer", "description": "Size of the key; ssh-keygen's own default without it."},
        "ssh_key_type": {"type": "string", "default": "rsa", "description": "rsa, ed25519, ecdsa ..."},
        "ssh_key_file": {"type": "string", "format": "path", "description": "Key file, below the home unless absolute."},
        "ssh_key_comment": {"type": "string", "description": "Comment of the key; names the host without it."},
        "ssh_key_passphrase": {"type": "string", "secret": True, "description": "Passphrase of the key."},
        "seuser": {"type": "string", "description": "SELinux user for the login."},
        "authorization": {"type": "string", "description": "Only for Solaris; ignored here."},
        "profile": {"type": "string", "description": "Only for Solaris; ignored here."},
        "role": {"type": "string", "description": "Only for Solaris; ignored here."},
        "login_class": {"type": "string", "description": "Only for BSD; ignored here."},
        "hidden": {"type": "boolean", "description": "Only for macOS; ignored here."},
    },
    "required": ["name"],
    "required_if": [["non_unique", True, ["uid"]]],
}
RETURNS = {
    "name": "the account",
    "state": "present or absent, as asked",
    "uid": "its number",
    "group": "number of its primary group",
    "groups": "the other groups asked for, joined by commas",
    "comment": "its comment",
    "home": "its home",
    "shell": "its shell",
    "append": "as asked, for an account that existed",
    "move_home": "as asked, for an account that existed",
    "create_home": "as asked, for a new account",
    "system": "as asked, for a new account",
    "password": "NOT_LOGGING_PASSWORD when one was given",
    "ssh_key_file": "path of the key",
    "ssh_fingerprint": "its fingerprint",
    "ssh_public_key": "its public half",
    "force": "as asked, for a removed account",
    "remove": "as asked, for a removed account",
    "stdout": "output of the tools",
    "stderr": "their error output",
}
EXAMPLES = """
- name: An account for deployments, without a password
  user: {name: deploy, shell: /bin/bash, groups: [docker], append: true, generate_ssh_key: true, ssh_key_type: ed25519}
"""


def look(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return the account (None: there is none), its shadow line, the groups that matter, and what its home and key lack."""
    account = parse_accounts(system.read_text("/etc/passwd")).get(args["name"])
    if account is None and not args["local"]:
        entry = system.user(args["name"])
        account = Account(*entry) if entry else None
    groups = parse_groups(system.read_text("/etc/group"))
    for name in [args["group"], args["name"]] + (change.wanted_groups(args) or []):
        if name is not None and not args["local"] and not find_group(groups, name):
            entry = system.group(int(name) if name.isdigit() else name)
            groups += [Group(entry.gr_name, entry.gr_gid, list(entry.gr_mem))] if entry else []
    groups += _made_before(args, groups, system) if system.check else []
    shadow = None
    if system.may("/etc/shadow", "r"):
        shadow = parse_shadow(system.read_text("/etc/shadow"), args["name"])
    state = {
        "account": account,
        "groups": groups,
        "shadow": shadow,
        "homeless": False,
        "keyless": args["generate_ssh_key"],
        "key": {},
    }
    if account and args["state"] == "present":
        place = args["home"] or account.home
        state["homeless"] = args["create_home"] and place != "" and system.lstat(place) is None
        if args["generate_ssh_key"]:
            path = home.key_path(args, place)
            state["keyless"] = home.key_missing(path, args["force"], system)
            state["key"] = {} if state["keyless"] else home.key_facts(path, system)
    return state


def _made_before(args: Dict[str, Any], groups: List[Group], system: Any) -> List[Group]:
    """Return the groups that a dry run takes to be made by a task before: those asked for by a name that is not there."""
    asked = ([args["group"]] if args["group"] else []) + (change.wanted_groups(args) or [])
    missing = [name for name in asked if not name.isdigit() and not find_group(groups, name)]
    for name in missing:
        system.warn("failed to look up group %s; check mode goes on as if it were there" % name)
    return [Group(name, -1, []) for name in missing]


def decide(args: Dict[str, Any], state: Dict[str, Any]) -> Decision:
    """Return what to tell useradd, usermod, chage, chpasswd and userdel, and whether home and key are to be made."""
    account, result = state["account"], {"name": args["name"], "state": args["state"]}
    if args["state"] == "absent":
        if not account:
            return Decision(False, result)
        result.update(force=args["force"], remove=args["remove"])
        words = (["-f"] if args["force"] else []) + (["-r"] if args["remove"] else [])
        return Decision(True, result, _diff(args, state, [], None), {"tool": "userdel", "words": words, "uid": account.uid})
    result["warnings"] = _warnings(args)
    for key in ("umask", "uid_min", "uid_max"):
        if args[key] is not None and args["local"]:
            raise ModuleFailed("'%s' can not be used with 'local'" % key, name=args["name"])
    if args["skeleton"] is not None and not args["create_home"]:
        raise ModuleFailed("'skeleton' needs 'create_home'", name=args["name"])
    password = change.new_password(args, account is not None, state["shadow"])
    if password is not None and any(mark in password for mark in ":\n\r"):
        raise ModuleFailed("A password hash cannot hold a colon or a line break", name=args["name"])
    plan: Dict[str, Any] = {"password": password, "age": change.age_words(args, state["shadow"])}
    if account is None:
        plan.update(tool="useradd", words=change.create_words(args, state["groups"]))
        result.update(system=args["system"], create_home=args["create_home"])
    else:
        words = change.modify_words(args, account, state["groups"], state["shadow"])
        plan.update(tool="usermod", words=words, uid=account.uid)
        result.update(append=args["append"], move_home=args["move_home"], **_facts(args, account))
        result.update(state["key"])
    # usermod -m itself brings the home to the new place
    plan["home"] = state["homeless"] and not (args["move_home"] and "-m" in plan["words"])
    plan["key"] = state["keyless"]
    changed = account is None or bool(plan["words"] or plan["age"] or plan["home"] or plan["key"]) or password is not None
    if args["password"] is not None:
        result["password"] = change.HIDDEN
    if not result["warnings"]:
        del result["warnings"]
    return Decision(changed, result, _diff(args, state, plan["words"], password) if changed else None, plan)


def _warnings(args: Dict[str, Any]) -> List[str]:
    warnings = []
    if args["append"] and args["groups"] is None:
        warnings.append("'append' is set, but no 'groups' are specified. Use 'groups' for appending new groups.")
    if args["password"] is not None and change.doubtful_hash(args["password"]):
        warnings.append(
            "The input password appears not to have been hashed. "
            "The 'password' argument must be encrypted for this module to work properly."
        )
    return warnings


def _facts(args: Dict[str, Any], account: Account) -> Dict[str, Any]:
    facts = {"uid": account.uid, "group": account.gid, "comment": account.comment, "home": account.home, "shell": account.shell}
    asked = change.wanted_groups(args)
    if asked is not None:
        facts["groups"] = ",".join(asked)
    return facts


def _diff(args: Dict[str, Any], state: Dict[str, Any], words: List[str], password: Optional[str]) -> Dict[str, str]:
    account = state["account"]
    before: Optional[Dict[str, Any]] = None
    if account:
        before = {
            "uid": account.uid,
            "gid": account.gid,
            "comment": account.comment,
            "home": account.home,
            "shell": account.shell,
        }
        before["groups"] = sorted(change.member_of(account.name, state["groups"]))
    if args["state"] == "absent":
        return state_diff(before, None, "user " + args["name"])
    after = dict(before or {})
    for key in ("uid", "comment", "home", "shell"):
        if args[key] is not None:
            after[key] = args[key]
    asked = change.wanted_groups(args)
    if asked is not None:
        after["groups"] = sorted(set(asked) | (set(after.get("groups", [])) if args["append"] else set()))
    if args["group"] is not None:
        after["group"] = args["group"]
    for switch, name in (("-e", "expires"), ("-L", "locked"), ("-U", "unlocked")):
        if switch in words:
            after[name] = words[words.index(switch) + 1] or "never" if switch == "-e" else True
    if password is not None:
        after["password"] = "changed"
    after.update({"home made": True} if state["homeless"] else {}, **({"ssh key made": True} if state["keyless"] else {}))
    return state_diff(before, after, "user " + args["name"])


def _tool(
    argv: List[str], args: Dict[str, Any], system: Any, said: Dict[str, str], stdin: Optional[str] = None, uid: Optional[int] = None
) -> None:
    words = [program(system, argv[0])] + argv[1:]
    done = system.run(words, stdin=stdin)
    if done.rc == IN_USE and uid and end_idle_agents(uid, system):
        done = system.run(words, stdin=stdin)
    if done.rc != 0:
        raise ModuleFailed(done.err.strip() or "%s exited with %d" % (argv[0], done.rc), name=args["name"], rc=done.rc)
    for key, text in (("stdout", done.out), ("stderr", done.err)):
        if text:
            said[key] = said.get(key, "") + text


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> Dict[str, Any]:
    """Run the tools, then say what the account is now."""
    plan, name = decision.plan, args["name"]
    said: Dict[str, Any] = {}
    if plan["tool"] in ("userdel", "useradd") or plan["words"]:
        _tool([plan["tool"]] + plan["words"] + [name], args, system, said, uid=plan.get("uid"))
    if plan["tool"] == "userdel":
        return said
    if plan["password"] is not None:
        # by standard input: a command line can be read by every user of the host
        _tool(["chpasswd", "-e"], args, system, said, stdin="%s:%s\n" % (name, plan["password"]))
    if plan["age"]:
        _tool(["chage"] + plan["age"] + [name], args, system, said)
    now = look(dict(args, generate_ssh_key=False, state="present"), system)
    account = now["account"]
    if account is None:
        raise ModuleFailed("%s ran, but the account does not exist" % plan["tool"], name=name)
    if args["create_home"] and now["homeless"]:
        home.make_home(account, args["skeleton"], args["umask"], system)
    if args["generate_ssh_key"]:
        path = home.key_path(args, account.home)
        # the home of a new account may have been there already, with a key in it
        if plan["key"] and home.key_missing(path, args["force"], system):
            home.make_key(args, account, path, system)
        said.update(home.key_facts(path, system))
    return dict(said, **_facts(args, account))
