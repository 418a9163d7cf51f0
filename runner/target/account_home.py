"""Makes an account's home directory and its SSH key, without following links that the account's owner could have laid."""

import os
import stat
from typing import Any, Dict, Optional

from runner.target.accounts import Account, parse_login_defs
from runner.target.decision import ModuleFailed
from runner.target.programs import program

_ASKPASS = b"#!/bin/sh\nprintf '%s\\n' \"$MUSTER_PASSPHRASE\"\n"


def home_mode(login_defs: str, umask: Optional[str]) -> int:
    """Return the mode of a new home: HOME_MODE of login.defs, else 0777 less the umask asked for or UMASK of login.defs."""
    settings = parse_login_defs(login_defs)
    try:
        if umask is None and "HOME_MODE" in settings:
            return int(settings["HOME_MODE"], 8)
        return 0o777 & ~int(umask if umask is not None else settings.get("UMASK", "022"), 8)
    except ValueError:
        raise ModuleFailed("UMASK or HOME_MODE is not an octal number: %s" % (umask or settings))


def make_home(account: Account, skeleton: Optional[str], umask: Optional[str], system: Any) -> None:
    """Make the home of an account that has none, filled from the skeleton and owned by the account."""
    defs = system.read_text("/etc/login.defs") if system.exists("/etc/login.defs") else ""
    parent = os.path.dirname(account.home)
    missing = []
    while parent and not system.exists(parent):
        missing.append(parent)
        parent = os.path.dirname(parent)
    for folder in reversed(missing):
        system.mkdir(folder, 0o755)
    system.mkdir(account.home, 0o700)
    source = skeleton or "/etc/skel"
    if system.is_dir(source):
        _fill(source, account.home, account, system)
    elif skeleton is not None:
        raise ModuleFailed("The skeleton %s is not a directory" % skeleton, name=account.name)
    system.chown(account.home, account.uid, account.gid)
    system.chmod(account.home, home_mode(defs, umask))


def _fill(source: str, target: str, account: Account, system: Any) -> None:
    """Copy files, links and directories with their modes; the target is new and still ours alone."""
    for name in system.listdir(source):
        here, there = os.path.join(source, name), os.path.join(target, name)
        found = system.lstat(here)
        if stat.S_ISLNK(found.st_mode):
            system.symlink(system.readlink(here), there)
        elif stat.S_ISDIR(found.st_mode):
            system.mkdir(there, 0o700)
            _fill(here, there, account, system)
        elif stat.S_ISREG(found.st_mode):
            system.write_atomic(there, system.read(here), mode=stat.S_IMODE(found.st_mode))
        else:
            continue
        system.chown(there, account.uid, account.gid)
        if not stat.S_ISLNK(found.st_mode):
            system.chmod(there, stat.S_IMODE(found.st_mode))


def key_path(args: Dict[str, Any], home: str) -> str:
    """Return where the account's key lies: ssh_key_file, below the home unless absolute."""
    path = args["ssh_key_file"] or ".ssh/id_%s" % args["ssh_key_type"]
    return os.path.normpath(os.path.join(home, path))


def key_missing(path: str, force: bool, system: Any) -> bool:
    """Whether a key has to be made; with force one is always made anew."""
    if force or system.lstat(path) is None:
        if not force and system.lstat(path + ".pub") is not None:
            raise ModuleFailed("%s.pub exists but %s does not; use force to replace it" % (path, path))
        return True
    return False


def make_key(args: Dict[str, Any], account: Account, path: str, system: Any) -> None:
    """Make a key pair in a folder nobody else can reach, then put it in place; the passphrase is never on a command line."""
    folder = os.path.dirname(path)
    seen = system.lstat(folder)
    if seen is None:
        if not system.is_dir(os.path.dirname(folder)):
            raise ModuleFailed("Failed to create %s: its parent directory does not exist" % folder, name=account.name)
        system.mkdir(folder, 0o700)
        system.chown(folder, account.uid, account.gid)
    elif not stat.S_ISDIR(seen.st_mode):
        raise ModuleFailed("%s is not a directory" % folder, name=account.name)
    private = system.temporary_folder()
    made = os.path.join(private, "key")
    words = [program(system, "ssh-keygen"), "-t", args["ssh_key_type"]]
    if args["ssh_key_bits"]:
        words += ["-b", str(args["ssh_key_bits"])]
    comment = args["ssh_key_comment"] or "ansible-generated on %s" % system.uname().nodename
    environ = {}
    if args["ssh_key_passphrase"] is None:
        words += ["-N", ""]
    else:
        # without a terminal ssh-keygen asks the program SSH_ASKPASS names; older ones want a DISPLAY for it
        asker = os.path.join(private, "ask")
        system.write_atomic(asker, _ASKPASS, mode=0o700)
        environ = {"SSH_ASKPASS": asker, "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}
        environ["MUSTER_PASSPHRASE"] = args["ssh_key_passphrase"]
    done = system.run(words + ["-C", comment, "-f", made], environ=environ)
    if done.rc != 0:
        raise ModuleFailed(done.err.strip() or done.out.strip(), name=account.name, rc=done.rc)
    for suffix, mode in ((".pub", 0o644), ("", 0o600)):
        system.write_atomic(path + suffix, system.read(made + suffix), mode=mode, uid=account.uid, gid=account.gid)


def key_facts(path: str, system: Any) -> Dict[str, str]:
    """Return the result keys of the key: file, fingerprint and public half."""
    facts = {"ssh_key_file": path}
    if system.is_file(path + ".pub"):
        facts["ssh_public_key"] = system.read_text(path + ".pub").strip()
    if system.is_file(path):
        answer = system.run([program(system, "ssh-keygen"), "-l", "-f", path])
        facts["ssh_fingerprint"] = answer.out.strip() if answer.rc == 0 else answer.err.strip()
    return facts
