"""Returns every installed package as `ansible_facts.packages`, name -> installed versions. Asks dpkg, rpm, apk or pacman."""

import re
from typing import Any, Callable, Dict, List, Tuple

from runner.target.decision import ModuleFailed

_SAME = {"yum": "rpm", "dnf": "rpm", "dnf5": "rpm", "zypper": "rpm"}
_FORMATS = ("apt", "rpm", "apk", "pacman")

ARGUMENTS = {
    "type": "object",
    "properties": {
        "manager": {
            "type": "array",
            "items": {"type": "string", "enum": ["auto", *_FORMATS, *sorted(_SAME)]},
            "default": ["auto"],
            "description": "Package managers to ask, in this order; auto asks for each that we know.",
        },
        "strategy": {
            "type": "string",
            "enum": ["first", "all"],
            "default": "first",
            "description": "Stop at the first manager the host has, or merge the lists of all.",
        },
    },
}
RETURNS = {
    "ansible_facts.packages": "name -> list of {name, version, arch, source} and, with apt, category and origin; "
    "with rpm, release and epoch"
}
EXAMPLES = """
- name: Learn which packages are installed
  package_facts:

- name: Say which version of curl there is
  debug: {msg: "{{ ansible_facts.packages['curl'] | map(attribute='version') | list }}"}
  when: "'curl' in ansible_facts.packages"
"""
DPKG = r"${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\t${Section}\n"
UNABLE = "Unable to list packages"
RPM = r"%{NAME}\t%{VERSION}\t%{RELEASE}\t%{EPOCH}\t%{ARCH}\n"


def parse_dpkg(text: str) -> List[Dict[str, Any]]:
    """Return the installed packages of `dpkg-query -W -f DPKG`."""
    packages = []
    for line in text.splitlines():
        fields = line.split("\t")
        if len(fields) == 5 and fields[0] == "installed":
            name, version, arch, category = fields[1:]
            packages.append({"name": name, "version": version, "arch": arch, "category": category, "origin": "", "source": "apt"})
    return packages


def parse_releases(text: str) -> Dict[str, str]:
    """Return "URL suite/component" -> origin of `apt-cache policy` without arguments."""
    origins = {}
    for place, release in re.findall(r"^ +-?\d+ (\S+ \S+) \S+ Packages\n +release (.*)$", text, re.M):
        fields = dict(part.split("=", 1) for part in release.split(",") if "=" in part)
        origins[place] = fields.get("o", "")
    return origins


def parse_origins(text: str, releases: Dict[str, str]) -> Dict[str, str]:
    """Return package -> origin of its installed version, of `apt-cache policy PACKAGE ...`; none for one no archive has."""
    origins: Dict[str, str] = {}
    name, installed = "", False
    for line in text.splitlines():
        if line and not line.startswith(" "):
            name, installed = line.rstrip(":"), False
        elif re.match(r" (\*\*\*|   ) \S", line):
            installed = line.startswith(" ***")
        elif installed and name not in origins:
            words = line.split()
            origins[name] = releases.get(" ".join(words[1:3]), "") if len(words) >= 3 else ""
    return origins


def parse_rpm(text: str) -> List[Dict[str, Any]]:
    """Return the packages of `rpm -qa --qf RPM`; keys that are imported for signatures are no packages."""
    packages = []
    for line in text.splitlines():
        fields = line.split("\t")
        if len(fields) == 5 and fields[0] != "gpg-pubkey":
            name, version, release, epoch, arch = fields
            number = int(epoch) if epoch.isdigit() else None
            packages.append({"name": name, "version": version, "release": release, "epoch": number, "arch": arch, "source": "rpm"})
    return packages


def parse_apk(text: str) -> List[Dict[str, Any]]:
    """Return the packages of `apk info -v`: one NAME-VERSION-rRELEASE a line."""
    packages = []
    for line in text.splitlines():
        found = re.match(r"^(\S+)-(\d[^-\s]*)-(r\d+)$", line.strip())
        if found:
            packages.append({"name": found.group(1), "version": found.group(2), "release": found.group(3), "source": "apk"})
    return packages


def parse_pacman(text: str) -> List[Dict[str, Any]]:
    """Return the packages of `pacman -Q`: one NAME VERSION a line."""
    rows = (line.split() for line in text.splitlines())
    return [{"name": row[0], "version": row[1], "source": "pacman"} for row in rows if len(row) == 2]


def _apt(system: Any) -> List[Dict[str, Any]]:
    packages = parse_dpkg(system.run(["dpkg-query", "-W", "-f", DPKG], fail=UNABLE).out)
    if packages and system.which("apt-cache"):
        releases = parse_releases(system.run(["apt-cache", "policy"]).out)
        names = sorted({each["name"] for each in packages})
        origins = parse_origins(system.run(["apt-cache", "policy"] + names).out, releases) if releases else {}
        for each in packages:
            each["origin"] = origins.get(each["name"], "")
    return packages


def _rpm(system: Any) -> List[Dict[str, Any]]:
    return parse_rpm(system.run(["rpm", "-qa", "--qf", RPM], fail=UNABLE).out)


def _apk(system: Any) -> List[Dict[str, Any]]:
    return parse_apk(system.run(["apk", "info", "-v"], fail=UNABLE).out)


def _pacman(system: Any) -> List[Dict[str, Any]]:
    return parse_pacman(system.run(["pacman", "-Q"], fail=UNABLE).out)


# package format -> the program that tells it is there, and how to list
_LIST: Dict[str, Tuple[str, Callable[[Any], List[Dict[str, Any]]]]] = {
    "apt": ("dpkg-query", _apt),
    "rpm": ("rpm", _rpm),
    "apk": ("apk", _apk),
    "pacman": ("pacman", _pacman),
}


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return the packages of the first manager that has any, or of all."""
    wanted: List[str] = []
    named = [_SAME.get(name, name) for name in args["manager"]]
    for name in args["manager"]:
        wanted += [each for each in (_FORMATS if name == "auto" else [_SAME.get(name, name)]) if each not in wanted]
    packages: Dict[str, List[Dict[str, Any]]] = {}
    asked = 0
    for name in wanted:
        tool, listing = _LIST[name]
        if not system.which(tool):
            if name in named:
                system.warn("Requested package manager %s was not usable by this module: the host has no %s" % (name, tool))
            continue
        try:
            found = listing(system)
        except ModuleFailed as failure:
            system.warn("Failed to retrieve packages with %s: %s: %s" % (name, failure.msg, failure.result.get("stderr", "").strip()))
            continue
        # a Debian host may carry an rpm tool with an empty database: that is not its package manager
        asked += 1 if found or name != "rpm" else 0
        for each in found:
            packages.setdefault(each["name"], []).append(each)
        if packages and args["strategy"] == "first":
            break
    if not asked:
        raise ModuleFailed(
            "Could not detect a supported package manager from the following list: %s. The host has none of the programs %s."
            % (wanted, ", ".join(_LIST[name][0] for name in wanted))
        )
    return {"ansible_facts": {"packages": packages}}
