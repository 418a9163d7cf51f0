"""apt: recorded from apt 2.6 and dpkg 1.21 on Debian 12."""

import pytest

from runner.target import apt_get, apt_packages, dpkg
from runner.target.decision import ModuleFailed
from runner.target.modules import apt
from tests.target.fake_system import FakeSystem, Node

WORLD = """dpkg\tamd64\t1.21.22\tinstalled\t
mawk\tamd64\t1.3.4\tinstalled\tawk
nginx\tamd64\t1.22.1-9+deb12u1\tinstalled\thttpd (= 1.22.1-9+deb12u1), httpd-cgi
old\tamd64\t1.0-1\tconfig-files\t
libc6\tamd64\t2.36-9\tinstalled\t
libc6\ti386\t2.36-9\tinstalled\t
"""
NEW = """Reading package lists...
Building dependency tree...
Reading state information...
The following NEW packages will be installed:
  hello
0 upgraded, 1 newly installed, 0 to remove and 4 not upgraded.
Setting up hello (2.10-3) ...
"""
LOCKED = (
    "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 2310 (python3)\n"
    "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?\n"
)
HEAD = "apt-get -y -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold"
QUERY = f"dpkg-query -W -f '{dpkg.FORMAT}'"
LISTS = "/var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_main_binary-amd64_Packages"
POLICY = "nginx:\n  Installed: 1.22.1-9+deb12u1\n  Candidate: %s\n  Version table:\n"


def host(commands=None, **options):
    files = {LISTS: ""} | options.pop("files", {})
    return FakeSystem(files, {QUERY: WORLD} | (commands or {}), **options)


def aptget(system):
    return [argv[1:] for argv in system.ran if argv[0].endswith("apt-get")]


def test_installs_what_is_missing_in_one_command():
    system = host({f"{HEAD} install hello": NEW}, diff=True)
    result = system.perform(apt, name=["hello", "nginx"])
    assert result["changed"]
    assert result["stdout"] == NEW
    assert result["stderr"] == ""
    prepared = result["diff"]["prepared"]
    assert prepared.startswith("The following NEW packages")
    assert prepared.endswith("4 not upgraded.")


def test_nothing_to_do_runs_no_apt_get():
    system = host({"apt-cache policy nginx": POLICY % "1.22.1-9+deb12u2", "apt-cache madison nginx nginx": ""})
    assert not system.perform(apt, name=["nginx=1.22*", "awk", "libc6:i386", "nginx>=1.20"])["changed"]
    assert aptget(system) == []


def test_check_mode_simulates():
    system = host({f"{HEAD} --simulate install hello": NEW}, check=True)
    assert system.perform(apt, name=["hello"])["changed"]
    assert aptget(system)[0][-3:] == ["--simulate", "install", "hello"]


def test_latest_compares_with_the_candidate():
    same = host({"apt-cache policy nginx": POLICY % "1.22.1-9+deb12u1"})
    assert not same.perform(apt, name=["nginx"], state="latest")["changed"]
    newer = host({"apt-cache policy nginx": POLICY % "1.22.1-9+deb12u2", f"{HEAD} install nginx": NEW})
    assert newer.perform(apt, name=["nginx"], state="latest")["changed"]


def test_removes_and_purges():
    system = host({f"{HEAD} remove nginx": NEW})
    assert system.perform(apt, name=["nginx", "nosuch", "old"], state="absent")["changed"]
    purge = host({f"{HEAD} --purge remove old": NEW})
    assert purge.perform(apt, name=["old"], state="absent", purge=True)["changed"]
    assert not host().perform(apt, name=["old", "nosuch*"[:-1]], state="absent")["changed"]


def test_patterns_of_names_and_versions():
    madison = "hello | 2.10-3 | http://deb bookworm/main amd64 Packages\nhello | 2.9-1 | http://deb bookworm/main Sources\n"
    system = host({"apt-cache pkgnames": "hello\nhelmo\n", f"{HEAD} install hello helmo": NEW})
    assert system.perform(apt, name=["hel?o"])["changed"]
    dated = host({"apt-cache madison hello": madison, f"{HEAD} install hello=2.10-3": NEW})
    assert dated.perform(apt, name=["hello=2.*"])["changed"]
    none = host({"apt-cache madison hello": madison}).perform(apt, name=["hello=9*"])
    assert none["msg"] == "no available installation candidate for hello=9*. Versions that can be had: 2.10-3"


def test_an_unknown_package_names_the_nearest():
    err = "E: Unable to locate package nginxx\n"
    commands = {f"{HEAD} install nginxx": (100, "", err), "apt-cache pkgnames ng": "nginx\nngetty\n"}
    result = host(commands).perform(apt, name=["nginxx"])
    assert result["msg"] == "No package matching 'nginxx' is available. Nearest: nginx"
    assert result["rc"] == 100
    bare = FakeSystem(commands={QUERY: WORLD} | commands | {"apt-cache pkgnames ng": ""})
    assert bare.perform(apt, name=["nginxx"])["msg"].endswith("use update_cache")


def test_a_virtual_package_names_its_providers():
    out = "Package mta is a virtual package provided by:\n  postfix 3.7\n  exim4 4.96\n\n"
    commands = {f"{HEAD} install mta": (100, out, "E: Package 'mta' has no installation candidate\n")}
    assert host(commands).perform(apt, name=["mta"])["msg"].endswith("provide it: postfix, exim4")


def test_waits_for_the_lock_and_says_who_has_it():
    busy = host({f"{HEAD} install hello": (100, "", LOCKED)})
    result = busy.perform(apt, name=["hello"], lock_timeout=5)
    assert "/var/lib/dpkg/lock-frontend is held by process 2310 (python3), also after 5 seconds" in result["msg"]
    answers = [(100, "", LOCKED), (100, "", LOCKED), NEW]
    system = host({f"{HEAD} install hello": lambda _argv, _stdin: answers.pop(0)})
    assert system.perform(apt, name=["hello"])["changed"]
    assert len(aptget(system)) == 3


def test_update_only_when_the_lists_are_old():
    system = host(now=2_000_000)

    def bring_a_list(_argv, _stdin):
        system.utime("/var/lib/apt/lists", 1_999_999, 1_999_999)
        return (0, "Reading package lists...\n", "")

    system.commands["apt-get update"] = bring_a_list
    assert system.perform(apt, update_cache=True, cache_valid_time=3600)["cache_updated"]
    second = system.again()
    result = second.perform(apt, cache_valid_time=3600)
    assert (result["changed"], result["cache_updated"], result["cache_update_time"]) == (False, False, 2_000_000)
    assert second.ran == []


def test_sources_without_anything_new_change_nothing():
    system = host({"apt-get update": "Reading package lists...\n"}, now=2_000_000)
    result = system.perform(apt, update_cache=True)
    assert (result["changed"], result["cache_updated"], len(aptget(system))) == (False, False, 1)
    # yet the lists are known to be of now
    assert result["cache_update_time"] == 2_000_000
    assert host(check=True).perform(apt, update_cache=True)["changed"]


def test_a_source_that_fails_is_tried_again_and_then_named():
    err = "W: Failed to fetch http://127.0.0.1:1/x/InRelease  403  Forbidden\nW: Some index files failed to download.\n"
    system = host({"apt-get update": (0, "Err:1 http://127.0.0.1:1/x y InRelease\n", err)})
    result = system.perform(apt, update_cache=True, update_cache_retries=3)
    assert result["msg"].startswith("Failed to update apt cache after 3 tries: W: Failed to fetch")
    assert "403" in result["msg"]
    assert len(system.ran) == 3
    assert system.time == 1_700_000_003.0, "waits of one and two seconds"


def test_upgrades():
    none = "Calculating upgrade...\n0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n"
    assert not host({f"{HEAD} dist-upgrade": none}).perform(apt, upgrade="full")["changed"]
    assert host({f"{HEAD} upgrade --with-new-pkgs": NEW}).perform(apt, name=["*"], state="latest")["changed"]
    both = host().perform(apt, name=["*", "test"], state="latest")
    assert both["failed"]
    assert not both["changed"]


def test_policy_rc_d_is_there_only_while_packages_are_installed():
    seen = []
    system = host({}, files={"/usr/sbin/policy-rc.d": Node(data=b"#!/bin/sh\nexit 0\n", mode=0o750)})

    def install(_argv, _stdin):
        seen.append(system.text("/usr/sbin/policy-rc.d"))
        return (100, "", "E: broken\n")

    system.commands[f"{HEAD} install hello"] = install
    assert system.perform(apt, name=["hello"], policy_rc_d=101)["failed"]
    assert seen == ["#!/bin/sh\nexit 101\n"]
    assert system.text("/usr/sbin/policy-rc.d") == "#!/bin/sh\nexit 0\n"
    assert system.files["/usr/sbin/policy-rc.d"].mode == 0o750


def test_a_package_file():
    told = "Package: hello\nVersion: 2.10-3\nArchitecture: amd64\n"
    commands = {"dpkg-deb -f /tmp/h.deb Package Version Architecture": told, f"{HEAD} install /tmp/h.deb": NEW}
    assert host(commands, files={"/tmp/h.deb": "x"}).perform(apt, deb="/tmp/h.deb")["changed"]
    there = host(commands | {QUERY: WORLD + "hello\tamd64\t2.10-3\tinstalled\t\n"}, files={"/tmp/h.deb": "x"})
    assert not there.perform(apt, deb="/tmp/h.deb")["changed"]
    later = host(commands | {QUERY: WORLD + "hello\tamd64\t2.11-1\tinstalled\t\n"}, files={"/tmp/h.deb": "x"})
    assert "A later version is already installed" in later.perform(apt, deb="/tmp/h.deb")["msg"]
    assert "is not a file" in host().perform(apt, deb="/tmp/none.deb")["msg"]


def test_marks_what_was_asked_for_as_manual():
    states = "Package: nginx\nArchitecture: amd64\nAuto-Installed: 1\n\nPackage: mawk\nAuto-Installed: 0\n"
    system = host({"apt-mark manual nginx": 0}, files={apt_packages.EXTENDED: states})
    assert not system.perform(apt, name=["nginx", "mawk"])["changed"]
    assert system.ran[-1] == ["apt-mark", "manual", "nginx"]


def test_clean_is_idempotent():
    system = host({"apt-get clean": 0}, files={"/var/cache/apt/archives/hello_2.10-3_amd64.deb": "x"})
    assert system.perform(apt, clean=True)["changed"]
    del system.files["/var/cache/apt/archives/hello_2.10-3_amd64.deb"]
    assert not system.again().perform(apt, clean=True)["changed"]


@pytest.mark.parametrize(
    ("left", "right", "order"),
    [
        ("1.0", "1.0", 0),
        ("1.0-1", "1.0-2", -1),
        ("1:0.1", "9.9", 1),
        ("1.0~rc1", "1.0", -1),
        ("1.10", "1.9", 1),
        ("1.0+b1", "1.0", 1),
        ("2.36-9+deb12u1", "2.36-9", 1),
        ("1.0a", "1.0", 1),
        ("1.0-1~bpo12", "1.0-1", -1),
        ("0:1.0", "1.0", 0),
        ("1.02", "1.2", 0),
    ],
)
def test_version_order(left, right, order):
    assert dpkg.compare(left, right) == order
    assert dpkg.compare(right, left) == -order


def test_switches():
    args = dict.fromkeys(apt.ARGUMENTS["properties"]) | {
        "dpkg_options": "",
        "default_release": "sid",
        "install_recommends": False,
    }
    assert apt_get.switches(args)[3:] == ["-t", "sid", "-o", "APT::Install-Recommends=no"]
    with pytest.raises(ValueError, match="invalid package spec"):
        dpkg.parse_spec("a=b=c d")


@pytest.mark.parametrize(
    ("asked", "latest", "candidate", "expected"),
    [
        ("foo", False, "1.0.1", []),
        ("foo", True, "1.0.1", ["foo"]),
        ("foo=1.0.0", True, "1.0.1", []),
        ("foo=1.0.1", False, "1.0.1", ["foo=1.0.1"]),
        ("foo=1.0.*", False, "1.0.1", []),
        ("foo=1.0.*", True, "1.0.0", ["foo=1.0.1"]),
        ("foo>=1.0.0", False, "1.0.1", []),
        ("foo>=1.0.0", True, "1.0.1", ["foo=1.0.1"]),
        ("foo>=1.0.0", True, "1.0.0", []),
        ("foo>=2.0.0", False, "2.0.1", ["foo=2.0.1"]),
        ("foo>=1.0.1", False, "1.0.0", None),
    ],
)
def test_which_version(asked, latest, candidate, expected):
    world = ([dpkg.Installed("foo", "all", "1.0.0", "installed", [])], "amd64")
    known = {"candidates": {"foo": candidate}, "versions": {"foo": ["2.0.1", "2.0.0", "1.0.1", "1.0.0"]}}
    specs = apt_packages.parse_specs([asked])
    if expected is None:
        with pytest.raises(ModuleFailed, match=r"no available installation candidate for foo>=1\.0\.1"):
            apt_packages.to_install(specs, world, known, False, latest)
    else:
        assert apt_packages.to_install(specs, world, known, False, latest) == expected
