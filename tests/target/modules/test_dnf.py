"""dnf: NOT recorded, as no such host was at hand; outputs are written after the manuals of dnf 4 and rpm 4."""

from runner.target import rpm
from runner.target.modules import dnf
from tests.target.fake_system import FakeSystem

DONE = "Installed:\n  tree-1.8.0-10.el9.x86_64    libx-1.0-1.el9.noarch\n\nComplete!\n"
ASK = f"rpm -q --qf '{rpm.QUERY}'"


def host(commands=None, **options):
    known = {f"{ASK} tree": 1, f"{ASK} --whatprovides tree": 1, f"{ASK} bash": "bash\t0\t5\t1\tx86_64\n"}
    return FakeSystem(commands=known | (commands or {}), programs=["dnf", "rpm"], **options)


def test_installs_what_is_missing():
    system = host({"dnf -y install tree": DONE})
    result = system.perform(dnf, name=["tree", "bash"])
    assert result["changed"]
    assert result["results"] == ["Installed: tree-1.8.0-10.el9.x86_64", "Installed: libx-1.0-1.el9.noarch"]
    assert not host().perform(dnf, name=["bash"])["changed"]


def test_latest_and_absent():
    assert not host({"dnf -y upgrade bash": "Dependencies resolved.\nNothing to do.\n"}).perform(dnf, name=["bash"], state="latest")[
        "changed"
    ]
    assert host({"dnf -y remove bash": "Removed:\n  bash-5-1.x86_64\n"}).perform(dnf, name=["bash", "tree"], state="absent")["changed"]
    assert host({"dnf -y --security upgrade": DONE}).perform(dnf, name=["*"], state="latest", security=True)["changed"]


PLANNED = """Dependencies resolved.
================================================================================
 Package            Architecture       Version            Repository       Size
================================================================================
Installing:
 tree               noarch             2-1                loc             6.0 k
Installing dependencies:
 a-very-long-name
                    x86_64             1:3-1              loc             6.0 k
Removing dependent packages:
 bush               noarch             1-1                @loc            1.0 k

Transaction Summary
================================================================================
Install  2 Packages
"""


def test_check_mode_answers_no():
    system = host({"dnf --assumeno install tree": (1, PLANNED, "Operation aborted.\n")}, check=True)
    result = system.perform(dnf, name=["tree"])
    assert (result["changed"], result["msg"]) == (True, "Check mode: No changes made, but would have if not in check mode")
    assert result["results"] == ["Installed: tree-2-1.noarch", "Installed: a-very-long-name-1:3-1.x86_64", "Removed: bush-1-1.noarch"]


def test_an_unknown_package():
    err = "No match for argument: tree\nError: Unable to find a match: tree\n"
    result = host({"dnf -y install tree": (1, "", err)}).perform(dnf, name=["tree"])
    assert result["msg"] == "Failed to install some of the specified packages"
    assert result["failures"] == ["No package tree available."]


def test_the_list():
    rows = rpm.parse_list("Installed Packages\nbash.x86_64    5.1.8-6.el9    @baseos\nvim.x86_64  2:8.2-1  appstream\n")
    assert rows[0]["name"] == "bash"
    assert rows[0]["yumstate"] == "installed"
    assert rows[1]["nevra"] == "2:vim-8.2-1.x86_64"
