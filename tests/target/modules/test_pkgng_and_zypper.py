"""pkgng, zypper_repository: their words, compared with community.general's modules by stand-ins for the programs."""

import re
from typing import Any

from runner.target.modules import pkgng, zypper_repository
from tests.target.fake_system import FakeSystem


class FreeBsd:
    """A pkg that remembers what is installed."""

    def __init__(self, **installed: str) -> None:
        self.installed = dict(installed)
        self.notes = {"repository": "FreeBSD"}
        self.there = {"vim": "9", "bash": "5.2", "nginx": "1"}

    def __call__(self, argv: list[str], stdin: Any) -> Any:
        words = [word for word in argv[1:] if word not in ("-g", "-y", "-U", "-e") and not word.startswith("--")]
        verb, names = words[0], [word for word in words[1:] if not word.startswith("-")]
        if verb == "info":
            if "-A" in argv:
                return "vim-9:\n" + "".join(f"\t{key} : {value}\n" for key, value in self.notes.items())
            return 0 if names[0] in self.installed else 70
        if verb == "annotate":
            self.notes.pop(names[1], None)
            self.notes.update({} if "-D" in argv else {names[1]: stdin or ""})
            return 0
        if verb == "autoremove":
            return (1, "Deinstallation has been requested for the following 2 packages:\n", "")
        old = [name for name in names or self.installed if self.installed.get(name) != self.there.get(name)]
        if verb == "upgrade" and "-n" in argv:
            return (1, f"Number of packages to be upgraded: {len(old)}\n", "") if old else "Your packages are up to date.\n"
        for name in names if verb == "delete" else []:
            del self.installed[name]
        if [name for name in names if name not in self.there]:
            return (70, "", "pkg: No packages available\n")
        self.installed.update({name: self.there[name] for name in names if verb in ("install", "upgrade")})
        return f"{verb}\n"


def bsd(pkg: FreeBsd, **more: Any) -> FakeSystem:
    return FakeSystem(commands={re.compile("pkg .*"): pkg}, programs=["pkg"], **more)


def test_pkgng_installs_upgrades_and_removes() -> None:
    pkg = FreeBsd(vim="9", bash="5.1")
    result = bsd(pkg).perform(pkgng, name=["bash", "nginx", "vim"], state="latest", pkgsite="ours")
    assert (result["changed"], result["msg"]) == (True, "upgraded 1 package; installed 1 package")
    assert pkg.installed == {"vim": "9", "bash": "5.2", "nginx": "1"}
    assert bsd(pkg).perform(pkgng, name=["bash", "nginx"], state="latest")["msg"] == "package(s) already latest"
    checked = bsd(pkg, check=True)
    assert checked.perform(pkgng, name=["vim"], state="absent")["msg"] == "removed 1 package(s)"
    assert "vim" in pkg.installed
    assert bsd(pkg).perform(pkgng, name=["vim", "none"], state="absent")["changed"]
    assert sorted(pkg.installed) == ["bash", "nginx"]
    failed = bsd(pkg).perform(pkgng, name=["zz"])
    assert (failed["msg"], failed["stderr"]) == ("failed to install zz", "pkg: No packages available\n")


def test_pkgng_all_packages_and_those_nobody_needs() -> None:
    pkg = FreeBsd(bash="5.1")
    result = bsd(pkg, check=True).perform(pkgng, name=["*"], state="latest", autoremove=True)
    assert result["msg"] == "updated 1 package(s), autoremoved 2 package(s)"
    assert bsd(pkg).perform(pkgng, name=["*"])["changed"] is False


def test_pkgng_annotations() -> None:
    pkg = FreeBsd(vim="9")
    system = bsd(pkg)
    assert system.perform(pkgng, name=["vim"], annotation=["+owner=ops,:repository=ours"])["msg"].endswith("added 2 annotations.")
    assert pkg.notes == {"repository": "ours", "owner": "ops"}
    assert system.again().perform(pkgng, name=["vim"], annotation=["+owner=ops"])["changed"] is False
    assert system.again().perform(pkgng, name=["vim"], annotation=["-owner"])["changed"]
    assert pkg.notes == {"repository": "ours"}
    assert "tag none does not exist" in system.again().perform(pkgng, name=["vim"], annotation=[":none=1"])["msg"]
    assert "invalid annotate string: x" in system.again().perform(pkgng, name=["vim"], annotation=["x"])["msg"]


LIST = """<?xml version="1.0"?><stream><repo-list>
<repo alias="main" name="Main" type="rpm-md" priority="99" enabled="1" autorefresh="1" gpgcheck="1"><url>http://d/main/</url></repo>
<repo alias="two" name="two" type="rpm-md" priority="90" enabled="1" autorefresh="0" gpgcheck="1"><url>http://d/15.6/two</url></repo>
</repo-list></stream>"""
ZYPPER = "zypper --quiet --non-interactive"


def suse(*words: str, listing: Any = LIST, **more: Any) -> FakeSystem:
    return FakeSystem(commands={f"{ZYPPER} --xmlout repos": listing, **{f"{ZYPPER} {each}": 0 for each in words}}, **more)


def changes(system: FakeSystem) -> list[str]:
    return [" ".join(argv[3:]) for argv in system.ran if "--xmlout" not in argv]


def test_zypper_repository_added_and_known_again() -> None:
    add = "addrepo --check --name 'New one' --priority 10 --disable --no-gpgcheck http://d/new new"
    asked = {"name": "new", "repo": "http://d/new", "priority": 10, "enabled": False, "disable_gpg_check": True}
    refresh = "--gpg-auto-import-keys refresh --force -r new"
    system = suse(add, refresh, listing=(6, "", ""))
    result = system.perform(zypper_repository, description="New one", autorefresh=False, auto_import_keys=True, **asked)
    assert result["changed"]
    assert result["repodata"]["priority"] == 10
    assert len(changes(system)) == 2
    assert suse().perform(zypper_repository, name="main", repo="http://d/main", description="Main")["changed"] is False
    checked = suse(check=True)
    assert checked.perform(zypper_repository, **asked)["changed"]
    assert changes(checked) == []


def test_zypper_repository_changed_and_removed() -> None:
    again = suse("removerepo main", "addrepo --check --gpgcheck --refresh http://d/other main")
    assert again.perform(zypper_repository, name="main", repo="http://d/other")["changed"]
    both = suse().perform(zypper_repository, name="main", repo="http://d/15.6/two")
    assert both["msg"].startswith('More than one repo matched "http://d/15.6/two": main (http://d/main/), two')
    assert suse("removerepo two").perform(zypper_repository, name="two", state="absent")["changed"]
    assert suse().perform(zypper_repository, name="none", state="absent")["changed"] is False
    system = suse()
    system.commands["rpm -q --qf '%{version}' -f /etc/os-release"] = "15.6"
    found = system.perform(zypper_repository, name="two", repo="http://d/$releasever/two", autorefresh=False)
    assert found["changed"] is False


def test_zypper_repository_files_and_mistakes() -> None:
    system = suse("addrepo --check --name 'From X' --gpgcheck --refresh http://x/ fromx", "refresh --force")
    system.add("/root/x.repo", "[fromx]\nname=From X\nbaseurl=http://x/\nenabled=yes\n")
    system.add("/root/bad.repo", "nothing")
    assert system.perform(zypper_repository, repo="/root/x.repo")["repodata"]["alias"] == "fromx"
    assert system.again().perform(zypper_repository, repo="*", runrefresh=True)["runrefresh"]
    for asked, words in (
        ({"repo": "/root/bad.repo"}, "could not be parsed"),
        ({"repo": "/root/none.repo"}, "Error opening .repo file"),
        ({"repo": "/root/x.repo", "name": "x"}, "Incompatible option: 'name'"),
        ({"repo": "http://d/x"}, "Name required"),
        ({"name": "x"}, "requires repo"),
        ({"state": "absent"}, "Alias or repo parameter required"),
        ({"repo": "*"}, "only be used with the runrefresh"),
    ):
        assert words in system.again().perform(zypper_repository, **asked)["msg"]
    assert suse(listing=(4, "", "boom")).perform(zypper_repository, name="x", state="absent")["msg"] == "Zypper failed with rc 4"
