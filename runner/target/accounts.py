"""Lines of passwd, group, shadow and login.defs as values. Source: passwd(5), group(5), shadow(5), login.defs(5)."""

from collections import namedtuple
from typing import Dict, List, Optional

Account = namedtuple("Account", "name password uid gid comment home shell")
Group = namedtuple("Group", "name gid members")
# expire, inactive, minimum, maximum, warn: days, or None where the field is empty
Shadow = namedtuple("Shadow", "name password changed minimum maximum warn inactive expire")


def parse_account(line: str) -> Optional[Account]:
    """Return the account on a line of passwd(5), or None when it is no such line."""
    fields = line.rstrip("\n").split(":")
    if len(fields) < 7 or not fields[2].isdigit() or not fields[3].isdigit():
        return None
    return Account(fields[0], fields[1], int(fields[2]), int(fields[3]), fields[4], fields[5], fields[6])


def parse_accounts(text: str) -> Dict[str, Account]:
    """Return name -> account of a passwd file."""
    found = (parse_account(line) for line in text.splitlines())
    return {each.name: each for each in found if each}


def parse_groups(text: str) -> List[Group]:
    """Return the groups of a group file, in its order."""
    groups = []
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) >= 4 and fields[2].isdigit():
            members = [each for each in fields[3].split(",") if each]
            groups.append(Group(fields[0], int(fields[2]), members))
    return groups


def find_group(groups: List[Group], wanted: str) -> Optional[Group]:
    """Return the group of that name, or else of that number."""
    for group in groups:
        if group.name == wanted:
            return group
    if wanted.isdigit():
        for group in groups:
            if group.gid == int(wanted):
                return group
    return None


def parse_shadow(text: str, name: str) -> Optional[Shadow]:
    """Return the account's line of shadow(5); every empty number is None."""
    for line in text.splitlines():
        fields = line.split(":")
        if fields[0] == name and len(fields) >= 8:
            return Shadow(name, fields[1], *[int(each) if each.lstrip("-").isdigit() else None for each in fields[2:8]])
    return None


def parse_login_defs(text: str) -> Dict[str, str]:
    """Return the settings of login.defs (or of `useradd -D`, whose lines are NAME=value)."""
    found = {}
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        words = line.split("=", 1) if "=" in line.split()[0] else line.split(None, 1)
        if len(words) == 2:
            found[words[0].strip()] = words[1].strip().strip('"')
    return found
