"""The distribution facts for the release files of many distributions."""

import pytest

from runner.target.facts import distribution, lsb, pkg_mgr
from tests.target.fake_system import FakeSystem

UBUNTU = 'NAME="Ubuntu"\nVERSION_ID="22.04"\nVERSION="22.04.4 LTS (Jammy Jellyfish)"\nVERSION_CODENAME=jammy\nID=ubuntu\n'
DEBIAN = (
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\n'
    "VERSION_CODENAME=bookworm\nID=debian\n"
)
RHEL = 'NAME="Red Hat Enterprise Linux"\nVERSION="9.3 (Plow)"\nID="rhel"\nID_LIKE="fedora"\nVERSION_ID="9.3"\n'
ROCKY = 'NAME="Rocky Linux"\nVERSION="9.3 (Blue Onyx)"\nID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.3"\n'
STREAM = 'NAME="CentOS Stream"\nVERSION="9"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="9"\n'
CENTOS7 = 'NAME="CentOS Linux"\nVERSION="7 (Core)"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="7"\n'
LEAP = 'NAME="openSUSE Leap"\nVERSION="15.5"\nID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="15.5"\n'
ALPINE = 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.18.4\nPRETTY_NAME="Alpine Linux v3.18"\n'
UNKNOWN = 'NAME="Foo OS"\nID=foo\nID_LIKE="bar debian"\nVERSION_ID=1\n'


@pytest.mark.parametrize(
    ("files", "name", "version", "major", "release", "family", "file"),
    [
        ({"os-release": UBUNTU}, "Ubuntu", "22.04", "22", "jammy", "Debian", ("/etc/os-release", "Debian")),
        (
            {"os-release": DEBIAN, "debian_version": "12.11\n"},
            "Debian",
            "12.11",
            "12",
            "bookworm",
            "Debian",
            ("/etc/os-release", "Debian"),
        ),
        ({"os-release": DEBIAN, "debian_version": "trixie/sid\n"}, "Debian", "12", "12", "bookworm", "Debian", None),
        (
            {"os-release": RHEL, "redhat-release": "Red Hat Enterprise Linux release 9.3 (Plow)\n", "system-release": "x"},
            "RedHat",
            "9.3",
            "9",
            "Plow",
            "RedHat",
            ("/etc/redhat-release", "RedHat"),
        ),
        (
            {"os-release": ROCKY, "redhat-release": "Rocky Linux release 9.3 (Blue Onyx)\n"},
            "Rocky",
            "9.3",
            "9",
            "Blue Onyx",
            "RedHat",
            None,
        ),
        (
            {"os-release": STREAM, "redhat-release": "CentOS Stream release 9\n", "centos-release": "CentOS Stream release 9\n"},
            "CentOS",
            "9",
            "9",
            "Stream",
            "RedHat",
            ("/etc/centos-release", "CentOS"),
        ),
        (
            {"os-release": CENTOS7, "redhat-release": "CentOS Linux release 7.9.2009 (Core)\n"},
            "CentOS",
            "7.9",
            "7",
            "Core",
            "RedHat",
            None,
        ),
        ({"os-release": LEAP}, "openSUSE Leap", "15.5", "15", "5", "Suse", ("/etc/os-release", "SUSE")),
        (
            {"os-release": ALPINE, "alpine-release": "3.18.4\n"},
            "Alpine",
            "3.18.4",
            "3",
            "NA",
            "Alpine",
            ("/etc/alpine-release", "Alpine"),
        ),
        ({"os-release": UNKNOWN}, "Foo", "1", "1", "NA", "Debian", None),
    ],
)
def test_distribution(files, name, version, major, release, family, file):
    facts = distribution.collect(FakeSystem({"/etc/" + path: content for path, content in files.items()}))
    assert facts["distribution"] == name
    assert facts["distribution_version"] == version
    assert facts["distribution_major_version"] == major
    assert facts["distribution_release"] == release
    assert facts["os_family"] == family
    if file:
        assert (facts["distribution_file_path"], facts["distribution_file_variety"]) == file


def test_nothing_known():
    facts = distribution.collect(FakeSystem())
    assert (facts["distribution"], facts["distribution_version"], facts["os_family"]) == ("NA", "NA", "NA")


@pytest.mark.parametrize(
    ("family", "programs", "found"),
    [
        ("Debian", ["/usr/bin/apt-get", "/usr/bin/dnf"], "apt"),
        ("RedHat", ["/usr/bin/dnf-3", "/usr/bin/yum"], "dnf"),
        ("RedHat", ["/usr/bin/yum"], "yum"),
        ("RedHat", ["/run/ostree-booted", "/usr/bin/dnf"], "atomic_container"),
        ("Suse", ["/usr/bin/zypper"], "zypper"),
        ("Void", ["/usr/bin/xbps-install"], "xbps"),
        ("Foo", [], "unknown"),
    ],
)
def test_package_manager(family, programs, found):
    assert pkg_mgr.collect(FakeSystem(dict.fromkeys(programs, "")), family) == {"pkg_mgr": found}


def test_lsb_is_read_from_its_file_or_told_as_the_program_would():
    own = 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=22.04\nDISTRIB_CODENAME=jammy\nDISTRIB_DESCRIPTION="Ubuntu 22.04.4 LTS"\n'
    wanted = {"id": "Ubuntu", "release": "22.04", "major_release": "22", "codename": "jammy", "description": "Ubuntu 22.04.4 LTS"}
    assert lsb.collect(FakeSystem({"/etc/lsb-release": own}))["lsb"] == wanted
    debian = FakeSystem({"/etc/os-release": DEBIAN}, programs=["lsb_release"])
    assert lsb.collect(debian)["lsb"] == {
        "id": "Debian",
        "release": "12",
        "major_release": "12",
        "codename": "bookworm",
        "description": "Debian GNU/Linux 12 (bookworm)",
    }
    assert debian.ran == []
    assert lsb.collect(FakeSystem({"/etc/os-release": DEBIAN}))["lsb"] == {}
