"""What rpm and dnf print, as values. Source: rpm(8), dnf(8). Written after the manuals, seen with dnf 4.14 on Debian 12."""

import re
from typing import Dict, List

QUERY = r"%{NAME}\t%{EPOCHNUM}\t%{VERSION}\t%{RELEASE}\t%{ARCH}\n"
_SECTIONS = {
    "Installed": "Installed",
    "Upgraded": "Installed",
    "Downgraded": "Installed",
    "Reinstalled": "Installed",
    "Installed dependencies": "Installed",
    "Removed": "Removed",
}


def parse_results(text: str) -> List[str]:
    """Return `Installed: name-version` and `Removed: ...` of the summary that dnf ends with."""
    results: List[str] = []
    section = ""
    for line in text.splitlines():
        head = re.match(r"^(\w[\w ]*):\s*$", line)
        if head:
            section = _SECTIONS.get(head.group(1), "")
        elif not line.startswith(" "):
            section = ""
        elif section:
            # one package a column, each with its architecture at the end
            results += ["%s: %s" % (section, word) for word in line.split() if re.search(r"\.\w+$", word)]
    return results


def parse_planned(text: str) -> List[str]:
    """Return the same of the table in which dnf says what it would do: name, architecture and version in a row."""
    results: List[str] = []
    section, name = "", ""
    for line in text.splitlines():
        head = re.match(r"^(Install|Upgrad|Downgrad|Reinstall|Remov)ing\b[^:]*:\s*$", line)
        words = line.split()
        if head:
            section = "Removed" if head.group(1) == "Remov" else "Installed"
        elif not line.startswith(" ") or not words:
            section = ""
        elif section and len(words) == 1:
            # a long name has a line of its own
            name = words[0]
        elif section:
            row = [name] * bool(name) + words
            name = ""
            results += ["%s: %s-%s.%s" % (section, row[0], row[2], row[1])] if len(row) > 3 else []
    return results


def unmatched(text: str) -> List[str]:
    """Return the packages that dnf could not find."""
    found = re.findall(r"No match for argument: (\S+)", text)
    found += re.findall(r"Unable to find a match: (.+)", text)[0].split() if "Unable to find a match: " in text else []
    return sorted(set(found))


def nothing_to_do(text: str) -> bool:
    """Whether dnf said that there is nothing to do."""
    return re.search(r"^\s*(Nothing to do\.?|No packages marked for (update|removal).*)\s*$", text, re.M) is not None


def parse_list(text: str) -> List[Dict[str, str]]:
    """Return the rows of `dnf -q list`: name, arch, version, release, epoch, repo."""
    rows = []
    for line in text.splitlines():
        words = line.split()
        found = re.match(r"^(?:(\d+):)?([^-]+)-(.+)$", words[1]) if len(words) == 3 else None
        if found and "." in words[0]:
            name, _dot, arch = words[0].rpartition(".")
            row = {
                "name": name,
                "arch": arch,
                "epoch": found.group(1) or "0",
                "version": found.group(2),
                "release": found.group(3),
            }
            row["repo"] = words[2].lstrip("@")
            row["yumstate"] = "installed" if words[2].startswith("@") else "available"
            row["nevra"] = "%(epoch)s:%(name)s-%(version)s-%(release)s.%(arch)s" % row
            rows.append(row)
    return rows
