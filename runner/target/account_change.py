"""What to tell useradd and usermod so that an account becomes what was asked. Source: useradd(8), usermod(8), shadow(5)."""

import calendar
import re
import time
from typing import Any, Dict, List, Optional, Sequence, Set

from runner.target.accounts import Account, Group, Shadow, find_group
from runner.target.decision import ModuleFailed

DAY = 86400
HIDDEN = "NOT_LOGGING_PASSWORD"
_HASH_SIZES = {"1": 22, "5": 43, "6": 86}


def doubtful_hash(password: str) -> bool:
    """Whether a password does not look like the result of crypt(5) nor like one of the marks for no password."""
    if password in ("*", "!", "*************"):
        return False
    fields = password.split("$")
    if re.search("[:*!]", password) or len(fields) < 3:
        return True
    wrong_size = fields[1] in _HASH_SIZES and len(fields[-1]) != _HASH_SIZES[fields[1]]
    return wrong_size or re.search(r"[^a-zA-Z0-9./=]", fields[-1]) is not None


def day_of(expires: float) -> int:
    """Return the day (counted from 1970, UTC) that a point in time lies in."""
    return calendar.timegm(time.gmtime(expires)) // DAY


def expiry_words(expires: Optional[float], have: Optional[int]) -> Optional[str]:
    """Return what -e takes to make the account expire as asked, or None when it does already. have: days since 1970."""
    if expires is None:
        return None
    if expires < 0:
        return "" if have is not None and have >= 0 else None
    return None if have == day_of(expires) else time.strftime("%Y-%m-%d", time.gmtime(expires))


def group_names(wanted: Sequence[str], groups: List[Group]) -> List[str]:
    """Return the names of groups given by name or number; raises ModuleFailed for one that does not exist."""
    names = []
    for each in wanted:
        found = find_group(groups, each)
        if found is None:
            raise ModuleFailed("Group %s does not exist" % each)
        if found.name not in names:
            names.append(found.name)
    return names


def member_of(name: str, groups: List[Group]) -> Set[str]:
    """Return the groups that list the account as a member."""
    return {group.name for group in groups if name in group.members}


def wanted_groups(args: Dict[str, Any]) -> Optional[List[str]]:
    """Return the groups asked for without blanks and empty words; None when the task says nothing of them."""
    if args["groups"] is None:
        return None
    return [each.strip() for item in args["groups"] for each in str(item).split(",") if each.strip()]


def create_words(args: Dict[str, Any], groups: List[Group]) -> List[str]:
    """Return the words for useradd, without the name."""
    words: List[str] = []
    if args["uid"] is not None:
        words += ["-u", str(args["uid"])] + (["-o"] if args["non_unique"] else [])
    for key, setting in (("uid_min", "UID_MIN"), ("uid_max", "UID_MAX"), ("umask", "UMASK")):
        if args[key] is not None:
            words += ["-K", "%s=%s" % (setting, args[key])]
    if args["seuser"] is not None:
        words += ["-Z", args["seuser"]]
    if args["group"] is not None:
        words += ["-g", group_names([args["group"]], groups)[0]]
    elif find_group(groups, args["name"]) and not args["name"].isdigit():
        # useradd would refuse to make a private group of a name that is taken
        words.append("-N")
    extra = wanted_groups(args)
    if extra:
        words += ["-G", ",".join(group_names(extra, groups))]
    for key, switch in (("comment", "-c"), ("home", "-d"), ("shell", "-s")):
        if args[key] is not None:
            words += [switch, args[key]]
    expiry = expiry_words(args["expires"], None)
    if args["expires"] is not None and args["expires"] >= 0:
        words += ["-e", expiry or ""]
    if args["password_expire_account_disable"] is not None:
        words += ["-f", str(args["password_expire_account_disable"])]
    words += ["-m"] + (["-k", args["skeleton"]] if args["skeleton"] is not None else []) if args["create_home"] else ["-M"]
    return words + (["-r"] if args["system"] else [])


def modify_words(args: Dict[str, Any], account: Account, groups: List[Group], shadow: Optional[Shadow]) -> List[str]:
    """Return the words for usermod, without the name; none when the account is as asked (but for its password)."""
    words: List[str] = []
    if args["uid"] is not None and args["uid"] != account.uid:
        words += ["-u", str(args["uid"])] + (["-o"] if args["non_unique"] else [])
    if args["group"] is not None:
        name = group_names([args["group"]], groups)[0]
        found = find_group(groups, name)
        if found and found.gid != account.gid:
            words += ["-g", name]
    words += _membership(args, account, groups)
    if args["comment"] is not None and args["comment"] != account.comment:
        words += ["-c", args["comment"]]
    if args["home"] is not None and args["home"] != account.home:
        words += ["-d", args["home"]] + (["-m"] if args["move_home"] else [])
    if args["shell"] is not None and args["shell"] != account.shell:
        words += ["-s", args["shell"]]
    expiry = expiry_words(args["expires"], shadow.expire if shadow else None)
    if args["expires"] is not None and shadow is None:
        # an account without a line in shadow gets one by this
        expiry = expiry or ""
    if expiry is not None:
        words += ["-e", expiry]
    inactive = args["password_expire_account_disable"]
    if inactive is not None and (shadow is None or shadow.inactive != inactive):
        words += ["-f", str(inactive)]
    if args["password_lock"] is not None and shadow and args["password_lock"] != shadow.password.startswith("!"):
        words.append("-L" if args["password_lock"] else "-U")
    if args["seuser"] is not None and words:
        words += ["-Z", args["seuser"]]
    return words


def _membership(args: Dict[str, Any], account: Account, groups: List[Group]) -> List[str]:
    asked = wanted_groups(args)
    if asked is None:
        return []
    have = member_of(account.name, groups)
    primary = args["group"] if args["group"] is not None else account.gid
    own = find_group(groups, str(primary))
    wanted = [name for name in group_names(asked, groups) if own is None or name != own.name]
    if args["append"]:
        missing = [name for name in wanted if name not in have]
        return ["-a", "-G", ",".join(missing)] if missing else []
    # a group that lists its own primary member as well is left alone
    if set(wanted) == have - ({own.name} if own else set()):
        return []
    return ["-G", ",".join(wanted)]


def age_words(args: Dict[str, Any], shadow: Optional[Shadow]) -> List[str]:
    """Return the words for chage that set the password's minimum and maximum age and the warning before, in days."""
    words: List[str] = []
    for key, switch, have in (
        ("password_expire_min", "-m", shadow.minimum if shadow else None),
        ("password_expire_max", "-M", shadow.maximum if shadow else None),
        ("password_expire_warn", "-W", shadow.warn if shadow else None),
    ):
        if args[key] is not None and args[key] != have:
            words += [switch, str(args[key])]
    return words


def new_password(args: Dict[str, Any], exists: bool, shadow: Optional[Shadow]) -> Optional[str]:
    """Return the hash to store, or None when it stays. A locked account's hash (with a ! before it) counts as the same hash."""
    password: Optional[str] = args["password"]
    if password is None:
        return "!" if args["password_lock"] and not exists else None
    if not exists:
        return "!" + password if args["password_lock"] else password
    have = shadow.password if shadow else ""
    if args["update_password"] != "always" or have.lstrip("!") == password.lstrip("!"):
        return None
    return "!" + password if args["password_lock"] and not password.startswith("!") else password
