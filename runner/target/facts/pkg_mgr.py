"""Which package manager this host is kept with."""

# by family, the first that is there; then the first of any
BY_FAMILY = {
    "Debian": (("/usr/bin/apt-get", "apt"),),
    "RedHat": (("/usr/bin/dnf5", "dnf5"), ("/usr/bin/dnf-3", "dnf"), ("/usr/bin/dnf", "dnf"), ("/usr/bin/yum", "yum")),
    "Suse": (("/usr/bin/zypper", "zypper"),),
    "Alpine": (("/sbin/apk", "apk"),),
    "Archlinux": (("/usr/bin/pacman", "pacman"),),
    "Gentoo": (("/usr/bin/emerge", "portage"),),
}
OTHERS = (
    ("/usr/bin/xbps-install", "xbps"),
    ("/usr/bin/swupd", "swupd"),
    ("/bin/opkg", "opkg"),
    ("/usr/sbin/pkg", "pkgng"),
    ("/usr/bin/nix", "nix"),
)


def collect(system, family):
    """Return pkg_mgr. family: the fact os_family."""
    if family == "RedHat" and system.exists("/run/ostree-booted"):
        return {"pkg_mgr": "atomic_container"}
    own = BY_FAMILY.get(family, ())
    rest = tuple(each for name, group in BY_FAMILY.items() if name != family for each in group)
    for path, name in own + rest + OTHERS:
        if system.exists(path):
            return {"pkg_mgr": name}
    return {"pkg_mgr": "unknown"}
