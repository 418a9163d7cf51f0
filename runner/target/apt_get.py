"""Runs apt-get: its switches, its locks, its complaints. Source: apt-get(8), apt.conf(5)."""

import difflib
import re
from typing import Any, Dict, List, Optional

from runner.target.decision import ModuleFailed
from runner.target.programs import program

ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive", "DEBIAN_PRIORITY": "critical", "APT_LISTCHANGES_FRONTEND": "none"}
STAMP, LISTS = "/var/lib/apt/periodic/update-success-stamp", "/var/lib/apt/lists"
POLICY = "/usr/sbin/policy-rc.d"
_LOCKED = re.compile(r"(?:Could not get|Unable to acquire) (?:the )?(?:dpkg frontend )?lock[^\n]*", re.I)
_HOLDER = re.compile(r"lock \(?(/[^\s.)]+(?:\.[^\s.)]+)*)\)?.*?held by process (\d+) \(([^)]*)\)", re.S)
_NOTHING = re.compile(r"^0 upgraded, 0 newly installed, 0 to remove", re.M)


class Done:
    """How an apt-get run ended, and its command line as text for messages."""

    def __init__(self, rc: int, out: str, err: str, command: str) -> None:
        self.rc, self.out, self.err, self.command = rc, out, err, command


def switches(args: Dict[str, Any]) -> List[str]:
    """Return the switches that the task's arguments stand for."""
    # without a pseudo terminal dpkg does not draw its progress
    words = ["-y", "-o", "Dpkg::Use-Pty=0"]
    for option in (args["dpkg_options"] or "").split(","):
        if option.strip():
            words += ["-o", "Dpkg::Options::=--" + option.strip()]
    if args["force"]:
        words += ["--allow-unauthenticated", "--allow-downgrades", "--allow-remove-essential", "--allow-change-held-packages"]
    for key, switch in (
        ("allow_unauthenticated", "--allow-unauthenticated"),
        ("allow_downgrade", "--allow-downgrades"),
        ("allow_change_held_packages", "--allow-change-held-packages"),
        ("fail_on_autoremove", "--no-remove"),
        ("only_upgrade", "--only-upgrade"),
        ("autoremove", "--auto-remove"),
        ("purge", "--purge"),
    ):
        if args[key] and switch not in words:
            words.append(switch)
    if args["default_release"]:
        words += ["-t", args["default_release"]]
    if args["install_recommends"] is not None:
        words += ["-o", "APT::Install-Recommends=%s" % ("yes" if args["install_recommends"] else "no")]
    return words


def lock_holder(err: str) -> Optional[str]:
    """Return who holds the lock that apt-get could not get, in words; None when it complained of no lock."""
    if not _LOCKED.search(err):
        return None
    found = _HOLDER.search(err)
    return "%s is held by process %s (%s)" % found.groups() if found else str(_LOCKED.search(err).group())  # type: ignore[union-attr]


def run(words: List[str], args: Dict[str, Any], system: Any) -> Done:
    """Run apt-get, waiting up to lock_timeout seconds for whoever else runs apt or dpkg."""
    tool = program(system, "apt-get")
    limit = system.monotonic() + args["lock_timeout"]
    while True:
        ran = system.run([tool] + words, environ=ENVIRONMENT)
        holder = lock_holder(ran.err) if ran.rc != 0 else None
        if holder is None:
            return Done(ran.rc, ran.out, ran.err, " ".join([tool] + [_shown(word) for word in words]))
        if system.monotonic() >= limit:
            msg = "Failed to lock apt for exclusive operation: %s, also after %d seconds" % (holder, args["lock_timeout"])
            raise ModuleFailed(msg, stdout=ran.out, stderr=ran.err, rc=ran.rc)
        system.sleep(1)


def _shown(word: str) -> str:
    return '"%s"' % word if "::" in word else word


def changed_something(out: str) -> bool:
    """Whether apt-get's summary says that it did (or would do) anything."""
    return _NOTHING.search(out) is None or re.search(r"^(Inst|Remv|Purg) ", out, re.M) is not None


def prepared_diff(out: str) -> Dict[str, str]:
    """Return apt-get's own account of what changes, as a diff."""
    lines = out.splitlines()
    marks = [index for index, line in enumerate(lines) if line.startswith("Reading state information...")]
    start = marks[-1] + 1 if marks else 0
    end = next((i for i, line in enumerate(lines) if i >= start and re.match(r"\d+ upgraded", line)), len(lines))
    return {"prepared": "\n".join(lines[start : end + 1])}


def failure(done: Done, system: Any) -> ModuleFailed:
    """Return the error for a run that failed: the package apt does not know, or apt's own words."""
    result = {"stdout": done.out, "stderr": done.err, "rc": done.rc}
    unknown = re.search(r"E: Unable to locate package (\S+)|E: Couldn't find any package by (?:glob|regex) '([^']+)'", done.err)
    version = re.search(r"E: Version '([^']+)' for '([^']+)' was not found", done.err)
    nothing = re.search(r"E: Package '([^']+)' has no installation candidate", done.err)
    if nothing:
        return _no_candidate(nothing.group(1), done.out, result)
    if version:
        return ModuleFailed("no available installation candidate for %s=%s" % (version.group(2), version.group(1)), **result)
    if unknown:
        return unknown_package(unknown.group(1) or unknown.group(2), system, **result)
    return ModuleFailed("'%s' failed: %s" % (done.command, done.err), **result)


def _no_candidate(name: str, out: str, result: Dict[str, Any]) -> ModuleFailed:
    """Return the error for a virtual package of several providers, or one that no source has any more."""
    listed = re.search(r"^Package %s is a virtual package provided by:\n((?:  \S.*\n)+)" % re.escape(name), out, re.M)
    if listed:
        providers = ", ".join(line.split()[0] for line in listed.group(1).splitlines())
        return ModuleFailed("%s is a virtual package; name one of those that provide it: %s" % (name, providers), **result)
    return ModuleFailed("no available installation candidate for %s" % name, **result)


def unknown_package(name: str, system: Any, **result: Any) -> ModuleFailed:
    """Return the error for a package that no source has: with the nearest names, or with the remedy where there are no lists."""
    names = system.run(["apt-cache", "pkgnames", name[:2]]).out.split() if system.which("apt-cache") else []
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.75)
    msg = "No package matching '%s' is available" % name
    if near:
        msg += ". Nearest: %s" % ", ".join(near)
    elif not has_lists(system):
        msg += ". The host has no package lists yet: use update_cache"
    return ModuleFailed(msg, **result)


def has_lists(system: Any) -> bool:
    """Whether package lists were ever loaded."""
    return system.is_dir(LISTS) and any("_Packages" in name for name in system.listdir(LISTS))


def updated_at(system: Any) -> int:
    """Return when the package lists were last loaded, seconds since 1970; 0 for never."""
    seen = [system.stat(STAMP), system.stat(LISTS) if has_lists(system) else None]
    return max([int(each.st_mtime) for each in seen if each is not None] or [0])


def update_complaint(rc: int, out: str, err: str) -> str:
    """Return what was wrong with a run of `apt-get update`, which exits with 0 when only some of the sources failed."""
    lines = [line for line in err.splitlines() if line.startswith(("E:", "W: Failed to fetch", "W: GPG error"))]
    lines += [line for line in out.splitlines() if line.startswith("Err:")] if lines or rc != 0 else []
    if rc != 0 and not lines:
        return err.strip() or "apt-get update exited with %d" % rc
    return "; ".join(lines)


def update(args: Dict[str, Any], system: Any) -> bool:
    """Load the package lists, several times when a source does not answer, waiting longer each time; tell whether one was new."""
    before = updated_at(system)
    tries = max(1, args["update_cache_retries"])
    complaint, delay = "", 1.0
    for attempt in range(tries):
        done = run(["update"], args, system)
        complaint = update_complaint(done.rc, done.out, done.err)
        if not complaint:
            changed = updated_at(system) != before
            if system.is_dir(LISTS):
                # apt-get leaves the time alone when no list had changed, but they are now known to be current
                system.utime(LISTS, system.now(), system.now())
            return changed
        if attempt + 1 < tries:
            system.sleep(min(delay, args["update_cache_retry_max_delay"]))
            delay *= 2
    raise ModuleFailed("Failed to update apt cache after %d tries: %s" % (tries, complaint))


class ServicePolicy:
    """While in force, services that packages bring are started or not as the number says (policy-rc.d: 101 forbids)."""

    def __init__(self, number: Optional[int], system: Any) -> None:
        self.number, self.system = number, system
        self.old: Optional[bytes] = None
        self.mode = 0o755

    def __enter__(self) -> "ServicePolicy":
        if self.number is not None:
            found = self.system.stat(POLICY)
            if found is not None:
                self.old, self.mode = self.system.read(POLICY), found.st_mode & 0o7777
            self.system.write_atomic(POLICY, b"#!/bin/sh\nexit %d\n" % self.number, mode=0o755)
        return self

    def __exit__(self, *_error: Any) -> None:
        if self.number is None:
            return
        if self.old is None:
            self.system.remove(POLICY)
        else:
            self.system.write_atomic(POLICY, self.old, mode=self.mode)
