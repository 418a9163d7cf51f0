"""The distribution as the Linux Standard Base names it; only where the host has LSB's file or program."""

from runner.target.facts.source import pairs, text

KEYS = {"id": "DISTRIB_ID", "release": "DISTRIB_RELEASE", "description": "DISTRIB_DESCRIPTION", "codename": "DISTRIB_CODENAME"}


def collect(system):
    """Return lsb."""
    own = pairs(text(system, "/etc/lsb-release"))
    if any(key in own for key in KEYS.values()):
        return {"lsb": described(own)}
    # the program is a script that reads os-release too, and takes longer than all other facts together
    if system.which("lsb_release"):
        return {"lsb": from_os_release(pairs(text(system, "/etc/os-release")))}
    return {"lsb": {}}


def described(own):
    """Return the facts for the pairs of /etc/lsb-release."""
    facts = {name: own[key] for name, key in KEYS.items() if own.get(key)}
    if "release" in facts:
        facts["major_release"] = facts["release"].split(".")[0]
    return facts


def from_os_release(release):
    """Return what lsb_release(1) would say, from the pairs of os-release."""
    version = release.get("VERSION_ID", "n/a")
    return {
        "id": release.get("NAME", release.get("ID", "")).split(" ")[0],
        "description": release.get("PRETTY_NAME", ""),
        "release": version,
        "codename": release.get("VERSION_CODENAME", "n/a"),
        "major_release": version.split(".")[0],
    }
