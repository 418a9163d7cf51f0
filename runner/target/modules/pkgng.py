"""Ensures packages of FreeBSD, and annotations of theirs. Source: pkg(8), pkg-install(8), pkg-upgrade(8), pkg-annotate(8)."""

import re
from typing import Any, Dict, List

from runner.target.decision import ModuleFailed
from runner.target.option import option
from runner.target.processes import Ran
from runner.target.programs import program

INTERRUPT = "finish"
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": option("strs", "Packages; `*` with state latest means all that are installed.", aliases=["pkg"]),
        "state": option("str", "What they shall be.", "present", enum=["present", "latest", "absent"]),
        "cached": option("bool", "Use the catalogue that is there, load no newer one.", False),
        "annotation": option("strs", "Annotations of the packages: +key=value adds, -key removes, :key=value changes one."),
        "pkgsite": option("str", "Name of the repository to use."),
        "rootdir": option("path", "Folder that is the root of the system to work on."),
        "chroot": option("path", "Folder to change root to."),
        "jail": option("str", "Name or number of the jail to work in."),
        "autoremove": option("bool", "Remove packages that nothing needs any more.", False),
        "ignore_osver": option("bool", "Take packages for another version of the system.", False),
        "use_globs": option("bool", "Names are patterns as the shell has them.", True),
    },
    "required": ["name"],
    "mutually_exclusive": [["rootdir", "chroot", "jail"]],
}
RETURNS = {"msg": "what was done", "stdout": "what pkg said", "stderr": "its complaints"}
EXAMPLES = """
- pkgng: {name: [nginx, keepalived]}
"""
ANNOTATION = re.compile(r"(?P<sign>[+\-:])(?P<key>[^=]+)(?:=(?P<value>.*))?\Z", re.DOTALL)


class Pkg:
    """The program pkg, told where to work, and what it said so far."""

    def __init__(self, args: Dict[str, Any], system: Any) -> None:
        self.system = system
        self.argv = [program(system, "pkg")]
        self.argv += ["--%s=%s" % (name, args[name]) for name in ("rootdir", "chroot", "jail") if args[name]]
        self.globs = ["-g"] if args["use_globs"] else []
        self.site = ["--repository=%s" % args["pkgsite"]] if args["pkgsite"] else []
        self.environ = dict({"BATCH": "yes"}, **({"IGNORE_OSVERSION": "yes"} if args["ignore_osver"] else {}))
        self.out = ""
        self.err = ""

    def ask(self, words: List[str], stdin: Any = None) -> Ran:
        """Run it for an answer that is read here."""
        ran: Ran = self.system.run(self.argv + words, environ=self.environ, stdin=stdin)
        return ran

    def do(self, words: List[str]) -> Ran:
        """Run it to change something, and keep what it says."""
        ran = self.ask(words)
        self.out += ran.out
        self.err += ran.err
        return ran

    def failed(self, msg: str) -> ModuleFailed:
        """Return a failure with what it said."""
        return ModuleFailed(msg, stdout=self.out, stderr=self.err)

    def has(self, name: str) -> bool:
        """Tell whether a package is installed."""
        return bool(self.ask(["info"] + self.globs + ["-e", name]).rc == 0)

    def is_old(self, name: str) -> bool:
        """Tell whether there is a newer one of an installed package."""
        # the dry run ends with 1 when something would be done
        return bool(self.ask(["upgrade"] + self.globs + self.site + ["-n", name]).rc != 0)


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Bring the packages to their state. Raises ModuleFailed with pkg's words."""
    pkg = Pkg(args, system)
    said: List[str] = []
    changed = False
    names = [name for name in args["name"] if name != "*"]
    if args["name"] == ["*"] and args["state"] == "latest":
        changed = _upgrade_all(pkg, said)
    elif names and args["state"] == "absent":
        changed = _remove(names, pkg, said)
    elif names:
        changed = _install(names, args, pkg, said)
    if args["autoremove"]:
        changed = _autoremove(pkg, said) or changed
    if args["annotation"] is not None and names:
        changed = _annotate(names, args["annotation"], pkg, said) or changed
    return {"changed": changed, "msg": ", ".join(said), "stdout": pkg.out, "stderr": pkg.err}


def _upgrade_all(pkg: Pkg, said: List[str]) -> bool:
    ran = pkg.do(["upgrade"] + pkg.globs + pkg.site + (["-n"] if pkg.system.check else ["-y"]))
    # in a dry run 1 says that there is something to do
    if ran.rc != 0 and not pkg.system.check:
        raise pkg.failed("failed to upgrade packages")
    counted = re.search(r"Number of packages to be (?:upgraded|reinstalled): *(\d+)", ran.out)
    said.append("updated %s package(s)" % counted.group(1) if counted else "no packages need upgrades")
    return bool(counted)


def _install(names: List[str], args: Dict[str, Any], pkg: Pkg, said: List[str]) -> bool:
    if not args["cached"] and not pkg.system.check:
        ran = pkg.do(["update"] + pkg.site)
        if ran.rc != 0:
            raise pkg.failed("Could not update catalogue [%d]: %s %s" % (ran.rc, ran.out, ran.err))
    queues: Dict[str, List[str]] = {"upgrade": [], "install": []}
    for name in names:
        if not pkg.has(name):
            queues["install"].append(name)
        elif args["state"] == "latest" and pkg.is_old(name):
            queues["upgrade"].append(name)
    done = []
    for verb, past in (("upgrade", "upgraded"), ("install", "installed")):
        queue = queues[verb]
        if not queue:
            continue
        if not pkg.system.check:
            ran = pkg.do([verb] + pkg.site + pkg.globs + ["-U", "-y"] + queue)
            wrong = [name for name in queue if (pkg.is_old(name) if verb == "upgrade" else not pkg.has(name))]
            if ran.rc != 0 or wrong:
                raise pkg.failed("failed to %s %s" % (verb, ", ".join(wrong or queue)))
        done.append("%s %d package%s" % (past, len(queue), "s" if len(queue) > 1 else ""))
    said.append("; ".join(done) or "package(s) already %s" % args["state"])
    return bool(done)


def _remove(names: List[str], pkg: Pkg, said: List[str]) -> bool:
    gone = [name for name in names if pkg.has(name)]
    for name in gone if not pkg.system.check else []:
        pkg.do(["delete", "-y"] + pkg.globs + [name])
        if pkg.has(name):
            raise pkg.failed("failed to remove %s" % name)
    said.append("removed %d package(s)" % len(gone) if gone else "package(s) already absent")
    return bool(gone)


def _autoremove(pkg: Pkg, said: List[str]) -> bool:
    ran = pkg.ask(["autoremove", "-n"])
    counted = re.search(r"Deinstallation has been requested for the following (\d+) packages", ran.out)
    if not counted:
        said.append("no package(s) to autoremove")
        return False
    if not pkg.system.check and pkg.do(["autoremove", "-y"]).rc != 0:
        raise pkg.failed("failed to autoremove packages")
    said.append("autoremoved %s package(s)" % counted.group(1))
    return True


def _annotate(names: List[str], given: List[str], pkg: Pkg, said: List[str]) -> bool:
    wanted = [each.strip() for text in given for each in text.split(",") if each.strip()]
    count = 0
    for name in names:
        for text in wanted:
            parts = ANNOTATION.match(text)
            if not parts or (parts.group("value") is None) != (parts.group("sign") == "-"):
                raise ModuleFailed("failed to annotate %s, invalid annotate string: %s" % (name, text))
            count += _annotate_one(name, parts, pkg)
    said.append("added %d annotations." % count if count else "changed no annotations")
    return count > 0


def _annotate_one(name: str, parts: Any, pkg: Pkg) -> int:
    sign, key, value = parts.group("sign", "key", "value")
    held = re.search(r"^\s+%s\s*: ?(.*)$" % re.escape(key), pkg.ask(["info"] + pkg.globs + ["-A", name]).out, re.MULTILINE)
    if sign == "-":
        words = ["-D"] if held else []
    elif held and held.group(1).strip() == value:
        words = []
    elif sign == "+" and held:
        raise ModuleFailed("failed to annotate %s: it has %s already; change it with :%s=%s" % (name, key, key, value))
    elif sign == ":" and not held:
        raise ModuleFailed("could not change annotation to %s: tag %s does not exist" % (name, key))
    else:
        words = ["-A" if sign == "+" else "-M"]
    if words and not pkg.system.check:
        ran = pkg.ask(["annotate", "-y"] + words + [name, key], stdin=value)
        if ran.rc != 0:
            raise ModuleFailed("could not annotate %s: %s" % (name, ran.err.strip() or ran.out.strip()), rc=ran.rc)
    return len(words)
