"""Ensures that packages of Fedora, RHEL and their kin are installed, current or absent, by the commands rpm and dnf or yum."""

import re
from typing import Any, Dict, List, Tuple

from runner.target import rpm
from runner.target.decision import ModuleFailed
from runner.target.programs import program

INTERRUPT = "finish"
_FLAG = {"type": "boolean", "default": False}
_LIST = {"type": "array", "items": {"type": "string"}, "default": []}
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": dict(_LIST, aliases=["pkg"], description="Packages, name-version, files, URLs, @groups; `*` with latest is all."),
        "state": {
            "type": "string",
            "enum": ["absent", "present", "installed", "removed", "latest"],
            "description": "present without it, or absent with autoremove.",
        },
        "list": {"type": "string", "description": "Only list: installed, updates, available, or a package."},
        "autoremove": dict(_FLAG, description="Remove packages that are no longer needed by others."),
        "update_cache": dict(_FLAG, aliases=["expire-cache"], description="Read the repositories' lists anew."),
        "update_only": dict(_FLAG, description="With latest: upgrade what is installed, install nothing new."),
        "enablerepo": dict(_LIST, description="Repositories to use too."),
        "disablerepo": dict(_LIST, description="Repositories not to use."),
        "enable_plugin": dict(_LIST, description="Plugins to use."),
        "disable_plugin": dict(_LIST, description="Plugins not to use."),
        "exclude": dict(_LIST, description="Packages to leave out."),
        "disable_excludes": {"type": "string", "description": "all, main or a repository whose exclusions do not count."},
        "disable_gpg_check": dict(_FLAG, description="Do not check signatures."),
        "conf_file": {"type": "string", "description": "Configuration file."},
        "installroot": {"type": "string", "default": "/", "description": "Root directory to install into."},
        "releasever": {"type": "string", "description": "Release to take packages from."},
        "security": dict(_FLAG, description="With latest: only security fixes."),
        "bugfix": dict(_FLAG, description="With latest: only bug fixes."),
        "skip_broken": dict(_FLAG, description="Leave out what cannot be installed."),
        "best": {"type": "boolean", "description": "Only the newest version will do."},
        "nobest": {"type": "boolean", "description": "An older version will do."},
        "allow_downgrade": dict(_FLAG, description="Allow older versions when name-version asks for one."),
        "allowerasing": dict(_FLAG, description="Remove what stands in the way."),
        "cacheonly": dict(_FLAG, description="Use only what is cached."),
        "download_only": dict(_FLAG, description="Fetch, do not install."),
        "download_dir": {"type": "string", "description": "Where to."},
        "install_weak_deps": {"type": "boolean", "default": True, "description": "Install recommended packages too."},
        "install_repoquery": {"type": "boolean", "default": True, "description": "Accepted for compatibility."},
        "sslverify": {"type": "boolean", "default": True, "description": "Check certificates of repositories."},
        "validate_certs": {"type": "boolean", "default": True, "description": "Check certificates of package URLs."},
        "lock_timeout": {"type": "integer", "default": 30, "description": "Seconds to wait for another dnf."},
        "use_backend": {
            "type": "string",
            "enum": ["auto", "dnf", "dnf4", "dnf5", "yum", "yum4"],
            "default": "auto",
            "description": "Which command to use; the one the host has without it.",
        },
    },
    "mutually_exclusive": [["name", "list"], ["best", "nobest"]],
}
WOULD = "Check mode: No changes made, but would have if not in check mode"
RETURNS = {"msg": "what was done", "results": "packages installed and removed, or listed", "rc": "exit status of dnf"}
EXAMPLES = """
- dnf: {name: [haproxy, keepalived], state: present}
"""
_LOCK = re.compile(r"(waiting for process with pid|Failed to obtain the (?:transaction )?lock|already running)", re.I)


def switches(args: Dict[str, Any]) -> List[str]:
    """Return the switches that the arguments stand for."""
    words = ["-y"]
    for key, switch in (
        ("enablerepo", "--enablerepo"),
        ("disablerepo", "--disablerepo"),
        ("exclude", "--exclude"),
        ("enable_plugin", "--enableplugin"),
        ("disable_plugin", "--disableplugin"),
    ):
        words += ["%s=%s" % (switch, each) for each in args[key]]
    for key, text in (
        ("disable_excludes", "--disableexcludes=%s"),
        ("conf_file", "--config=%s"),
        ("releasever", "--releasever=%s"),
        ("download_dir", "--downloaddir=%s"),
    ):
        words += [text % args[key]] if args[key] else []
    for key, switch in (
        ("disable_gpg_check", "--nogpgcheck"),
        ("skip_broken", "--skip-broken"),
        ("best", "--best"),
        ("nobest", "--nobest"),
        ("allowerasing", "--allowerasing"),
        ("cacheonly", "--cacheonly"),
        ("download_only", "--downloadonly"),
        ("security", "--security"),
        ("bugfix", "--bugfix"),
        ("update_cache", "--refresh"),
    ):
        words += [switch] if args[key] else []
    words += ["--installroot=%s" % args["installroot"]] if args["installroot"] != "/" else []
    words += [] if args["install_weak_deps"] else ["--setopt=install_weak_deps=False"]
    return words + ([] if args["sslverify"] else ["--setopt=sslverify=False"])


def plan(args: Dict[str, Any], names: List[str], have: Dict[str, bool]) -> List[List[str]]:
    """Return the dnf commands to run. have: name -> whether something installed provides it (groups and URLs are not in it)."""
    state = args["state"] or ("absent" if args["autoremove"] and not names else "present")
    if args["autoremove"] and not names:
        return [["autoremove"]]
    if state in ("absent", "removed"):
        there = [name for name in names if have.get(name, True)]
        return [["autoremove" if args["autoremove"] else "remove"] + there] if there else []
    if state == "latest":
        if names == ["*"]:
            return [["upgrade"]]
        old = [name for name in names if have.get(name)]
        new = [] if args["update_only"] else [name for name in names if not have.get(name)]
        return ([["install"] + new] if new else []) + ([["upgrade"] + old] if old else [])
    missing = [name for name in names if not have.get(name)]
    return [["install"] + missing] if missing else []


def _tool(args: Dict[str, Any], system: Any) -> str:
    named = {"dnf4": "dnf-3", "yum4": "dnf", "dnf5": "dnf5", "yum": "yum", "dnf": "dnf"}.get(args["use_backend"])
    if named:
        return program(system, named)
    return system.which("dnf") or system.which("yum") or program(system, "dnf")


def _have(names: List[str], args: Dict[str, Any], system: Any) -> Dict[str, bool]:
    root = ["--root", args["installroot"]] if args["installroot"] != "/" else []
    found = {}
    for name in names:
        if name.startswith("@") or "://" in name or name.endswith(".rpm") or name == "*":
            continue
        asked = [program(system, "rpm")] + root + ["-q", "--qf", rpm.QUERY]
        found[name] = system.run(asked + [name]).rc == 0 or system.run(asked + ["--whatprovides", name]).rc == 0
    return found


def _dnf(words: List[str], args: Dict[str, Any], system: Any) -> Tuple[int, str, str]:
    limit = system.monotonic() + max(0, args["lock_timeout"])
    while True:
        done = system.run([_tool(args, system)] + words)
        if done.rc == 0 or not _LOCK.search(done.out + done.err):
            return done.rc, done.out, done.err
        if system.monotonic() >= limit:
            raise ModuleFailed("Another dnf or yum holds the lock, also after %d seconds: %s" % (args["lock_timeout"], done.err.strip()))
        system.sleep(1)


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """List, or look at what rpm has, then install, upgrade and remove what is not as asked."""
    if args["list"]:
        return _listed(args, system)
    names = [each.strip() for item in args["name"] for each in str(item).split(",") if each.strip()]
    steps = plan(args, names, _have(names, args, system))
    result: Dict[str, Any] = {"changed": False, "results": [], "rc": 0, "msg": "Nothing to do"}
    if not steps and args["update_cache"] and not names and not system.check:
        rc, out, err = _dnf(switches(dict(args, update_cache=False)) + ["makecache"], args, system)
        if rc != 0:
            raise ModuleFailed("Failed to read the repositories: %s" % (err or out).strip(), rc=rc, results=[])
        return dict(result, msg="Cache updated")
    for step in steps:
        words = switches(args) + step
        if system.check:
            words = ["--assumeno"] + words[1:]
        rc, out, err = _dnf(words, args, system)
        if rpm.unmatched(out + err) and step[0] == "install":
            failures = ["No package %s available." % name for name in rpm.unmatched(out + err)]
            raise ModuleFailed("Failed to install some of the specified packages", failures=failures, rc=rc or 1, results=[])
        if rc != 0 and not (system.check and "Operation aborted" in out + err):
            raise ModuleFailed((err or out).strip(), rc=rc, results=rpm.parse_results(out))
        if not rpm.nothing_to_do(out + err):
            result.update(changed=True, msg=WOULD if system.check else "")
            result["results"] += rpm.parse_planned(out) if system.check else rpm.parse_results(out)
    return result


def _listed(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    kinds = {"installed": "--installed", "updates": "--upgrades", "upgrades": "--upgrades", "available": "--available"}
    words = [kinds[args["list"]]] if args["list"] in kinds else [args["list"]]
    rc, out, err = _dnf(["-q"] + switches(args)[1:] + ["list"] + words, args, system)
    if rc not in (0, 1):
        raise ModuleFailed((err or out).strip(), rc=rc, results=[])
    return {"results": rpm.parse_list(out), "msg": "", "rc": 0}
