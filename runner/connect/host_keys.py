"""Is this the host it claims to be: known_hosts files, and what to do about a key that is new or changed."""

import base64
import fnmatch
import hashlib
import hmac
import os
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from paramiko import PKey, SSHClient
from paramiko.client import MissingHostKeyPolicy
from paramiko.hostkeys import HostKeyEntry, InvalidHostKey
from paramiko.ssh_exception import SSHException

from runner.errors import Unreachable
from runner.position import Position
from runner.record import dataclass

DEFAULT_FILES = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2")
SYSTEM_FILES = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")


@dataclass(frozen=True, slots=True)
class Known:
    """One line of a known_hosts file that speaks of our host. revoked: the key must never be accepted."""

    key: PKey
    file: str
    line: int
    revoked: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """How host keys are checked. strict: yes, no or accept-new. files: known_hosts files, the first takes new keys."""

    strict: str
    files: tuple[str, ...]


def rules_from(options: dict[str, str], checking: bool) -> Rules:
    """Return the rules from ssh options (names in lower case). checking: `ansible_host_key_checking`."""
    strict = options.get("stricthostkeychecking", "yes" if checking else "no").lower()
    # "ask" has nobody to ask in a run over many hosts
    strict = {"ask": "yes", "off": "no"}.get(strict, strict)
    user = shlex.split(options.get("userknownhostsfile", "")) or list(DEFAULT_FILES)
    system = shlex.split(options.get("globalknownhostsfile", "")) or list(SYSTEM_FILES)
    return Rules(strict, tuple(os.path.expanduser(name) for name in [*user, *system] if name != "none"))


def known_name(host: str, port: int) -> str:
    """Return the name under which known_hosts has a host: `[host]:port` for ports other than 22."""
    return host if port == 22 else f"[{host}]:{port}"


def find(names: Iterable[str], files: Iterable[str]) -> list[Known]:
    """Return what the files say of a host, for the first of `names` that is in them; what is revoked for any of the names."""
    texts = [(name, _text(name)) for name in files]
    each = [[known for file, text in texts for known in _matching(wanted, file, text)] for wanted in names]
    first = next((found for found in each if any(not known.revoked for known in found)), [])
    return [*(known for known in first if not known.revoked), *(known for found in each for known in found if known.revoked)]


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _matching(wanted: str, file: str, text: str) -> Iterator[Known]:
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        marker = words.pop(0) if words and words[0].startswith("@") else ""
        if len(words) < 3 or words[0].startswith("#") or marker not in ("", "@revoked") or not _names(words[0], wanted):
            continue
        try:
            entry = HostKeyEntry.from_line(" ".join(words[:3]), number)
        except (SSHException, InvalidHostKey):
            continue
        if entry is not None and entry.key is not None:
            yield Known(entry.key, file, number, marker == "@revoked")


def _names(patterns: str, wanted: str) -> bool:
    """Tell whether the first field of a line names the host: plain or hashed names, * and ?, ! for not (sshd(8))."""
    if patterns.startswith("|1|"):
        try:
            salt, digest = (base64.b64decode(part) for part in patterns[3:].split("|"))
        except ValueError:
            return False
        return hmac.compare_digest(hmac.new(salt, wanted.encode(), hashlib.sha1).digest(), digest)
    hit = False
    for pattern in patterns.lower().split(","):
        if pattern.startswith("!") and fnmatch.fnmatchcase(wanted.lower(), pattern[1:].replace("[", "[[]")):
            return False
        hit = hit or fnmatch.fnmatchcase(wanted.lower(), pattern.replace("[", "[[]"))
    return hit


def fingerprint(key: PKey) -> str:
    """Return a key's fingerprint as `ssh-keygen -l` shows it."""
    digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
    return f"{key.get_name()} SHA256:{digest}"


class Checker(MissingHostKeyPolicy):
    """Decides on the key a host shows. Put into a client with `watch`; errors are raised through paramiko's `connect`."""

    def __init__(self, label: str, host: str, port: int, rules: Rules, alias: str | None) -> None:
        self.label = label
        self.host = host
        self.port = port
        self.rules = rules
        names = [alias] if alias else [known_name(host, port), host]
        self.name = names[0]
        # with checking off even a changed key is taken, as the user said
        self.known = find(names, rules.files) if rules.strict != "no" else []

    def watch(self, client: SSHClient) -> None:
        """Make a client ask us about every key (it has no known hosts of its own)."""
        client.set_missing_host_key_policy(self)

    def key_types(self) -> list[str]:
        """Return the types of the keys known for the host, which the host should be asked for first."""
        names = [known.key.get_name() for known in self.known if not known.revoked]
        return [each for name in names for each in (("rsa-sha2-512", "rsa-sha2-256") if name == "ssh-rsa" else (name,))]

    def missing_host_key(self, client: SSHClient, hostname: str, key: PKey) -> None:
        """Accept the key by returning; raise Unreachable otherwise."""
        if self.rules.strict == "no":
            return
        # a line that revokes a key counts more than any that gives it (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT)
        for known in self.known:
            if known.key == key and known.revoked:
                raise self._revoked(key, known)
        if any(known.key == key for known in self.known):
            return
        valid = [known for known in self.known if not known.revoked]
        if valid:
            raise self._changed(key, next((each for each in valid if each.key.get_name() == key.get_name()), valid[0]))
        if self.rules.strict != "accept-new":
            raise self._unknown(key)
        self._add(key)

    def _where(self) -> str:
        return self.label if self.label == self.host else f"{self.label} ({self.host})"

    def _unknown(self, key: PKey) -> Unreachable:
        kind = key.get_name().removeprefix("ssh-").split("-")[0]
        port = f"-p {self.port} " if self.port != 22 else ""
        remedy = (
            f"compare the fingerprint with the host's, then: ssh-keyscan {port}-t {kind} {self.host} >> {self.rules.files[0]} "
            "(or set ansible_ssh_common_args to '-o StrictHostKeyChecking=accept-new')"
        )
        return Unreachable(
            f"the host key of {self._where()} is not known", expected=f"{self.name} in {self.rules.files[0]}",
            found=fingerprint(key), remedy=remedy,
        )  # fmt: skip

    def _revoked(self, key: PKey, known: Known) -> Unreachable:
        return Unreachable(
            f"the host key of {self._where()} is marked as revoked", position=Position(known.file, known.line),
            found=fingerprint(key), remedy="give the host a new key: somebody else may have this one",
        )  # fmt: skip

    def _changed(self, key: PKey, known: Known) -> Unreachable:
        remedy = (
            f"if the host was installed anew: ssh-keygen -f {known.file} -R {shlex.quote(self.name)} and learn the new key; "
            "if not, somebody may stand between"
        )
        return Unreachable(
            f"the host key of {self._where()} has changed", position=Position(known.file, known.line),
            expected=fingerprint(known.key), found=fingerprint(key), remedy=remedy,
        )  # fmt: skip

    def _add(self, key: PKey) -> None:
        path = Path(self.rules.files[0])
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        line = f"{self.name} {key.get_name()} {key.get_base64()}\n"
        # one write of one line: other threads append to the same file
        with path.open("a", encoding="utf-8") as file:
            file.write(line)
