"""Which distribution this is, under the names Ansible gives: from os-release(5) and the distributions' own files."""

import re

from runner.target.facts.source import pairs, text

# os-release ID -> name
NAMES = {
    "rhel": "RedHat",
    "centos": "CentOS",
    "rocky": "Rocky",
    "almalinux": "AlmaLinux",
    "fedora": "Fedora",
    "ol": "OracleLinux",
    "amzn": "Amazon",
    "scientific": "Scientific",
    "debian": "Debian",
    "ubuntu": "Ubuntu",
    "raspbian": "Debian",
    "linuxmint": "Linux Mint",
    "kali": "Kali",
    "pop": "Pop!_OS",
    "devuan": "Devuan",
    "alpine": "Alpine",
    "arch": "Archlinux",
    "manjaro": "Manjaro",
    "gentoo": "Gentoo",
    "sles": "SLES",
    "sled": "SLED",
    "sles_sap": "SLES_SAP",
    "opensuse-leap": "openSUSE Leap",
    "opensuse-tumbleweed": "openSUSE Tumbleweed",
    "photon": "Photon",
    "openeuler": "openEuler",
    "anolis": "Anolis",
    "void": "Void",
    "flatcar": "Flatcar",
}
FAMILIES = {
    "RedHat": ("RedHat", "CentOS", "Rocky", "AlmaLinux", "Fedora", "OracleLinux", "Amazon", "Scientific", "openEuler", "Anolis"),
    "Debian": ("Debian", "Ubuntu", "Linux Mint", "Kali", "Pop!_OS", "Devuan"),
    "Suse": ("SLES", "SLED", "SLES_SAP", "openSUSE Leap", "openSUSE Tumbleweed", "openSUSE MicroOS"),
    "Alpine": ("Alpine",),
    "Archlinux": ("Archlinux", "Manjaro"),
    "Gentoo": ("Gentoo",),
}
# the first of these files that exists says where the name was read: (path, variety, families)
FILES = (
    ("/etc/oracle-release", "OracleLinux", ("OracleLinux",)),
    ("/etc/centos-release", "CentOS", ("CentOS",)),
    ("/etc/system-release", "Amazon", ("Amazon",)),
    ("/etc/redhat-release", "RedHat", FAMILIES["RedHat"]),
    ("/etc/alpine-release", "Alpine", ("Alpine",)),
    ("/etc/os-release", "SUSE", FAMILIES["Suse"]),
    ("/etc/os-release", "Debian", FAMILIES["Debian"]),
    ("/etc/arch-release", "Archlinux", FAMILIES["Archlinux"]),
    ("/etc/gentoo-release", "Gentoo", ("Gentoo",)),
)


def collect(system):
    """Return distribution, distribution_version, _release, _major_version, _file_..., and os_family."""
    release = pairs(text(system, "/etc/os-release") or text(system, "/usr/lib/os-release"))
    own = {name: text(system, "/etc/" + name) for name in ("debian_version", "redhat-release", "alpine-release")}
    facts = described(release, own)
    for path, variety, members in FILES:
        if facts["distribution"] in members and system.exists(path):
            facts.update(distribution_file_path=path, distribution_file_variety=variety, distribution_file_parsed=True)
            break
    return facts


def described(release, own):
    """Return the facts for the pairs of os-release and the texts of debian_version, redhat-release and alpine-release."""
    identity = release.get("ID", "")
    name = NAMES.get(identity) or release.get("NAME", "").split(" ")[0] or "NA"
    version = version_of(name, release, own)
    parts = version.split(".")
    facts = {
        "distribution": name,
        "distribution_version": version,
        "distribution_major_version": parts[0] or "NA",
        "distribution_release": codename(name, release, own),
        "os_family": family(name, release),
    }
    if len(parts) > 1:
        facts["distribution_minor_version"] = parts[1]
    return facts


def family(name, release):
    """Return the family: by name, else by what the distribution says it is like, else its own name."""
    for each, members in FAMILIES.items():
        if name in members:
            return each
    for like in release.get("ID_LIKE", "").split():
        known = NAMES.get(like, {"suse": "SLES"}.get(like))
        if known:
            return family(known, {})
    return name


def version_of(name, release, own):
    """Return the most exact version: Debian, Alpine and CentOS say more in their own files than in os-release."""
    version = release.get("VERSION_ID", "")
    if name in ("Debian", "Devuan") and re.match(r"\d", own.get("debian_version", "")):
        return str(own["debian_version"])
    if name == "Alpine" and own.get("alpine-release"):
        return str(own["alpine-release"])
    if name in ("CentOS", "Scientific") and "." not in version:
        exact = re.search(r"release (\d+(?:\.\d+)?)", own.get("redhat-release", ""))
        return exact.group(1) if exact else version
    return version or ("rolling" if name in ("Archlinux", "Manjaro") else "NA")


def codename(name, release, own):
    """Return the release's code name, "NA" when it has none."""
    if name == "CentOS" and "Stream" in release.get("NAME", ""):
        return "Stream"
    if release.get("VERSION_CODENAME"):
        return release["VERSION_CODENAME"]
    if family(name, release) == "Suse" and "." in release.get("VERSION_ID", ""):
        return release["VERSION_ID"].split(".")[1]
    if name == "Fedora":
        return ""
    in_brackets = re.search(r"\(([^)]+)\)", own.get("redhat-release", "") or release.get("VERSION", ""))
    return in_brackets.group(1) if in_brackets else "NA"
