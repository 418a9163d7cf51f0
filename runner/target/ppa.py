"""Package archives of Launchpad (`ppa:owner/name`): their source line and their key. Source: the web service of Launchpad, version 1.0."""

import json
import re
import urllib.parse
from typing import Any, Optional, Tuple

from runner.target import deb822
from runner.target.decision import ModuleFailed

API = "https://api.launchpad.net/1.0"
# A task's `environment` may name a stand-in of the service, for hosts that cannot reach it.
API_NAME = "MUSTER_LAUNCHPAD_API"
KEYS = "/etc/apt/trusted.gpg.d"


class Ppa:
    """One archive. source: the line of apt; file_name: its file under sources.list.d; key_file: where its key goes."""

    def __init__(self, owner, name, codename):
        self.owner, self.name = owner, name
        self.source = "deb https://ppa.launchpadcontent.net/%s/%s/ubuntu %s main" % (owner, name, codename)
        self.file_name = re.sub("[^a-zA-Z0-9]+", "_", "ppa_%s_%s_%s" % (owner, name, codename))
        self.key_file = "%s/ppa-%s-%s.asc" % (KEYS, owner, name)


def archive(repo: str, codename: Optional[str], system: Any) -> Ppa:
    """Return the archive that `ppa:owner/name` (or `ppa:owner`, whose archive is called ppa) means on this host. Raises ModuleFailed."""
    owner, name = _words(repo)
    named = codename or _codename(system)
    if not named:
        raise ModuleFailed("%s: /etc/os-release names no release, say in codename for which one the packages are" % repo)
    return Ppa(owner, name, named)


def _words(repo: str) -> Tuple[str, str]:
    words = repo[len("ppa:") :].lstrip("~").split("/")
    if len(words) == 3 and words[1] == "ubuntu":
        del words[1]
    if len(words) > 2 or not all(re.match(r"^[a-z0-9][a-z0-9.+-]*$", word) for word in words):
        raise ModuleFailed("Invalid repository string: %s (it shall be ppa:owner/name)" % repo)
    return words[0], words[1] if len(words) == 2 else "ppa"


def _codename(system: Any) -> str:
    path = "/etc/os-release"
    text = system.read_text(path) if system.exists(path) else ""
    found = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text, re.M))
    return found.get("UBUNTU_CODENAME") or found.get("VERSION_CODENAME") or ""


def key(ppa: Ppa, system: Any) -> bytes:
    """Return the key that the archive's packages are signed with, as Launchpad gives it. Raises ModuleFailed."""
    api = system.environ.get(API_NAME) or API
    place = "%s/~%s/+archive/ubuntu/%s" % (api.rstrip("/"), ppa.owner, urllib.parse.quote(ppa.name))
    answer = deb822.fetch(place + "?ws.op=getSigningKeyData", "the key of ppa:%s/%s" % (ppa.owner, ppa.name))
    try:
        text = json.loads(answer.decode("utf-8"))
    except ValueError:
        text = None
    data = text.encode() if isinstance(text, str) else b""
    if not deb822.armoured(data):
        raise ModuleFailed("failed to fetch PPA information: %s gave no key" % place)
    return data if data.endswith(b"\n") else data + b"\n"
