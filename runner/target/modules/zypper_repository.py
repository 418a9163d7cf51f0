"""Ensures a repository of packages on SUSE and openSUSE. Source: zypper(8)."""

import configparser
import xml.etree.ElementTree as ElementTree
from typing import Any, Dict, List, Optional

from runner.target.deb822 import fetch
from runner.target.decision import ModuleFailed
from runner.target.option import option
from runner.target.processes import Ran
from runner.target.programs import program

INTERRUPT = "finish"
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": option("str", "The repository's alias; not for .repo files, which name themselves."),
        "repo": option("str", "Its address, or path or address of a .repo file; `*` with runrefresh for all repositories."),
        "state": option("str", "Whether zypper knows it.", "present", enum=["absent", "present"]),
        "description": option("str", "What it is, in words."),
        "disable_gpg_check": option("bool", "Do not check signatures.", False),
        "autorefresh": option("bool", "Load its lists by itself.", True, aliases=["refresh"]),
        "priority": option("int", "The smaller, the more its packages are preferred."),
        "overwrite_multiple": option("bool", "Replace more than one that match by name or address.", False),
        "auto_import_keys": option("bool", "Import the key of one that is new or changed; this loads its lists.", False),
        "runrefresh": option("bool", "Load its lists now.", False),
        "enabled": option("bool", "Whether it is used.", True),
    },
}
RETURNS = {"repodata": "the repository as asked", "state": "as asked"}
EXAMPLES = """
- zypper_repository: {name: monitoring, repo: "https://download.opensuse.org/repositories/server:/monitoring/15.6/", priority: 90}
"""
NO_REPOSITORIES = 6
ALWAYS = ["--quiet", "--non-interactive"]


class Zypper:
    """The program zypper."""

    def __init__(self, system: Any) -> None:
        self.system = system
        self.program = program(system, "zypper")

    def run(self, words: List[str], more: Any = (), good: Any = (0,)) -> Ran:
        """Run it. Raises ModuleFailed with its words."""
        ran: Ran = self.system.run([self.program] + ALWAYS + list(more) + words)
        if ran.rc not in good:
            raise ModuleFailed("Zypper failed with rc %s" % ran.rc, rc=ran.rc, stdout=ran.out, stderr=ran.err, repodata=None)
        return ran

    def repositories(self) -> List[Dict[str, str]]:
        """Return what zypper knows: alias, name, url, priority, enabled, autorefresh, gpgcheck, all text."""
        ran = self.run(["repos"], ["--xmlout"], (0, NO_REPOSITORIES))
        if ran.rc == NO_REPOSITORIES:
            return []
        try:
            rows = ElementTree.fromstring(ran.out).iter("repo")
        except ElementTree.ParseError as error:
            raise ModuleFailed("zypper's list of repositories cannot be read: %s" % error, stdout=ran.out)
        return [dict(row.attrib, url=(row.findtext("url") or "").strip()) for row in rows]


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Bring it to its state. Raises ModuleFailed."""
    zypper = Zypper(system)
    if args["repo"] == "*" or args["name"] == "*":
        return _refresh_all(args, zypper)
    wanted = _wanted(args, system)
    known = zypper.repositories()
    result: Dict[str, Any] = {"repodata": wanted, "state": args["state"]}
    if args["state"] == "absent":
        found = [each for each in known if each["alias"] == wanted["alias"] or _same_address(each["url"], wanted["url"])]
        for each in found if not system.check else []:
            zypper.run(["removerepo", each["alias"]])
        return dict(result, changed=bool(found))
    plain = dict(wanted, url=_replaced(wanted["url"], known, system))
    found = [each for each in known if each["alias"] == wanted["alias"] or _same_address(each["url"], plain["url"])]
    right = len(found) == 1 and _is_right(found[0], plain)
    if len(found) > 1 and not args["overwrite_multiple"]:
        names = ", ".join("%s (%s)" % (each["alias"], each["url"]) for each in found)
        text = 'More than one repo matched "%s": %s. Use overwrite_multiple to allow more than one repo to be overwritten'
        raise ModuleFailed(text % (wanted["url"], names))
    if not right and not system.check:
        for each in found:
            zypper.run(["removerepo", each["alias"]])
        zypper.run(_add_words(wanted))
    if not system.check and (args["runrefresh"] or (args["auto_import_keys"] and not right)):
        more = ["--gpg-auto-import-keys"] if args["auto_import_keys"] else []
        zypper.run(["refresh", "--force", "-r", str(wanted["alias"])], more)
    return dict(result, changed=not right)


def _refresh_all(args: Dict[str, Any], zypper: Zypper) -> Dict[str, Any]:
    if not args["runrefresh"]:
        raise ModuleFailed("repo=* can only be used with the runrefresh option.")
    if not zypper.system.check:
        zypper.run(["refresh", "--force"], ["--gpg-auto-import-keys"] if args["auto_import_keys"] else [])
    return {"changed": False, "runrefresh": True}


def _wanted(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return the repository as asked, as zypper's list would show it. Raises ModuleFailed for what is no repository."""
    if args["state"] == "present" and not args["repo"]:
        raise ModuleFailed("Module option state=present requires repo")
    if args["state"] == "absent" and not args["repo"] and not args["name"]:
        raise ModuleFailed("Alias or repo parameter required when state=absent")
    wanted = {
        "url": args["repo"],
        "alias": args["name"],
        "name": args["description"],
        "priority": args["priority"],
        "enabled": "1" if args["enabled"] else "0",
        "gpgcheck": "0" if args["disable_gpg_check"] else "1",
        "autorefresh": "1" if args["autorefresh"] else "0",
    }
    if (args["repo"] or "").endswith(".repo"):
        if args["name"]:
            raise ModuleFailed("Incompatible option: 'name'. Do not use name when adding .repo files")
        wanted.update(_from_file(args["repo"], system))
    elif args["state"] == "present" and not args["name"]:
        raise ModuleFailed("Name required when adding non-repo files.")
    return wanted


def _from_file(place: str, system: Any) -> Dict[str, Any]:
    if "://" in place:
        text = fetch(place, "the .repo file").decode("utf-8", "replace")
    elif system.exists(place):
        text = system.read_text(place)
    else:
        raise ModuleFailed("Error opening .repo file from provided path: %s does not exist" % place)
    file = configparser.RawConfigParser()
    try:
        file.read_string(text)
        section = file.sections()[0]
        found: Dict[str, Any] = {"alias": section, "url": file.get(section, "baseurl")}
        for key in ("name", "priority"):
            found.update({key: file.get(section, key)} if file.has_option(section, key) else {})
        for key in ("enabled", "autorefresh", "gpgcheck"):
            if file.has_option(section, key):
                found[key] = "1" if file.getboolean(section, key) else "0"
    except (configparser.Error, IndexError, ValueError) as error:
        raise ModuleFailed("Invalid format, .repo file could not be parsed: %s" % error)
    return found


def _same_address(one: str, other: Optional[str]) -> bool:
    return other is not None and one.rstrip("/") == other.rstrip("/")


def _replaced(url: str, known: List[Dict[str, str]], system: Any) -> str:
    """Return the address with zypper's variables replaced, as its list shows it."""
    if "$" not in url or not known:
        return url
    version = system.run(["rpm", "-q", "--qf", "%{version}", "-f", "/etc/os-release"], fail="the version of the system is not known").out
    for name, value in (("releasever", version), ("basearch", system.uname().machine)):
        url = url.replace("${%s}" % name, value).replace("$" + name, value)
    return url


def _is_right(held: Dict[str, str], wanted: Dict[str, Any]) -> bool:
    if not _same_address(held["url"], wanted["url"]):
        return False
    return all(value is None or held.get(key) == str(value) for key, value in wanted.items() if key != "url")


def _add_words(wanted: Dict[str, Any]) -> List[str]:
    words = ["addrepo", "--check"]
    words += ["--name", wanted["name"]] if wanted["name"] else []
    words += ["--priority", str(wanted["priority"])] if wanted["priority"] is not None else []
    words += ["--disable"] if wanted["enabled"] == "0" else []
    words.append("--gpgcheck" if wanted["gpgcheck"] == "1" else "--no-gpgcheck")
    words += ["--refresh"] if wanted["autorefresh"] == "1" else []
    return words + [wanted["url"], wanted["alias"]]
