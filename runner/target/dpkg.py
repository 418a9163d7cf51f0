"""Installed packages, package specifications and version order of Debian. Source: dpkg-query(1), deb-version(7), apt-get(8)."""

import fnmatch
import re
from collections import namedtuple
from typing import Dict, Iterable, List, Optional, Tuple

# status: installed, config-files, half-installed ...; provides: names of virtual packages
Installed = namedtuple("Installed", "name arch version status provides")
# relation: "", "=" or ">="; version may hold wildcards with "="
Spec = namedtuple("Spec", "name arch relation version")
FORMAT = r"${Package}\t${Architecture}\t${Version}\t${db:Status-Status}\t${Provides}\n"


def parse_installed(text: str) -> List[Installed]:
    """Return the packages of `dpkg-query -W -f FORMAT`."""
    packages = []
    for line in text.splitlines():
        fields = line.split("\t")
        if len(fields) == 5:
            provides = [each.split()[0] for each in fields[4].split(",") if each.strip()]
            packages.append(Installed(fields[0], fields[1], fields[2], fields[3], provides))
    return packages


def parse_spec(text: str) -> Spec:
    """Return what `name`, `name:arch`, `name=version` or `name>=version` asks for."""
    found = re.match(r"^\s*([^=<>\s:]+)(?::([^=<>\s]+))?\s*(?:(>=|=)\s*(\S+))?\s*$", text)
    if not found:
        raise ValueError("invalid package spec: %s" % text)
    return Spec(found.group(1), found.group(2) or "", found.group(3) or "", found.group(4) or "")


def has_wildcard(text: str) -> bool:
    """Whether the text is a shell pattern."""
    return re.search(r"[*?\[]", text) is not None


def _order(char: str) -> int:
    if char == "~":
        return -1
    if char.isdigit() or not char:
        return 0
    return ord(char) if char.isalpha() else ord(char) + 256


def _compare_part(left: str, right: str) -> int:
    """Compare two upstream versions or two revisions: letters sort before other signs, a tilde before even the end."""
    i = j = 0
    while i < len(left) or j < len(right):
        while (i < len(left) and not left[i].isdigit()) or (j < len(right) and not right[j].isdigit()):
            a, b = _order(left[i : i + 1]), _order(right[j : j + 1])
            if a != b:
                return -1 if a < b else 1
            i, j = i + 1, j + 1
        first = re.match(r"\d*", left[i:])
        second = re.match(r"\d*", right[j:])
        one, two = first.group() if first else "", second.group() if second else ""
        if int(one or 0) != int(two or 0):
            return -1 if int(one or 0) < int(two or 0) else 1
        i, j = i + len(one), j + len(two)
    return 0


def _split(version: str) -> Tuple[int, str, str]:
    epoch, mark, rest = version.partition(":")
    if not mark:
        epoch, rest = "0", version
    upstream, mark, revision = rest.rpartition("-")
    if not mark:
        upstream, revision = rest, ""
    return int(epoch) if epoch.isdigit() else 0, upstream, revision


def compare(left: str, right: str) -> int:
    """Return -1, 0 or 1 as the left version is older than, as old as, or newer than the right one."""
    one, two = _split(left), _split(right)
    if one[0] != two[0]:
        return -1 if one[0] < two[0] else 1
    return _compare_part(one[1], two[1]) or _compare_part(one[2], two[2])


def satisfies(version: str, spec: Spec) -> bool:
    """Whether a version is one the specification asks for."""
    if spec.relation == "=":
        return version == spec.version or fnmatch.fnmatchcase(version, spec.version)
    if spec.relation == ">=":
        return compare(version, spec.version) >= 0
    return True


def find_installed(spec: Spec, packages: Iterable[Installed], native: str) -> Optional[Installed]:
    """Return the package of that name whose files (or at least configuration) are on the host."""
    wanted = (spec.arch,) if spec.arch and spec.arch not in ("any", "native") else (native, "all")
    matching = [each for each in packages if each.name == spec.name and each.status != "not-installed"]
    for each in matching:
        if each.arch in wanted:
            return each
    # a foreign one counts when no architecture was asked for and there is no native one
    return matching[0] if matching and not spec.arch else None


def provider(name: str, packages: Iterable[Installed]) -> Optional[Installed]:
    """Return an installed package that provides a virtual one."""
    return next((each for each in packages if each.status == "installed" and name in each.provides), None)


def parse_policy(text: str) -> Dict[str, str]:
    """Return package -> candidate version of `apt-cache policy NAME ...`; packages that cannot be installed are left out."""
    candidates, name = {}, ""
    for line in text.splitlines():
        if line and not line.startswith(" "):
            name = line.rstrip(":")
        elif line.startswith("  Candidate: ") and not line.endswith("(none)"):
            candidates[name] = line.split(": ", 1)[1]
    return candidates


def parse_madison(text: str) -> Dict[str, List[str]]:
    """Return package -> versions that can be had, best first, of `apt-cache madison NAME ...`; sources are left out."""
    versions: Dict[str, List[str]] = {}
    for line in text.splitlines():
        fields = [each.strip() for each in line.split("|")]
        if len(fields) == 3 and not fields[2].endswith("Sources") and fields[1] not in versions.setdefault(fields[0], []):
            versions[fields[0]].append(fields[1])
    return versions
