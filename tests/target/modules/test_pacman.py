"""pacman: the words it is given and what is made of its answers. Compared with community.general's module by a stand-in for the program."""

from typing import Any

from runner.target.modules import pacman
from tests.target.fake_system import FakeSystem

QUIET = "pacman --noconfirm --noprogressbar --needed"


def arch(**more: Any) -> FakeSystem:
    commands = {
        "pacman --query": "bash 5.1-1\nvim 9.0-1\n",
        "pacman --query --groups": "edit vim\n",
        "pacman --sync --list": "core bash 5.2-1 [installed: 5.1-1]\ncore vim 9.0-1 [installed]\nextra nginx 1.22-1\nextra gcc 12-1\n",
        "pacman --sync --groups --groups": "edit vim\ndevel gcc\n",
        "pacman --query --upgrades": "bash 5.1-1 -> 5.2-1\n",
        "pacman --query --explicit": "vim 9.0-1\n",
        "pacman --query --deps": "bash 5.1-1\n",
    }
    return FakeSystem(commands={**commands, **more.pop("commands", {})}, diff=True, **more)


def test_installed_with_what_it_needs() -> None:
    system = arch()
    system.commands = {
        **system.commands,
        f"{QUIET} --sync --print-format '%n %v' nginx": ":: a line of talk\npcre 10-1\nnginx 1.22-1\n",
        f"{QUIET} --sync nginx": "installed\n",
    }
    result = system.perform(pacman, name=["nginx", "vim"])
    assert (result["changed"], result["packages"], result["msg"]) == (True, ["nginx", "pcre"], "Installed 2 package(s)")
    assert result["diff"] == {"before": "", "after": "nginx-1.22-1\npcre-10-1\n"}
    checked = system.again(check=True).perform(pacman, name=["nginx"])
    assert (checked["changed"], checked["msg"]) == (True, "Would have installed 2 packages")
    assert [f"/usr/bin/{QUIET} --sync nginx".split()] == [argv for argv in system.ran if argv[-2:] == ["--sync", "nginx"]]


def test_installed_already_whatever_it_is_called() -> None:
    assert arch().perform(pacman, name=["vim", "edit"])["msg"] == "package(s) already installed"
    provided = arch(commands={"pacman --sync --print-format %n vi": "vim\n"})
    assert provided.perform(pacman, name=["vi"])["changed"] is False
    unknown = {"pacman --sync --print-format %n zz": 1, "pacman --upgrade --print-format %n zz": (1, "", "error: target not found: zz\n")}
    result = arch(commands=unknown).perform(pacman, name=["zz"])
    assert (result["msg"], result["rc"], result["stderr"]) == ("Failed to list package zz", 1, "error: target not found: zz\n")
    assert arch(commands=unknown).perform(pacman, name=["zz"], state="absent")["changed"] is False


def test_a_file() -> None:
    path = "/srv/tree-2-1-any.pkg.tar.gz"
    commands = {
        f"pacman --sync --print-format %n {path}": (1, "", f"error: target not found: {path}\n"),
        f"pacman --upgrade --print-format %n {path}": "loading packages...\ntree\n",
        f"{QUIET} --upgrade --print-format '%n %v' {path}": "loading packages...\ntree 2-1\n",
        f"{QUIET} --upgrade {path}": "installed\n",
    }
    result = arch(commands=commands).perform(pacman, name=[path])
    assert (result["packages"], result["msg"], result["diff"]["after"]) == (["tree"], "Installed 1 package(s)", "tree-2-1\n")
    commands[f"{QUIET} --upgrade --print-format '%n %v' {path}"] = "loading packages...\n"
    assert not arch(commands=commands).perform(pacman, name=[path])["changed"]


def test_latest_and_why_it_is_there() -> None:
    commands = {f"{QUIET} --sync --print-format '%n %v' bash": "bash 5.2-1\n", f"{QUIET} --sync bash": "done\n"}
    result = arch(commands=commands).perform(pacman, name=["bash"], state="latest")
    assert result["diff"] == {"before": "bash-5.1-1-dependency\n", "after": "bash-5.2-1-dependency\n"}
    marked = arch(commands={"pacman --noconfirm --database --asexplicit bash": 0})
    assert marked.perform(pacman, name=["bash"], reason="explicit")["changed"] is False
    assert marked.again().perform(pacman, name=["bash"], reason="explicit", reason_for="all")["packages"] == ["bash"]


def test_removed() -> None:
    remove = "pacman --remove --noconfirm --noprogressbar --nodeps --nodeps"
    system = arch(commands={f"{remove} --print-format %n-%v vim": "vim-9.0-1\n", f"{remove} --nosave vim": "removed\n"})
    result = system.perform(pacman, name=["vim", "gcc"], state="absent", force=True, remove_nosave=True)
    assert (result["packages"], result["msg"]) == (["vim-9.0-1"], "Removed 1 package(s)")
    assert arch().perform(pacman, name=["devel"], state="absent")["msg"] == "package(s) already absent"


def test_lists_and_upgrade() -> None:
    system = arch(commands={"pacman --sync --refresh": ":: Synchronizing\n", "pacman --sync --sysupgrade --quiet --noconfirm": "up\n"})
    result = system.perform(pacman, update_cache=True, upgrade=True)
    assert (result["changed"], result["cache_updated"], result["packages"]) == (True, False, ["bash"])
    assert result["msg"] == "Updated package db\nSystem upgraded"
    assert result["stdout"] == ":: Synchronizing\n\nup\n"
    assert system.again(check=True).perform(pacman, update_cache=True)["msg"] == "Would have updated the package db"
    assert arch(commands={"pacman --query --upgrades": 1}).perform(pacman, upgrade=True)["msg"] == "Nothing to upgrade"
    broken = arch(commands={"pacman --sync --refresh --refresh": (1, "", "no network\n")})
    assert broken.perform(pacman, update_cache=True, force=True)["msg"] == "could not update package db"
