"""Asks pacman what is installed, what there is and what an order would do. Source: pacman(8)."""

import re
from typing import Any, Dict, List, Optional, Tuple

from runner.target.decision import ModuleFailed
from runner.target.processes import Ran

QUIET = ["--noconfirm", "--noprogressbar"]


class Wanted:
    """A package that is asked for. name: as pacman knows it. source: what to hand over. is_file: a file or address."""

    def __init__(self, name: str, source: str, is_file: bool = False) -> None:
        self.name = name
        self.source = source
        self.is_file = is_file


class Pacman:
    """One program with pacman's words (pacman itself, or a program that wraps it) and the texts it gave so far."""

    def __init__(self, program: str, system: Any) -> None:
        self.program = program
        self.system = system
        self.out: List[str] = []
        self.err: List[str] = []

    def ask(self, words: List[str]) -> Ran:
        """Run it for an answer that is read here."""
        ran: Ran = self.system.run([self.program] + words)
        return ran

    def lines(self, words: List[str], fail: str) -> List[List[str]]:
        """Return the words of each line of an answer. Raises ModuleFailed."""
        ran = self.ask(words)
        if ran.rc != 0:
            raise self.failed(fail, words, ran)
        return [line.split() for line in ran.out.splitlines() if line.strip() and not line.startswith("::")]

    def do(self, words: List[str], fail: str) -> None:
        """Run it to change something, and keep what it said. Raises ModuleFailed."""
        ran = self.ask(words)
        self.out.append(ran.out)
        self.err.append(ran.err)
        if ran.rc != 0:
            raise self.failed(fail, words, ran)

    def failed(self, msg: str, words: List[str], ran: Ran) -> ModuleFailed:
        """Return the failure of a command."""
        return ModuleFailed(msg, cmd=[self.program] + words, rc=ran.rc, stdout="\n".join(self.out) or ran.out, stderr=ran.err)

    def said(self) -> Dict[str, str]:
        """Return stdout and stderr of the commands that changed something, where there are any."""
        texts = {"stdout": self.out, "stderr": self.err}
        joined = {key: "\n".join(each for each in pieces if each.strip()) for key, pieces in texts.items()}
        return {key: text for key, text in joined.items() if text}


class Inventory:
    """What a host has and may have: name -> version, group -> names, name -> why it is installed."""

    def __init__(self, pacman: Pacman) -> None:
        fail = "Failed to list packages"
        self.installed = {row[0]: row[1] for row in pacman.lines(["--query"], fail) if len(row) == 2}
        self.installed_groups = _groups(pacman, ["--query", "--groups"])
        self.available = listed(pacman)
        self.groups = _groups(pacman, ["--sync", "--groups", "--groups"])
        # the exit status is 1 when there is nothing to upgrade
        rows = [line.split() for line in pacman.ask(["--query", "--upgrades"]).out.splitlines()]
        self.upgrades = {row[0]: (row[1], row[3]) for row in rows if len(row) >= 4 and "[ignored]" not in row}
        self.reasons: Dict[str, str] = {}
        for reason, flag in (("explicit", "--explicit"), ("dependency", "--deps")):
            for line in pacman.ask(["--query", flag]).out.splitlines():
                self.reasons[line.split()[0]] = reason

    def label(self, name: str, version: Optional[str] = None, reason: Optional[str] = None) -> str:
        """Return a package as diffs show it: name-version, and why it is there when that is known."""
        why = reason or self.reasons.get(name)
        return "-".join([name, version or self.installed.get(name, "")] + ([why] if why else []))


def listed(pacman: Pacman) -> Dict[str, str]:
    """Return name -> version of what the repositories have."""
    return {row[1]: row[2] for row in pacman.lines(["--sync", "--list"], "Failed to list the repositories") if len(row) >= 3}


def _groups(pacman: Pacman, words: List[str]) -> Dict[str, List[str]]:
    found: Dict[str, List[str]] = {}
    for line in pacman.ask(words).out.splitlines():
        row = line.split()
        if len(row) == 2:
            found.setdefault(row[0], []).append(row[1])
    return found


def wanted(names: List[str], absent: bool, inventory: Inventory, pacman: Pacman) -> List[Wanted]:
    """Return the packages that names, groups, files and addresses stand for. Raises ModuleFailed for one that is nowhere."""
    found: List[Wanted] = []
    for name in names:
        if name in inventory.groups or name in inventory.installed_groups:
            members = (inventory.installed_groups if absent else inventory.groups).get(name, [])
            found += [Wanted(each, each) for each in sorted(set(members))]
        elif name in inventory.available or name in inventory.installed:
            found.append(Wanted(name, name))
        else:
            found += _resolved(name, absent, pacman)
    return found


def _resolved(name: str, absent: bool, pacman: Pacman) -> List[Wanted]:
    """Return what a name that no list holds stands for: repository/name, what a package provides, a file, an address."""
    for flag, is_file in (("--sync", False), ("--upgrade", True)):
        words = [flag, "--print-format", "%n", name]
        ran = pacman.ask(words)
        lines = [line.strip() for line in ran.out.splitlines() if line.strip() and " " not in line.strip()]
        if ran.rc == 0 and lines:
            # dependencies are printed before the package itself
            return [Wanted(lines[-1], name, is_file)]
    if absent:
        return []
    raise pacman.failed("Failed to list package %s" % name, words, ran)


def plan(packages: List[Wanted], extra: List[str], pacman: Pacman) -> List[Tuple[str, str]]:
    """Return (name, version) of everything that installing these packages would bring."""
    found: List[Tuple[str, str]] = []
    for words in orders(packages, extra, ["--print-format", "%n %v"]):
        rows = pacman.lines(words, "Failed to list package(s) to install")
        # a version ends with the number of its release; "loading packages..." has two words as well
        found += [(row[0], row[1]) for row in rows if len(row) == 2 and re.search(r"-[\d.]+$", row[1])]
    return found


def orders(packages: List[Wanted], extra: List[str], more: List[str]) -> List[List[str]]:
    """Return the commands that install packages: one for names, one for files and addresses."""
    found = []
    for flag, is_file in (("--sync", False), ("--upgrade", True)):
        sources = [each.source for each in packages if each.is_file == is_file]
        if sources:
            found.append(QUIET + ["--needed"] + extra + [flag] + more + sources)
    return found
