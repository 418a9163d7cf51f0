"""Ensures that Debian packages are installed, current or absent; keeps apt's lists and cache. Uses apt's commands only."""

from typing import Any, Dict, List, Optional

from runner.target import apt_get, apt_packages
from runner.target.decision import ModuleFailed

INTERRUPT = "finish"
_FLAG = {"type": "boolean", "default": False}

ARGUMENTS = {
    "type": "object",
    "properties": {
        "name": {
            "type": "array",
            "items": {"type": "string"},
            "aliases": ["package", "pkg"],
            "description": "Packages: name, name:arch, name=version, name>=version; name and (with =) version may be patterns.",
        },
        "state": {
            "type": "string",
            "enum": ["absent", "build-dep", "latest", "present", "fixed"],
            "default": "present",
            "description": "build-dep installs what is needed to build the packages; fixed mends broken dependencies.",
        },
        "update_cache": {
            "type": "boolean",
            "aliases": ["update-cache"],
            "description": "Load the package lists first.",
        },
        "cache_valid_time": {
            "type": "integer",
            "default": 0,
            "description": "Load them only when they are older than this, in seconds. Implies update_cache.",
        },
        "update_cache_retries": {"type": "integer", "default": 5, "description": "How often to try."},
        "update_cache_retry_max_delay": {"type": "integer", "default": 12, "description": "Longest wait between tries, seconds."},
        "upgrade": {
            "type": "string",
            "enum": ["dist", "full", "no", "safe", "yes"],
            "default": "no",
            "description": "yes and safe upgrade without removing anything; dist and full also remove what stands in the way.",
        },
        "autoremove": dict(_FLAG, description="Remove packages that were only installed for others and are no longer needed."),
        "autoclean": dict(_FLAG, description="Remove downloaded packages that can no longer be had."),
        "clean": dict(_FLAG, description="Remove all downloaded packages."),
        "purge": dict(_FLAG, description="With absent: remove configuration files too."),
        "force": dict(_FLAG, description="Allow unauthenticated, held, essential packages and downgrades."),
        "force_apt_get": dict(_FLAG, description="Accepted for compatibility: apt-get is always used."),
        "allow_unauthenticated": dict(_FLAG, aliases=["allow-unauthenticated"], description="Allow packages without signature."),
        "allow_downgrade": dict(
            _FLAG, aliases=["allow-downgrade", "allow_downgrades", "allow-downgrades"], description="Allow older versions."
        ),
        "allow_change_held_packages": dict(_FLAG, description="Change packages on hold too."),
        "default_release": {"type": "string", "aliases": ["default-release"], "description": "Release to prefer (apt-get -t)."},
        "install_recommends": {
            "type": "boolean",
            "aliases": ["install-recommends"],
            "description": "Whether recommended packages come along; the host's own setting when not given.",
        },
        "dpkg_options": {
            "type": "string",
            "default": "force-confdef,force-confold",
            "description": "Options for dpkg, without dashes, joined by commas.",
        },
        "only_upgrade": dict(_FLAG, description="Upgrade what is installed, install nothing new."),
        "fail_on_autoremove": dict(_FLAG, description="Fail when a package would have to be removed."),
        "lock_timeout": {"type": "integer", "default": 60, "description": "Seconds to wait for another apt or dpkg."},
        "policy_rc_d": {
            "type": "integer",
            "description": "Exit status of policy-rc.d while packages are installed: 101 starts no service.",
        },
        "deb": {"type": "string", "format": "path", "description": "A package file on the host, or its http(s) URL."},
    },
    "mutually_exclusive": [["deb", "name", "upgrade"]],
    "required_one_of": [["autoremove", "deb", "name", "update_cache", "upgrade", "clean", "autoclean"]],
}
RETURNS = {
    "cache_updated": "whether the package lists were loaded",
    "cache_update_time": "when they were last loaded, seconds since 1970",
    "stdout": "output of apt-get",
    "stderr": "error output of apt-get",
    "diff": "apt-get's account of what changes",
}
EXAMPLES = """
- name: The web server, with lists not older than an hour
  apt: {name: nginx, cache_valid_time: 3600}

- name: All upgrades that need no removal
  apt: {upgrade: safe, update_cache: true}
"""


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Load lists, clean, upgrade, install or remove, in that order; each part only where asked and needed."""
    names = apt_packages.names_of(args["name"] or [])
    everything = "*" in names
    if everything and args["state"] == "latest":
        if len(names) > 1:
            raise ModuleFailed("unable to install additional packages when upgrading all installed packages")
        args, names = dict(args, upgrade="yes"), []
    updated = _update(args, system)
    result: Dict[str, Any] = {"cache_updated": updated, "cache_update_time": apt_get.updated_at(system)}
    work = bool(names or args["deb"] or args["upgrade"] != "no")
    outcome: Optional[Dict[str, Any]] = None
    if args["clean"]:
        outcome = _clean(args, system)
    if args["upgrade"] != "no":
        outcome = _step([_upgrade_verb(args["upgrade"])] + _new_packages(args["upgrade"]), args, system)
    elif args["deb"]:
        outcome = apt_packages.install_file(args, system)
    elif names:
        outcome = apt_packages.ensure(names, args, system)
    if not work and args["state"] == "fixed":
        outcome, work = _step(["--fix-broken", "install"], args, system), True
    for key, verb in (("autoclean", "autoclean"), ("autoremove", "autoremove")):
        # with packages to handle, --auto-remove rides along with their command
        if args[key] and not (work and key == "autoremove"):
            outcome = _merged(outcome, _tidy(verb, args, system))
    if outcome is None:
        result["changed"] = updated
        return result
    changed = outcome["changed"] or (updated and not work and not args["clean"])
    result.update(outcome, changed=changed)
    if not system.diff:
        result.pop("diff", None)
    return result


def _update(args: Dict[str, Any], system: Any) -> bool:
    wanted = args["update_cache"] or (args["update_cache"] is None and args["cache_valid_time"] > 0)
    if not wanted or (args["cache_valid_time"] and apt_get.updated_at(system) + args["cache_valid_time"] >= system.now()):
        return False
    if system.check:
        return True
    return apt_get.update(args, system)


def _upgrade_verb(upgrade: str) -> str:
    return "dist-upgrade" if upgrade in ("dist", "full") else "upgrade"


def _new_packages(upgrade: str) -> List[str]:
    return [] if upgrade in ("dist", "full") else ["--with-new-pkgs"]


def _step(words: List[str], args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Run one apt-get command (in check mode its simulation) and say what it changed."""
    with apt_get.ServicePolicy(None if system.check else args["policy_rc_d"], system):
        simulate = ["--simulate"] if system.check else []
        done = apt_get.run(apt_get.switches(args) + simulate + words, args, system)
    if done.rc != 0:
        raise apt_get.failure(done, system)
    changed = apt_get.changed_something(done.out)
    outcome = {"changed": changed, "msg": done.out, "stdout": done.out, "stderr": done.err}
    return dict(outcome, diff=apt_get.prepared_diff(done.out)) if changed else outcome


def _tidy(verb: str, args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    simulate = ["--simulate"] if system.check else []
    words = ["-y"] + (["--purge"] if args["purge"] and verb == "autoremove" else []) + simulate + [verb]
    done = apt_get.run(words, args, system)
    if done.rc != 0:
        raise apt_get.failure(done, system)
    changed = "The following packages will be REMOVED" in done.out or any(line.startswith("Del ") for line in done.out.splitlines())
    return {"changed": changed, "stdout": done.out, "stderr": done.err, "diff": apt_get.prepared_diff(done.out)}


def _clean(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Remove downloaded packages; changed only when there are any."""
    there = []
    for folder in ("/var/cache/apt/archives", "/var/cache/apt/archives/partial"):
        if system.is_dir(folder):
            there += ["%s/%s" % (folder, name) for name in system.listdir(folder) if name.endswith(".deb")]
    outcome: Dict[str, Any] = {"changed": bool(there), "stdout": "", "stderr": "", "msg": ""}
    # apt's index files go too, but the next apt command makes them anew: that is no change to report
    index = any(system.exists("/var/cache/apt/" + name) for name in ("pkgcache.bin", "srcpkgcache.bin"))
    if (there or index) and not system.check:
        done = apt_get.run(["clean"], args, system)
        if done.rc != 0:
            raise apt_get.failure(done, system)
        outcome.update(stdout=done.out, stderr=done.err, msg=done.out)
    outcome["diff"] = {"before": "".join(path + "\n" for path in there), "after": ""}
    return outcome


def _merged(first: Optional[Dict[str, Any]], second: Dict[str, Any]) -> Dict[str, Any]:
    if first is None:
        return second
    merged = dict(first, changed=first["changed"] or second["changed"])
    for key in ("stdout", "stderr"):
        merged[key] = first.get(key, "") + second.get(key, "")
    diffs = [each["diff"] for each in (first, second) if each["changed"] and each.get("diff")]
    return dict(merged, diff=diffs) if diffs else merged
