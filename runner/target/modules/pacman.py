"""Ensures packages of Arch Linux and its kin. Source: pacman(8)."""

from typing import Any, Dict, List

from runner.target.decision import ModuleFailed
from runner.target.option import option
from runner.target.pacman import QUIET, Inventory, Pacman, Wanted, listed, orders, plan, wanted
from runner.target.programs import program
from runner.target.replace_file import split_words

INTERRUPT = "finish"
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": option("strs", "Packages, groups of them, files or addresses.", aliases=["package", "pkg"]),
        "state": option("str", "What they shall be.", "present", enum=["present", "installed", "latest", "absent", "removed"]),
        "force": option("bool", "Remove without checks; with update_cache load lists that are fresh as well.", False),
        "remove_nosave": option("bool", "Keep no .pacsave files.", False),
        "executable": option("str", "pacman, or a program that takes its words.", "pacman"),
        "extra_args": option("str", "More options for `state`.", ""),
        "update_cache": option("bool", "Load the lists of packages first.", aliases=["update-cache"]),
        "update_cache_extra_args": option("str", "More options for that.", ""),
        "upgrade": option("bool", "Upgrade the whole system."),
        "upgrade_extra_args": option("str", "More options for that.", ""),
        "reason": option("str", "Why pacman shall think they are installed.", enum=["explicit", "dependency"]),
        "reason_for": option("str", "For new packages only, or for all.", "new", enum=["new", "all"]),
    },
    "required_one_of": [["name", "update_cache", "upgrade"]],
    "mutually_exclusive": [["name", "upgrade"]],
}
RETURNS = {
    "packages": "those that changed",
    "cache_updated": "whether the lists changed",
    "stdout": "what pacman said",
    "stderr": "its complaints",
}
EXAMPLES = """
- pacman: {name: [nginx, keepalived], update_cache: true}
"""


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Load the lists, upgrade, install or remove. Raises ModuleFailed with pacman's words."""
    pacman = Pacman(program(system, args["executable"]), system)
    result: Dict[str, Any] = {"changed": False}
    said: List[str] = []
    if args["update_cache"]:
        said.append(_update(args, pacman, result))
    if args["upgrade"]:
        said.append(_upgrade(args, pacman, result))
    elif args["name"]:
        inventory = Inventory(pacman)
        absent = args["state"] in ("absent", "removed")
        packages = wanted(args["name"], absent, inventory, pacman)
        said.append((_remove if absent else _install)(args, packages, inventory, pacman, result))
    result["msg"] = "\n".join(said) or "Nothing to do"
    result.update(pacman.said())
    if not system.diff:
        result.pop("diff", None)
    return result


def _update(args: Dict[str, Any], pacman: Pacman, result: Dict[str, Any]) -> str:
    if pacman.system.check:
        result.update(changed=True, cache_updated=True)
        return "Would have updated the package db"
    before = None if args["force"] else listed(pacman)
    words = ["--sync", "--refresh"] + (["--refresh"] if args["force"] else []) + split_words(args["update_cache_extra_args"])
    pacman.do(words, "could not update package db")
    updated = before is None or listed(pacman) != before
    result.update(changed=updated, cache_updated=updated)
    return "Updated package db"


def _upgrade(args: Dict[str, Any], pacman: Pacman, result: Dict[str, Any]) -> str:
    upgrades = Inventory(pacman).upgrades
    result["packages"] = sorted(upgrades)
    if not upgrades:
        return "Nothing to upgrade"
    result["changed"] = True
    result["diff"] = {
        "before": "".join("%s-%s\n" % (name, upgrades[name][0]) for name in sorted(upgrades)),
        "after": "".join("%s-%s\n" % (name, upgrades[name][1]) for name in sorted(upgrades)),
    }
    if pacman.system.check:
        return "%d packages would have been upgraded" % len(upgrades)
    pacman.do(["--sync", "--sysupgrade", "--quiet", "--noconfirm"] + split_words(args["upgrade_extra_args"]), "Could not upgrade")
    return "System upgraded"


def _install(args: Dict[str, Any], packages: List[Wanted], inventory: Inventory, pacman: Pacman, result: Dict[str, Any]) -> str:
    latest = args["state"] == "latest"
    todo = [
        each
        for each in packages
        if each.is_file or each.name not in inventory.installed or (latest and each.name in inventory.upgrades)
    ]
    extra = split_words(args["extra_args"])
    brought = dict(plan(todo, extra, pacman)) if todo else {}
    todo = [each for each in todo if each.name in brought]
    marked = [each.name for each in packages if args["reason"] and _is_to_be_marked(each.name, args, inventory)]
    changing = sorted(set(brought) | set(marked))
    result["packages"] = changing
    if not changing:
        return "package(s) already installed"
    result["changed"] = True
    before = [inventory.label(name) for name in changing if name in inventory.installed]
    after = [inventory.label(name, brought.get(name), args["reason"] if name in marked else None) for name in changing]
    result["diff"] = {"before": "".join(each + "\n" for each in before), "after": "".join(each + "\n" for each in after)}
    if pacman.system.check:
        return "Would have installed %d packages" % len(changing)
    for words in orders(todo, extra, []):
        pacman.do(words, "Failed to install package(s)")
    if marked:
        flag = "--asdeps" if args["reason"] == "dependency" else "--asexplicit"
        pacman.do(["--noconfirm", "--database", flag] + marked, "Failed to change install reason")
    return "Installed %d package(s)" % len(changing)


def _is_to_be_marked(name: str, args: Dict[str, Any], inventory: Inventory) -> bool:
    if name not in inventory.installed:
        return True
    return bool(args["reason_for"] == "all" and inventory.reasons.get(name) != args["reason"])


def _remove(args: Dict[str, Any], packages: List[Wanted], inventory: Inventory, pacman: Pacman, result: Dict[str, Any]) -> str:
    names = [each.name for each in packages if each.name in inventory.installed]
    result["packages"] = []
    if not names:
        return "package(s) already absent"
    words = ["--remove"] + QUIET + split_words(args["extra_args"]) + (["--nodeps", "--nodeps"] if args["force"] else [])
    fail = "failed to list package(s) to remove"
    gone = ["-".join(row) for row in pacman.lines(words + ["--print-format", "%n-%v"] + names, fail)]
    if not gone:
        raise ModuleFailed("pacman would remove nothing, although %s is installed" % ", ".join(names))
    result.update(changed=True, packages=gone, diff={"before": "".join(each + "\n" for each in gone), "after": ""})
    if pacman.system.check:
        return "Would have removed %d packages" % len(gone)
    pacman.do(words + (["--nosave"] if args["remove_nosave"] else []) + names, "failed to remove package(s)")
    return "Removed %d package(s)" % len(gone)
