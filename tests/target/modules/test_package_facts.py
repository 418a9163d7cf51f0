"""package_facts: recorded from dpkg and apt on Debian 12; rpm, apk and pacman cannot run here: after their documentation."""

from runner.target.modules import package_facts
from tests.target.fake_system import FakeSystem

DPKG = "installed\tbash\t5.2.15-2+b8\tamd64\tshells\ninstalled\tadduser\t3.134\tall\tadmin\nconfig-files\told\t1.0\tamd64\tmisc\n"
POLICY = """Package files:
 100 /var/lib/dpkg/status
     release a=now
 500 http://deb.debian.org/debian bookworm/main amd64 Packages
     release v=12,o=Debian,a=oldstable,n=bookworm,l=Debian,c=main,b=amd64
     origin deb.debian.org
"""
PACKAGES = """adduser:
  Installed: 3.134
  Candidate: 3.134
  Version table:
 *** 3.134 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
        100 /var/lib/dpkg/status
bash:
  Installed: 5.2.15-2+b8
  Candidate: 5.2.15-2+b9
  Version table:
     5.2.15-2+b9 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
 *** 5.2.15-2+b8 100
        100 /var/lib/dpkg/status
"""


def host(**options):
    commands = {
        f"dpkg-query -W -f '{package_facts.DPKG}'": DPKG,
        "apt-cache policy": POLICY,
        "apt-cache policy adduser bash": PACKAGES,
    }
    return FakeSystem(commands=commands, **options)


def test_apt():
    packages = host().perform(package_facts)["ansible_facts"]["packages"]
    assert packages == {
        "bash": [{"name": "bash", "version": "5.2.15-2+b8", "arch": "amd64", "category": "shells", "origin": "", "source": "apt"}],
        "adduser": [{"name": "adduser", "version": "3.134", "arch": "all", "category": "admin", "origin": "Debian", "source": "apt"}],
    }


def test_all_merges_managers():
    commands = host().commands | {
        f"rpm -qa --qf '{package_facts.RPM}'": "kernel\t5.14.0\t70.el9\t(none)\tx86_64\ngpg-pubkey\ta\tb\t(none)\t(none)\n"
    }
    packages = FakeSystem(commands=commands).perform(package_facts, strategy="all")["ansible_facts"]["packages"]
    assert packages["kernel"] == [
        {"name": "kernel", "version": "5.14.0", "release": "70.el9", "epoch": None, "arch": "x86_64", "source": "rpm"}
    ]
    assert "bash" in packages
    assert "gpg-pubkey" not in packages


def test_other_formats():
    assert package_facts.parse_apk("musl-1.2.4-r2\nbusybox-extras-1.36.1-r15\n") == [
        {"name": "musl", "version": "1.2.4", "release": "r2", "source": "apk"},
        {"name": "busybox-extras", "version": "1.36.1", "release": "r15", "source": "apk"},
    ]
    assert package_facts.parse_pacman("bash 5.2.026-2\n") == [{"name": "bash", "version": "5.2.026-2", "source": "pacman"}]


def test_a_host_without_the_manager():
    result = host().perform(package_facts, manager=["dnf"])
    assert result["failed"]
    assert result["msg"].startswith("Could not detect a supported package manager from the following list: ['rpm']")
