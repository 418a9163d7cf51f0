"""Which packages apt-get must be told of so that they are as asked; and package files."""

import fnmatch
import os
import urllib.error
import urllib.request
from typing import Any, Dict, Iterable, List, Tuple

from runner.target import apt_get, dpkg
from runner.target.decision import ModuleFailed
from runner.target.dpkg import Installed, Spec
from runner.target.programs import program

EXTENDED = "/var/lib/apt/extended_states"


def names_of(items: Iterable[str]) -> List[str]:
    """Return package specifications without blanks and empty words; one item may hold several, joined by commas."""
    return [each.strip() for item in items for each in str(item).split(",") if each.strip()]


def parse_specs(names: List[str]) -> List[Spec]:
    """Return the specifications; raises ModuleFailed for one that makes no sense."""
    specs = []
    for name in names:
        try:
            specs.append(dpkg.parse_spec(name))
        except ValueError as error:
            raise ModuleFailed(str(error))
    return specs


def expand(specs: List[Spec], known: Iterable[str]) -> List[Spec]:
    """Return the specifications with patterns in names replaced by the names they match, in order of name."""
    out: List[Spec] = []
    names = sorted(known)
    for spec in specs:
        if not dpkg.has_wildcard(spec.name):
            out.append(spec)
            continue
        matching = fnmatch.filter(names, spec.name)
        if not matching:
            raise ModuleFailed("No package(s) matching '%s' available" % spec.name)
        out += [spec._replace(name=name) for name in matching]
    return out


def word(spec: Spec, version: str = "") -> str:
    """Return a package as apt-get takes it."""
    return str(spec.name) + (":" + spec.arch if spec.arch else "") + ("=" + version if version else "")


def to_install(specs: List[Spec], world: Tuple[List[Installed], str], known: Dict[str, Any], only_upgrade: bool, latest: bool) -> List[str]:
    """Return the words for `apt-get install`; none when all is as asked.

    world: installed packages and the host's architecture. known: `candidates`, package -> version apt would take now, and
    `versions`, package -> versions that can be had, best first.
    """
    words = []
    for spec in specs:
        found = dpkg.find_installed(spec, world[0], world[1])
        have = found.version if found is not None and found.status == "installed" else ""
        if not have and (only_upgrade or (not spec.relation and dpkg.provider(spec.name, world[0]))):
            continue
        if have and dpkg.satisfies(have, spec) and not (latest and dpkg.compare(_best(spec, known) or have, have) > 0):
            continue
        words.append(word(spec, _version(spec, known)))
    return words


def _best(spec: Spec, known: Dict[str, Any]) -> str:
    """Return the version that apt would take for a specification; empty when none will do."""
    if spec.relation == "=":
        return next((each for each in known["versions"].get(spec.name, []) if dpkg.satisfies(each, spec)), "")
    candidate = str(known["candidates"].get(word(spec), ""))
    return candidate if candidate and dpkg.satisfies(candidate, spec) else ""


def _version(spec: Spec, known: Dict[str, Any]) -> str:
    best = _best(spec, known)
    if spec.relation and not best:
        have = ", ".join(known["versions"].get(spec.name, [])) or "none"
        asked = (spec.name, spec.relation, spec.version, have)
        raise ModuleFailed("no available installation candidate for %s%s%s. Versions that can be had: %s" % asked)
    return best if spec.relation else ""


def to_remove(specs: List[Spec], packages: List[Installed], native: str, purge: bool) -> List[str]:
    """Return the words for `apt-get remove`: installed packages and, with purge, those that left configuration behind."""
    words = []
    for spec in specs:
        found = dpkg.find_installed(spec, packages, native)
        if found is None or (spec.relation and not dpkg.satisfies(found.version, spec)):
            continue
        if found.status != "config-files" or purge:
            words.append(word(spec))
    return words


def automatic(text: str) -> List[str]:
    """Return the packages that extended_states marks as installed only for others."""
    names, name = [], ""
    for line in text.splitlines():
        key, _mark, value = line.partition(": ")
        if key == "Package":
            name = value
        elif key == "Auto-Installed" and value.strip() == "1":
            names.append(name)
    return names


def _world(system: Any) -> Tuple[List[Installed], str]:
    ran = system.run([program(system, "dpkg-query"), "-W", "-f", dpkg.FORMAT], fail="dpkg-query failed")
    packages = dpkg.parse_installed(ran.out)
    native = next((each.arch for each in packages if each.name == "dpkg"), "")
    return packages, native or system.run(["dpkg", "--print-architecture"]).out.strip()


def _asked(args: Dict[str, Any], *words: str) -> List[str]:
    release = ["-o", "APT::Default-Release=%s" % args["default_release"]] if args["default_release"] else []
    return ["apt-cache"] + release + list(words)


def _known(specs: List[Spec], args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Ask apt for candidates and versions, of those packages only for which they matter."""
    open_ones = [word(spec) for spec in specs if spec.relation == ">=" or (args["state"] == "latest" and not spec.relation)]
    dated = [spec.name for spec in specs if spec.relation]
    policy = system.run(_asked(args, "policy", *open_ones)).out if open_ones else ""
    madison = system.run(_asked(args, "madison", *dated)).out if dated else ""
    return {"candidates": dpkg.parse_policy(policy), "versions": dpkg.parse_madison(madison)}


def ensure(names: List[str], args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Make the packages as asked; in check mode simulate. Returns changed, stdout, stderr and diff."""
    state = args["state"]
    specs = parse_specs(names)
    if state in ("build-dep", "fixed"):
        verb = ["--fix-broken", "install"] if state == "fixed" else ["build-dep"]
        return _apt(verb + [word(spec, spec.version) for spec in specs], args, system, always=False)
    packages, native = _world(system)
    if any(dpkg.has_wildcard(spec.name) for spec in specs):
        known = {each.name for each in packages}
        if state != "absent":
            known.update(system.run(["apt-cache", "pkgnames"]).out.split())
        specs = expand(specs, known)
    if state == "absent":
        words = to_remove(specs, packages, native, args["purge"])
        return _apt(["remove"] + words, args, system) if words else _nothing(args, system)
    words = to_install(specs, (packages, native), _known(specs, args, system), args["only_upgrade"], state == "latest")
    outcome = _apt(["install"] + words, args, system) if words else _nothing(args, system)
    if not system.check:
        _mark_manual(specs, system)
    return outcome


def _nothing(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """All packages are as asked; autoremove still has its own work to do."""
    if args["autoremove"]:
        return _apt(["autoremove"], dict(args, autoremove=False), system, always=False)
    return {"changed": False}


def _apt(words: List[str], args: Dict[str, Any], system: Any, always: bool = True) -> Dict[str, Any]:
    with apt_get.ServicePolicy(None if system.check else args["policy_rc_d"], system):
        done = apt_get.run(apt_get.switches(args) + (["--simulate"] if system.check else []) + words, args, system)
    if done.rc != 0:
        raise apt_get.failure(done, system)
    changed = always or apt_get.changed_something(done.out)
    outcome: Dict[str, Any] = {"changed": changed, "stdout": done.out, "stderr": done.err}
    if changed:
        outcome["diff"] = apt_get.prepared_diff(done.out)
    return outcome


def _mark_manual(specs: List[Spec], system: Any) -> None:
    """What a task asks for is no longer there only for others: apt must not remove it with them."""
    if not system.exists(EXTENDED):
        return
    marked = set(automatic(system.read_text(EXTENDED)))
    names = [word(spec) for spec in specs if spec.name in marked and not spec.relation]
    if names:
        system.run(["apt-mark", "manual"] + names)


def install_file(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Install a package file with what it depends on, unless that very version is installed."""
    path = _download(args["deb"], system) if args["deb"].startswith(("http://", "https://")) else args["deb"]
    if not system.is_file(path):
        raise ModuleFailed("Unable to install package: %s is not a file on the host" % path)
    told = system.run([program(system, "dpkg-deb"), "-f", path, "Package", "Version", "Architecture"])
    fields = dict(line.split(": ", 1) for line in told.out.splitlines() if ": " in line)
    if told.rc != 0 or "Package" not in fields or "Version" not in fields:
        raise ModuleFailed("Unable to install package: %s" % told.err.strip(), path=path)
    packages, native = _world(system)
    arch = fields.get("Architecture", "")
    spec = Spec(fields["Package"], arch if arch not in ("all", native) else "", "=", fields["Version"])
    found = dpkg.find_installed(spec, packages, native)
    if found and found.status == "installed" and not args["force"]:
        order = dpkg.compare(found.version, fields["Version"])
        if order == 0:
            return {"changed": False}
        if order > 0 and not args["allow_downgrade"]:
            raise ModuleFailed(
                "A later version is already installed: %s %s; allow_downgrade would replace it by %s"
                % (found.name, found.version, fields["Version"])
            )
    reinstall = ["--reinstall"] if args["force"] else []
    return _apt(reinstall + ["install", os.path.abspath(path)], args, system)


def _download(url: str, system: Any) -> str:
    """Fetch a package file into a private temporary folder and return its path."""
    name = os.path.basename(url.split("?")[0]) or "package.deb"
    path = os.path.join(system.temporary_folder(), name if name.endswith(".deb") else name + ".deb")
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            staged = system.stage(path, answer, 0o644)
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise ModuleFailed("Failure downloading %s, %s" % (url, getattr(error, "reason", error)))
    system.commit(staged, path, 0o644)
    # apt's own user reads the file while it installs
    system.chmod(os.path.dirname(path), 0o755)
    return path
