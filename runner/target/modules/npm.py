"""Ensures packages of node.js, one by its name or all that a package.json asks for. Source: npm(1), npm-install(1), npm-ls(1)."""

import json
import os
from typing import Any, Dict, List, Set

from runner.target.decision import ModuleFailed
from runner.target.option import option
from runner.target.processes import Ran
from runner.target.programs import program

FLAGS = {
    "production": ("--production", "Leave out what only development needs."),
    "ignore_scripts": ("--ignore-scripts", "Run no scripts of packages."),
    "unsafe_perm": ("--unsafe-perm", "Run scripts as root when npm runs as root."),
    "no_optional": ("--no-optional", "Leave out optional dependencies."),
    "no_bin_links": ("--no-bin-links", "Make no links to programs."),
    "force": ("--force", "Fetch what is there already, and pass over conflicts."),
}
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        {name: option("bool", said, False) for name, (_flag, said) in FLAGS.items()},
        name=option("str", "The package; without it what package.json in `path` asks for."),
        path=option("path", "Folder in which packages are installed; needed unless `global`."),
        version=option("str", "Version of the package."),
        executable=option("path", "The program npm, where it is not on PATH."),
        registry=option("str", "Address of the registry to install from."),
        state=option("str", "What it shall be.", "present", enum=["present", "absent", "latest"]),
        ci=option("bool", "Install exactly what the lock file says, as `npm ci` does.", False),
        **{"global": option("bool", "Install for everybody on the host.", False)},
    ),
}
RETURNS = {"changed": "whether packages changed"}
EXAMPLES = """
- npm: {name: pm2, global: true, version: 5.3.0}
- npm: {path: /srv/app, ci: true}
"""


class Npm:
    """The program npm, told where to work."""

    def __init__(self, args: Dict[str, Any], system: Any) -> None:
        self.args = args
        self.system = system
        self.program = args["executable"] or program(system, "npm")
        # node may stand beside an npm that is not on PATH
        folder = os.path.dirname(self.program)
        self.environ = {"PATH": os.pathsep.join(each for each in (folder, system.environ.get("PATH", "")) if each)}
        self.label = args["name"] or ""
        if args["name"] and args["version"]:
            self.label = "%s@%s" % (args["name"], args["version"])

    def _run(self, words: List[str]) -> Ran:
        words = [self.program] + words + (["--global"] if self.args["global"] else [])
        ran: Ran = self.system.run(words, cwd=self.args["path"] or None, environ=self.environ)
        return ran

    def do(self, verb: str, name: str) -> None:
        """Change something. Raises ModuleFailed with npm's words."""
        flags = [flag for key, (flag, _said) in FLAGS.items() if self.args[key]]
        flags += ["--registry", self.args["registry"]] if self.args["registry"] else []
        ran = self._run([verb] + flags + ([name] if name else []))
        if ran.rc != 0:
            msg = ran.err.strip() or ran.out.strip() or "npm %s failed" % verb
            raise ModuleFailed(msg, rc=ran.rc, stdout=ran.out, stderr=ran.err, cmd="npm %s %s" % (verb, name))

    def answer(self, words: List[str]) -> Dict[str, Any]:
        """Return what npm says in JSON, whatever its exit status: that is 1 where something is missing or old."""
        ran = self._run(words + ["--json"])
        try:
            found = json.loads(ran.out or "{}")
        except ValueError as error:
            raise ModuleFailed("Failed to parse NPM output with error %s" % error, rc=ran.rc, stdout=ran.out, stderr=ran.err)
        return found if isinstance(found, dict) else {}

    def missing(self) -> Set[str]:
        """Return the names that are asked for and not installed."""
        rows = self.answer(["list", "--long"]).get("dependencies") or {}
        bad = {name for name, row in rows.items() if row.get("missing") or row.get("invalid")}
        if not self.args["name"]:
            return bad
        held = rows.get(self.args["name"])
        if held is None or self.args["name"] in bad:
            return {self.label}
        right = not self.args["version"] or str(held.get("version")) == self.args["version"].lstrip("v=")
        return set() if right else {self.label}

    def outdated(self) -> Set[str]:
        """Return the names of installed packages that have a newer version."""
        rows = set(self.answer(["outdated"]))
        return rows & {self.args["name"]} if self.args["name"] else rows


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Bring the packages to their state. Raises ModuleFailed."""
    if not args["path"] and not args["global"]:
        raise ModuleFailed("path must be specified when not using global")
    if args["state"] == "absent" and not args["name"]:
        raise ModuleFailed("uninstalling a package is only available for named packages")
    npm = Npm(args, system)
    if args["path"] and not system.is_dir(args["path"]):
        if system.exists(args["path"]):
            raise ModuleFailed("path %s is not a directory" % args["path"])
        if system.check:
            return {"changed": args["state"] != "absent"}
        if args["state"] != "absent":
            _make_folder(args["path"], system)
        else:
            return {"changed": False}
    if args["ci"]:
        verb = "ci"
    elif args["state"] == "absent":
        verb = "" if npm.missing() and not _other_version(npm) else "uninstall"
    else:
        verb = "install" if npm.missing() else ""
        if not verb and args["state"] == "latest" and npm.outdated():
            verb = "update"
    if verb and not system.check:
        npm.do(verb, args["name"] or "" if verb in ("uninstall", "update") else npm.label)
    return {"changed": bool(verb)}


def _other_version(npm: Npm) -> bool:
    """Tell whether the package is there in another version than the one given."""
    return bool(npm.args["version"]) and (npm.args["name"] in (npm.answer(["list", "--long"]).get("dependencies") or {}))


def _make_folder(path: str, system: Any) -> None:
    above = os.path.dirname(path.rstrip("/"))
    if above and not system.exists(above):
        _make_folder(above, system)
    system.mkdir(path)
